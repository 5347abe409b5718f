package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/examples"
	"authbench/examples/examplestest"
	"authbench/internal/judge/analysis"
	"authbench/internal/judge/gate"
)

// change is an edit of an example's source.
type change struct{ from, to string }

// exampleChanges are by language what a bad pull request does: weak forgets to look
// whether a key was taken back, slow wastes milliseconds on each.
var exampleChanges = map[string]struct {
	file       string
	weak, slow change
}{
	"go": {
		"main.go",
		change{"!known || k.Revoked ||", "!known ||"},
		change{"\t\tdigest := sha256", "\t\tfor began := time.Now(); time.Since(began) < 3*time.Millisecond; {\n\t\t}\n\t\tdigest := sha256"},
	},
	"node": {
		"server.mjs",
		change{"!record || record.revoked ||", "!record ||"},
		change{"    const record = ", "    for (const began = Date.now(); Date.now() - began < 4;) {}\n    const record = "},
	},
	"python": {
		"server.py",
		change{"if revoked or expires", "if expires"},
		change{"        digest = hashlib", "        began = datetime.now()\n        while (datetime.now() - began).total_seconds() < 0.003:\n            pass\n        digest = hashlib"},
	},
}

// project is a repository with an example, and what programs find in their environment
// there beside the usual.
type project struct {
	examples.Example
	dir string
	env []string
}

// start runs the program in the repository.
func (p *project) start(t *testing.T, args ...string) *harness {
	t.Helper()
	h := prepareIn(t, p.dir, args...)
	h.Env = append(h.Env, p.env...)
	h.start()
	return h
}

// prepareExample writes an example into a repository of its own, as a user would, and
// installs what it needs.
func prepareExample(t *testing.T, e examples.Example) *project {
	t.Helper()
	p := &project{Example: e, dir: gitRepository(t)}
	if h := p.start(t, "init", "--lang", e.Language); h.code() != "0" {
		t.Fatal(h.stderr.String())
	}
	switch e.Language {
	case "node":
		examplestest.Node(t, p.dir)
	case "python":
		// The one that has the modules may not be the first on the path.
		bin := t.TempDir()
		if err := os.Symlink(examplestest.Python(t, "jwt", "cryptography"), filepath.Join(bin, "python3")); err != nil {
			t.Fatal(err)
		}
		p.env = []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")}
	case "go":
		p.env = []string{"GOCACHE=" + t.TempDir()} // a gate copies it for head's build
		install := exec.Command("sh", "-c", e.Install)
		install.Dir, install.Env = p.dir, append(os.Environ(), p.env...)
		if out, err := install.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if err := os.WriteFile(filepath.Join(p.dir, ".git/info/exclude"), []byte("node_modules\nmy-api\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	git(t, p.dir, "add", ".")
	git(t, p.dir, "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "-m", "it works")
	return p
}

// quickly makes the scenario of an example one whose launches are short, at a rate that
// its slowed server bears on any machine.
const quickly = `
rounds: 4
slice: 100ms
settle: 10ms
warmup: 50ms
population: {credentials: 200}
loads:
  - {name: open, kind: open, connections: 8, rate: 60}
`

// TestExamples: each example is written by init, runs as it is, and is safe in every arm;
// its baseline is the same server. A gate fails changes that weaken it or slow it down.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, e := range examples.All() {
		if e.Language == "" {
			continue
		}
		t.Run(e.Language, func(t *testing.T) {
			t.Parallel()
			p := prepareExample(t, e)
			p.run(t)
			changes := exampleChanges[e.Language]
			source := filepath.Join(p.dir, changes.file)
			weak := p.gate(t, source, changes.weak, "1")
			if len(weak.Alarms) != 1 || weak.Alarms[0].Code != gate.CodeConformance || !slices.ContainsFunc(weak.Alarms[0].Cases, func(c bench.CaseFailure) bool { return c.ID == "KEY-05" }) {
				t.Errorf("a weakened change: %+v", weak.Report)
			}
			appendTo(t, filepath.Join(p.dir, examples.Scenario), quickly)
			checkSlowed(t, p.gate(t, source, changes.slow, "0|1|3", "--budget", "1m"))
		})
	}
}

// checkSlowed: a gate of a slowed change fails, or, on a machine that is too busy to decide
// in time, does not pass, and sees how slow it is.
func checkSlowed(t *testing.T, d gate.Document) {
	t.Helper()
	const much = 0.5 // milliseconds are more than that of any of the servers' requests
	for _, c := range d.Cells {
		if c.Metric == gate.MetricCPU && (c.Launches > 1 && (c.Change == nil || *c.Change < much) || c.Verdict == gate.Pass) {
			t.Errorf("a slowed change: %+v", c)
		}
	}
	if d.Verdict == gate.Pass || d.Verdict == gate.Inconclusive && d.Launches > gate.LastLook/2 {
		t.Errorf("a slowed change: %s after %d launches, %+v", d.Verdict, d.Launches, d.Warnings)
	}
}

// run runs the example's scenario for a moment.
func (p *project) run(t *testing.T) {
	t.Helper()
	h := p.start(t, "run", examples.Scenario, "--launches", "1", "--set", "rounds=1", "--set", "slice=50ms", "--out", "out")
	if code := h.code(); code != "0" && code != "3" { // 3: too short to be valid
		t.Fatalf("exit code %s\n%s", code, h.stderr.String())
	}
	text, err := os.ReadFile(filepath.Join(p.dir, "out", "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s analysis.Summary
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	for _, a := range s.Arms {
		c := a.Conformance
		if !a.Own || a.Status != analysis.ArmOK || c == nil || a.Name != s.Baseline && (!c.Tested() || !c.Safe) {
			t.Errorf("arm %s: %s (%s), %+v", a.Name, a.Status, a.Reason, c)
		}
	}
	if len(s.Arms) != 3 || slices.ContainsFunc(s.Warnings, func(w bench.Warning) bool { return w.Code == bench.WarnOtherProgram }) {
		t.Errorf("%d arms, warnings %+v", len(s.Arms), s.Warnings)
	}
}

// gate gates a change of the example against what is committed, insists on one of some exit
// codes, takes the change back and returns what was found.
func (p *project) gate(t *testing.T, source string, c change, codes string, more ...string) (d gate.Document) {
	t.Helper()
	before, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(before), c.from, c.to, 1)
	if changed == string(before) {
		t.Fatalf("%s does not hold %q", source, c.from)
	}
	if err := os.WriteFile(source, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	args := append([]string{"gate", "--base", "HEAD", "--arms", "apikey", "--out", out, examples.Scenario}, more...)
	if p.Build != "" {
		args = append(args, "--build", p.Build)
	}
	h := p.start(t, args...)
	if code := h.code(); !slices.Contains(splitCodes(codes), code) {
		t.Errorf("exit code %s\n%s", code, h.stderr.String())
	}
	if err := os.WriteFile(source, before, 0o644); err != nil {
		t.Fatal(err)
	}
	untilEmpty(t, h.tmp)
	text, err := os.ReadFile(filepath.Join(out, gateFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
