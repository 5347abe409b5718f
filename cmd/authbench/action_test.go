package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// action is what the tests look at of action.yml.
type action struct {
	Inputs map[string]struct {
		Default string `yaml:"default"`
	} `yaml:"inputs"`
	Runs struct {
		Using string       `yaml:"using"`
		Steps []actionStep `yaml:"steps"`
	} `yaml:"runs"`
}

type actionStep struct {
	Name, ID, If, Run, Shell, Uses string
	Env                            map[string]string
}

func readAction(t *testing.T) action {
	t.Helper()
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var a action
	if err := yaml.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a action) step(t *testing.T, match func(actionStep) bool) actionStep {
	t.Helper()
	i := slices.IndexFunc(a.Runs.Steps, match)
	if i < 0 {
		t.Fatal("the action lacks a step")
	}
	return a.Runs.Steps[i]
}

// Nothing that a stranger names reaches a shell's source, privileged events are
// refused before anything else, and every input is used.
func TestActionIsSafe(t *testing.T) {
	a := readAction(t)
	used := map[string]bool{}
	for _, s := range a.Runs.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("step %q has an expression in its script", s.Name)
		}
		for _, value := range s.Env {
			if m := regexp.MustCompile(`inputs\.([a-z]+)`).FindStringSubmatch(value); m != nil {
				used[m[1]] = true
			}
		}
	}
	for name := range a.Inputs {
		if !used[name] {
			t.Errorf("input %s is not used", name)
		}
	}
	first := a.Runs.Steps[0]
	for _, event := range []string{"pull_request_target", "workflow_run"} {
		if !strings.Contains(first.If, "github.event_name == '"+event+"'") || strings.Contains(first.If, "&&") || !strings.Contains(first.Run, "exit 1") {
			t.Errorf("the first step lets %s through: %+v", event, first)
		}
	}
}

// Actions of others are those that were looked at, in every workflow and in ours.
func TestActionsArePinned(t *testing.T) {
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	pinned := regexp.MustCompile(`uses: +(\./|OWNER/authbench@COMMIT|\S+@[0-9a-f]{40} # v[0-9.]+$)`)
	for _, file := range append(files, "../../action.yml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "uses: ") && !pinned.MatchString(strings.TrimSpace(line)) {
				t.Errorf("%s: %q is not pinned by a commit", file, line)
			}
		}
	}
}

// What judges a pull request is not what it changes: this repository's gate, and its
// scenario, come from base.
func TestWorkflowJudgesByBase(t *testing.T) {
	text, err := os.ReadFile("../../.github/workflows/gate.yml")
	if err != nil {
		t.Fatal(err)
	}
	var w struct {
		Jobs map[string]struct {
			Steps []struct {
				Uses string
				With map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	const base = "${{ github.event.pull_request.base.sha }}"
	places := map[string]string{} // what is checked out where
	used := 0
	for _, s := range w.Jobs["gate"].Steps {
		if strings.HasPrefix(s.Uses, "actions/checkout@") {
			places[s.With["path"]] = s.With["ref"]
		}
		place, ours := strings.CutPrefix(s.Uses, "./")
		if !ours {
			continue
		}
		used++
		if places[place] != base || s.With["base"] != base || !strings.HasPrefix(s.With["scenario"], place+"/") {
			t.Errorf("%+v; checked out: %v", s, places)
		}
	}
	if used != 1 {
		t.Errorf("the gate is used %d times", used)
	}
}

// Two uses in one job build and measure in places of their own.
func TestActionUsesDoNotCollide(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	build := readAction(t).step(t, func(s actionStep) bool { return s.ID == "build" })
	temp, places := t.TempDir(), map[string]bool{}
	fake := filepath.Join(temp, "go") // builds nothing
	if err := os.WriteFile(fake, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		output := filepath.Join(t.TempDir(), "output")
		c := exec.Command(bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", build.Run)
		c.Env = append(os.Environ(), "RUNNER_TEMP="+temp, "GITHUB_OUTPUT="+output, "GITHUB_ACTION_PATH="+temp, "PATH="+temp+":"+os.Getenv("PATH"))
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		text, err := os.ReadFile(output)
		if err != nil || !strings.HasPrefix(string(text), "place="+temp+"/") {
			t.Errorf("outputs %q, %v", text, err)
		}
		places[string(text)] = true
	}
	if len(places) != 2 {
		t.Errorf("places %v", places)
	}
}

// The step that gates calls the program with what the inputs say, however they are
// spelt, and ends as it ends.
func TestActionCallsTheGate(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	a := readAction(t)
	gate := a.step(t, func(s actionStep) bool { return s.ID == "gate" })
	dir := t.TempDir()
	program := "#!/bin/sh\nprintf '%s\\n' \"$@\" > '" + dir + "/called'\nexit 1\n"
	if err := os.WriteFile(filepath.Join(dir, "authbench"), []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
	call := func(inputs map[string]string) (code, called string) {
		os.Remove(filepath.Join(dir, "called"))
		c := exec.Command(bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", gate.Run)
		c.Env = append(os.Environ(), "GITHUB_OUTPUT="+filepath.Join(dir, "output"))
		for name, value := range gate.Env {
			if value == "${{ steps.build.outputs.place }}" {
				c.Env = append(c.Env, name+"="+dir)
				continue
			}
			input := strings.TrimSuffix(strings.TrimPrefix(value, "${{ inputs."), " }}")
			text, given := inputs[input]
			if !given {
				text = a.Inputs[input].Default
			}
			c.Env = append(c.Env, name+"="+text)
		}
		code = exitStatus(c.Run())
		text, _ := os.ReadFile(filepath.Join(dir, "called"))
		return code, string(text)
	}
	out := "--out=" + dir + "/result"
	evil := `x"; touch ` + dir + `/evil; $(touch ` + dir + `/evil) -- '`
	for _, c := range []struct {
		inputs       map[string]string
		code, called string
	}{
		{map[string]string{"base": "main"}, "1", "gate --base=main --head= --build= --budget=15m " + out + " -- gate "},
		{map[string]string{"base": "main", "arms": "apikey", "inconclusive": "fail", "scenario": "-x"}, "1",
			"gate --base=main --head= --build= --budget=15m " + out + " --arms=apikey --strict -- -x "},
		{map[string]string{"base": evil}, "1", "gate --base=" + evil + " --head= --build= --budget=15m " + out + " -- gate "},
		{map[string]string{"base": "main", "inconclusive": "maybe"}, "2", ""},
	} {
		code, called := call(c.inputs)
		if called = strings.ReplaceAll(called, "\n", " "); code != c.code || called != c.called {
			t.Errorf("%v: exit code %s, called with\n%s\nwant %s\n%s", c.inputs, code, called, c.code, c.called)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "evil")); err == nil {
		t.Error("an input was run as a command")
	}
	// An artefact is called as the user says, or as no other use calls its own.
	text, err := os.ReadFile(filepath.Join(dir, "output"))
	if own := "artifact=" + filepath.Base(dir); err != nil || !slices.Contains(strings.Split(string(text), "\n"), own) {
		t.Errorf("outputs %q, %v; want %s", text, err, own)
	}
	// The flags are the program's.
	flags := gateCommand().Flags()
	for _, name := range []string{"base", "head", "build", "budget", "out", "arms", "strict"} {
		if flags.Lookup(name) == nil {
			t.Errorf("the gate has no flag --%s", name)
		}
	}
}
