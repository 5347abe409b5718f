package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/conform"
	"authbench/internal/golden"
	"authbench/internal/method/all"
	"authbench/internal/scenario"
)

// root is the repository's, from this package; readme its README.
const (
	root   = "../../"
	readme = root + "README.md"
)

// The score card in docs is what the methods in it score now.
func TestDocsShowTheScores(t *testing.T) {
	t.Parallel()
	catalogue, err := conform.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	harness := conform.NewHarness(all.Catalogue(), catalogue, 1)
	var scores []*conform.Score
	for _, m := range conform.Methods(all.Catalogue()) {
		// Of each kind one: where records are, how they are hashed and remembered, or
		// which algorithm signs, changes no verdict.
		plain := m.Params.Text("hash") == "sha256" && m.Params.Text("header") == "authorization" || m.Params.Text("alg") == "EdDSA"
		for _, other := range []string{"store", "cache_ttl", "filter"} {
			plain = plain && m.Params.Text(other) == ""
		}
		if !plain || all.Catalogue().InOtherProgram(m) {
			continue
		}
		score, err := harness.Score(t.Context(), m, conform.Process, conform.Wire)
		if err != nil {
			t.Fatal(err)
		}
		scores = append(scores, score)
	}
	var table bytes.Buffer
	if err := conform.Table(&table, scores); err != nil {
		t.Fatal(err)
	}
	golden.EqualBlock(t, root+"docs/attack-catalogue.md", "conformance", "```text\n"+table.String()+"```\n")
}

// The terminals in docs are frames that the live views are tested to draw.
func TestDocsShowTheLiveViews(t *testing.T) {
	for page, shown := range map[string]struct{ block, frame string }{
		"docs/reading.md": {"live", "late-80"}, "docs/load-test.md": {"load", "load-80"},
	} {
		frame, err := os.ReadFile("../../internal/show/live/testdata/" + shown.frame + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		golden.EqualBlock(t, root+page, shown.block, "```text\n"+string(frame)+"```\n")
	}
}

// publishIn shows the published results in a directory, where the pages name them.
func publishIn(t *testing.T, dir string) {
	t.Helper()
	published, err := filepath.Abs(root + "results/published")
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

// The README answers before a reader tires of it; what explains more is in docs.
func TestReadmeIsShort(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	if words := len(strings.Fields(string(text))); words > 1500 {
		t.Errorf("README.md has %d words, 1,500 are enough: move what explains to docs/", words)
	}
}

// The README names every method and every scenario, and counts the attacks.
func TestReadmeNamesAll(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range all.Catalogue().Methods() {
		want = append(want, "`"+m.ID+"`")
	}
	for _, info := range scenario.List() {
		want = append(want, "`"+info.Name+"`")
	}
	catalogue, err := conform.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, fmt.Sprintf("[%d attacks]", len(catalogue.Cases)))
	for _, name := range want {
		if !strings.Contains(string(text), name) {
			t.Errorf("README.md does not have %s", name)
		}
	}
}

// docs/methods.md names every parameter of every method.
func TestDocsNameAllParameters(t *testing.T) {
	text, err := os.ReadFile(root + "docs/methods.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## Parameters\n")
	table, _, _ = strings.Cut(table, "\n## ")
	for _, m := range all.Catalogue().Methods() {
		for _, name := range append([]string{m.ID}, paramNames(m)...) {
			if !strings.Contains(table, "`"+name+"`") {
				t.Errorf("the table of parameters in docs/methods.md does not name %s (method %s)", name, m.ID)
			}
		}
	}
}

func paramNames(m bench.MethodSpec) (names []string) {
	for _, p := range m.Params {
		names = append(names, p.Name)
	}
	return names
}

// pages are the paths of the README and of docs, from this package.
func pages(t *testing.T) []string {
	t.Helper()
	docs, err := filepath.Glob(root + "docs/*.md")
	if err != nil || len(docs) == 0 {
		t.Fatalf("no pages in docs (%v)", err)
	}
	return append([]string{readme}, docs...)
}

// The commands of the README and of docs work as they stand there, but for their
// length: one launch of one short round. Make targets must exist. A line that several
// pages have runs once.
func TestPagesCommands(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(root + "Makefile")
	if err != nil {
		t.Fatal(err)
	}
	ran := map[string]bool{}
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		publishIn(t, dir)
		for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			for _, line := range strings.Split(strings.TrimSpace(block[1]), "\n") {
				switch words := strings.Fields(line); {
				case words[0] == "make":
					if !bytes.Contains(makefile, []byte("\n"+words[1]+":")) {
						t.Errorf("%s: %q: the Makefile has no such target", page, line)
					}
				case words[0] != "bin/authbench":
					t.Errorf("%s: no test for %q", page, line)
				case !ran[line]:
					ran[line] = true
					runPageCommand(t, dir, strings.TrimPrefix(line, "bin/authbench "))
				}
			}
		}
	}
	if len(ran) < 12 {
		t.Errorf("%d commands ran: do the pages still hold them in sh blocks?", len(ran))
	}
}

// runPageCommand runs one command line through a shell, for its quoting. Exit
// code 3 is the machine's noise. What serves is told to end; load gets a server.
func runPageCommand(t *testing.T, dir, arguments string) {
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
	c.Env = append(os.Environ(), "AUTHBENCH_LAUNCHES=1")
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
