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

// The comment is posted once and then updated. What forbids it fails no gate.
func TestActionKeepsOneComment(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	comment := readAction(t).step(t, func(s actionStep) bool { return s.Name == "Comment" })
	if !strings.HasPrefix(comment.If, "always() && github.event_name == 'pull_request' && ") {
		t.Errorf("it is posted if %s", comment.If)
	}
	for _, c := range []struct {
		name, wanted string
		ids          string // of the comments that are there; "-": gh is forbidden to look
		page         bool
		code         string
		sent, says   string
	}{
		{name: "new", wanted: "true", page: true, code: "0", sent: "--method POST repos/o/r/issues/7/comments"},
		{name: "update", wanted: "true", ids: "41\n42", page: true, code: "0", sent: "--method PATCH repos/o/r/issues/comments/41"},
		{name: "forbidden", wanted: "true", ids: "-", page: true, code: "0", says: "::warning title=authbench gate::the report is in the job's summary"},
		{name: "nothing to say", wanted: "true", code: "0"},
		{name: "not wanted", wanted: "false", page: true, code: "0"},
		{name: "misspelt", wanted: "yes", page: true, code: "2", says: "choose from true, false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			place := t.TempDir()
			gh := "#!/bin/sh\n[ '" + c.ids + "' = - ] && exit 1\ncase \"$*\" in *--paginate*) printf '%b\\n' '" + c.ids + "' | grep . ; exit 0 ;; esac\n" +
				"printf '%s\\n' \"$*\" >> '" + place + "/sent'\nfor word; do case \"$word\" in body=@*) cat \"${word#body=@}\" > '" + place + "/body' ;; esac; done\n"
			if err := os.WriteFile(filepath.Join(place, "gh"), []byte(gh), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(filepath.Join(place, "result"), 0o755); err != nil {
				t.Fatal(err)
			}
			if c.page {
				if err := os.WriteFile(filepath.Join(place, "result", "gate.md"), []byte("## authbench gate: PASS\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			run := exec.Command(bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", comment.Run)
			run.Env = append(os.Environ(), "PATH="+place+":"+os.Getenv("PATH"), "GATE_PLACE="+place, "GATE_COMMENT="+c.wanted, "GATE_SCENARIO=gate", "GATE_ARMS=",
				"GATE_REPOSITORY=o/r", "GATE_PULL=7", "GATE_RUN=https://example.org/o/r/actions/runs/9")
			said, err := run.CombinedOutput()
			if code := exitStatus(err); code != c.code || !strings.Contains(string(said), c.says) || c.says == "" && len(said) > 0 {
				t.Errorf("exit code %s, want %s:\n%s", code, c.code, said)
			}
			sent, _ := os.ReadFile(filepath.Join(place, "sent"))
			if strings.Count(string(sent), "\n") != min(1, len(c.sent)) || !strings.Contains(string(sent), c.sent) {
				t.Errorf("sent %q, want %q", sent, c.sent)
			}
			body, _ := os.ReadFile(filepath.Join(place, "body"))
			if c.sent != "" && !regexp.MustCompile(`^<!-- authbench gate [0-9]+-[0-9]+ -->\n## authbench gate: PASS\n(.|\n)*runs/9\)\n$`).Match(body) {
				t.Errorf("the comment is %q", body)
			}
		})
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
