package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// noon is when the tests publish.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// repository is the root of one with a scenario of each name and a stand-in for authbench,
// a shell script that has the name in $2, the directory in $6, and a count of its runs.
func repository(t *testing.T, script string, scenarios ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	write := func(path, text string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range scenarios {
		write("scenarios/"+name+".yaml", "question: is it there?\n")
	}
	write(".gitignore", "/bin/\n/results/*\n!/results/published/\n")
	write("bin/authbench", "#!/bin/sh\nset -e\necho run >> bin/runs\nruns=$(wc -l < bin/runs)\nmkdir -p \"$6/figures\"\n"+
		"echo '<svg/>' > \"$6/figures/cpu.svg\"\necho '{}' > \"$6/summary.json\"\nprintf 0123456789 > \"$6/result.jsonl\"\n"+
		"echo 'every slice in [result.jsonl](result.jsonl).' > \"$6/report.md\"\n"+
		"echo '<a href=\"result.jsonl\">result.jsonl</a>' > \"$6/report.html\"\n"+script+"\n")
	git(t, "init", "-q")
	git(t, "add", ".")
	git(t, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "begin")
}

func git(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// publishes runs the program and returns its exit code and what it says.
func publishes(args ...string) (code int, out, errs string) {
	var stdout, stderr bytes.Buffer
	code = run(args, noon, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPublish(t *testing.T) {
	repository(t, "", "stores", "cache")
	code, out, errs := publishes("stores", "cache")
	if want := "results/published/2026-01-02-stores\nresults/published/2026-01-02-cache\n"; code != exitOK || out != want {
		t.Fatalf("exit code %d, %q\n%s", code, out, errs)
	}
	for _, file := range []string{"report.md", "report.html", "summary.json", "figures/cpu.svg", "result.jsonl"} {
		if read(t, "results/published/2026-01-02-stores/"+file) == "" {
			t.Errorf("%s is empty", file)
		}
	}
}

// What is too large is left out, and no report leads to it.
func TestLargeRawDataStayOut(t *testing.T) {
	repository(t, "", "stores")
	if code, _, errs := publishes("-most", "9", "stores"); code != exitOK {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	dir := "results/published/2026-01-02-stores/"
	if _, err := os.Stat(dir + rawData); err == nil {
		t.Error("the raw data are published")
	}
	for _, name := range []string{"report.md", "report.html"} {
		if text := read(t, dir+name); !strings.Contains(text, "result.jsonl (10 B, not published)") || strings.Contains(text, "](result") || strings.Contains(text, "href") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if read(t, "results/2026-01-02-stores/"+rawData) != "0123456789" {
		t.Error("the whole result is not kept")
	}
}

// Reports that lead to the raw data in a way that is not known here are no reports to
// publish without them.
func TestUnknownLink(t *testing.T) {
	repository(t, `echo 'see result.jsonl' > "$6/report.md"`, "stores")
	if code, _, errs := publishes("-most", "9", "stores"); code != exitRuntime || !strings.Contains(errs, "in another way") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}

// An invalid run is made again; what fails stops no other.
func TestRunsThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		code   int
		says   string
		runs   int
	}{
		"invalid once":   {"[ $runs -ne 1 ] || exit 3", exitOK, "", 3},
		"always invalid": {`[ "$2" = cache ] || exit 3`, exitInvalid, "stores: the machine is too noisy: 3 runs were invalid", 4},
		"unsafe":         {`[ "$2" = cache ] || exit 1`, exitRuntime, "stores: exit status 1", 2},
	} {
		t.Run(name, func(t *testing.T) {
			repository(t, c.script, "stores", "cache")
			code, out, errs := publishes("stores", "cache")
			if code != c.code || !strings.Contains(errs, c.says) || !strings.Contains(out, "-cache\n") {
				t.Errorf("exit code %d, %q\n%s", code, out, errs)
			}
			if runs := strings.Count(read(t, "bin/runs"), "run"); runs != c.runs {
				t.Errorf("%d runs, want %d", runs, c.runs)
			}
		})
	}
}

func TestNotReady(t *testing.T) {
	for name, c := range map[string]struct {
		prepare, want string
		args          []string
	}{
		"changes":      {"echo >> scenarios/stores.yaml", "commit these first:\n M scenarios/stores.yaml", []string{"stores"}},
		"a new file":   {"touch new", "?? new", []string{"stores"}},
		"published":    {"mkdir -p results/published/2026-01-02-stores", "results/published/2026-01-02-stores is there already", []string{"stores"}},
		"a raw result": {"mkdir -p results/2026-01-02-stores", "results/2026-01-02-stores is there already", []string{"stores"}},
		"no scenario":  {"", "there is no scenario store: see 'bin/authbench list scenarios'", []string{"stores", "store"}},
		"twice":        {"", "stores is named twice", []string{"stores", "stores"}},
		"no git":       {"rm -r .git", "git status", []string{"stores"}},
		"a flag":       {"", "flag provided but not defined", []string{"-no"}},
	} {
		t.Run(name, func(t *testing.T) {
			repository(t, "", "stores")
			if out, err := exec.Command("sh", "-c", c.prepare).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if code, _, errs := publishes(c.args...); code != exitUsage || !strings.Contains(errs, c.want) {
				t.Errorf("exit code %d, want %q in\n%s", code, c.want, errs)
			}
			if _, err := os.Stat("bin/runs"); err == nil {
				t.Error("something was run")
			}
		})
	}
}

// The usual scenarios are there.
func TestUsualScenarios(t *testing.T) {
	for _, name := range defaultScenarios {
		if _, err := os.Stat("../../../scenarios/" + name + ".yaml"); err != nil {
			t.Error(err)
		}
	}
}
