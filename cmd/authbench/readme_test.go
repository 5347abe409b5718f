package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"authbench/internal/conform"
	"authbench/internal/golden"
	"authbench/internal/judge/analysis"
	"authbench/internal/method/all"
	"authbench/internal/result"
	"authbench/internal/show/report"
)

// readme is the README's path, from this package.
const readme = "../../README.md"

// The README's figure, table and links are those of the newest published run.
func TestReadmeShowsThePublishedRun(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := filepath.Glob("../../results/published/*-quick/summary.json")
	if err != nil || len(runs) == 0 {
		t.Fatalf("no published run of quick (%v)", err)
	}
	newest := runs[len(runs)-1] // named by date
	content, err := os.ReadFile(newest)
	if err != nil {
		t.Fatal(err)
	}
	var s analysis.Summary
	if err := json.Unmarshal(content, &s); err != nil {
		t.Fatal(err)
	}
	if s.Validity != result.Valid {
		t.Errorf("%s is %s; publish a valid run", newest, s.Validity)
	}
	dir := filepath.ToSlash(filepath.Dir(strings.TrimPrefix(newest, "../../")))
	var table bytes.Buffer
	if err := report.Table(&table, &s); err != nil {
		t.Fatal(err)
	}
	want := golden.Block(t, string(text), "figure", fmt.Sprintf("![CPU per request by method](%s/figures/cpu.svg)\n", dir))
	want = golden.Block(t, want, "table", table.String())
	want = regexp.MustCompile(`\[its directory\]\([^)]*\)`).ReplaceAllString(want, "[its directory]("+dir+"/report.md)")
	golden.Equal(t, readme, want)
}

// The README's score card is what the methods in it score now.
func TestReadmeShowsTheScores(t *testing.T) {
	catalogue, err := conform.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	workshop := conform.NewWorkshop(all.Catalogue(), catalogue, 1)
	var scores []*conform.Score
	for _, m := range conform.Methods(all.Catalogue()) {
		// Of each kind one: where records are, how they are hashed and remembered, or
		// which algorithm signs, changes no verdict.
		plain := m.Params.Text("hash") == "sha256" && m.Params.Text("header") == "authorization" || m.Params.Text("alg") == "EdDSA"
		for _, other := range []string{"store", "cache_ttl", "filter"} {
			plain = plain && m.Params.Text(other) == ""
		}
		if !plain || all.Catalogue().Elsewhere(m) {
			continue
		}
		score, err := workshop.Score(t.Context(), m, conform.Process, conform.Wire)
		if err != nil {
			t.Fatal(err)
		}
		scores = append(scores, score)
	}
	var table bytes.Buffer
	if err := conform.Table(&table, scores); err != nil {
		t.Fatal(err)
	}
	golden.EqualBlock(t, readme, "conformance", "```text\n"+table.String()+"```\n")
}

// The README's terminal is a frame that the live view is tested to draw.
func TestReadmeShowsTheLiveView(t *testing.T) {
	frame, err := os.ReadFile("../../internal/show/live/testdata/late-80.txt")
	if err != nil {
		t.Fatal(err)
	}
	golden.EqualBlock(t, readme, "live", "```text\n"+string(frame)+"```\n")
}

// The README's record of real gates is the first part of the published one.
func TestReadmeShowsTheGates(t *testing.T) {
	const dir = "results/published/gates/"
	page, err := os.ReadFile("../../" + dir + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(page), "\n\n") // without its title
	body, _, _ = strings.Cut(body, "\n## ")
	body = strings.ReplaceAll(body, "(recording.json)", "("+dir+"recording.json)")
	golden.EqualBlock(t, readme, "gates", body)
}

// publishIn shows the published results in a directory, where the README names them.
func publishIn(t *testing.T, dir string) {
	t.Helper()
	published, err := filepath.Abs("../../results/published")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "results"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(published, filepath.Join(dir, "results", "published")); err != nil {
		t.Fatal(err)
	}
}

// The README's commands work as they stand there, but for their length: one
// launch of one short round. Make targets must exist.
func TestReadmeCommands(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	publishIn(t, dir)
	ran := 0
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for _, line := range strings.Split(strings.TrimSpace(block[1]), "\n") {
			switch words := strings.Fields(line); words[0] {
			case "make":
				if !bytes.Contains(makefile, []byte("\n"+words[1]+":")) {
					t.Errorf("README: %q: the Makefile has no such target", line)
				}
			case "bin/authbench":
				runReadmeCommand(t, dir, strings.TrimPrefix(line, "bin/authbench "))
				ran++
			default:
				t.Errorf("README: no test for %q", line)
			}
		}
	}
	if ran < 7 {
		t.Errorf("%d commands ran: does the README still hold them in sh blocks?", ran)
	}
}

// runReadmeCommand runs one command line through a shell, for its quoting. Exit
// code 3 is the machine's noise. What serves is told to end; load gets a server.
func runReadmeCommand(t *testing.T, dir, arguments string) {
	t.Helper()
	binary, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	switch command, _, _ := strings.Cut(arguments, " "); command {
	case "serve":
		arguments += " --listen 127.0.0.1:0" // its own may be taken
	case "run":
		arguments += " --set rounds=1 --set slice=20ms"
	case "load":
		s := startServer(t, "plain", false)
		defer s.Close()
		_, socket := witnessAt(t, "unix", filepath.Join(t.TempDir(), "s"))
		here := strings.NewReplacer("http://127.0.0.1:8080", s.URL, "unix:/run/api.sock", "unix:"+socket.String())
		arguments = here.Replace(arguments) + " -d 200ms"
	}
	c := exec.Command("sh", "-c", "exec "+binary+" "+arguments)
	c.Dir = dir
	c.Env = append(os.Environ(), beMain+"=1", noExitSleep, "AUTHBENCH_LAUNCHES=1")
	var out lockedBuffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(arguments, "target ") || strings.HasPrefix(arguments, "serve ") {
		until(t, "it serves", func() bool { return strings.Contains(out.String(), "127.0.0.1:") })
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	timer := time.AfterFunc(patience, func() { c.Process.Kill() })
	defer timer.Stop()
	if code := exitStatus(c.Wait()); code != "0" && code != "3" {
		t.Errorf("%s: exit code %s\n%s", arguments, code, out.String())
	}
}
