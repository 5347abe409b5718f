package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"authbench/bench"
)

// programServer builds the Go server of package conform's tests.
func programServer(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "server")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../internal/conform/testdata/servers/go")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// runningServer starts the server with keys of its own.
func runningServer(t *testing.T, program, hole string) (url, signing string) {
	t.Helper()
	keys := filepath.Join(t.TempDir(), "keys")
	if h := start(t, "mint", "--method", "jwt", "-p", "alg=RS256", "-n", "2", "--out", keys); h.code() != "0" {
		t.Fatal(h.stderr.String())
	}
	port := closedPort(t)
	server := exec.Command(program, fmt.Sprint(port), hole)
	server.Env = append(os.Environ(), "AUTHBENCH_CREDENTIALS="+filepath.Join(keys, "verification.json"))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill() // it may have ended
		_ = server.Wait()
	})
	return fmt.Sprintf("http://127.0.0.1:%d", port), filepath.Join(keys, "signing.json")
}

// verified is what 'verify' says of the one server that it examines.
func verified(t *testing.T, args ...string) bench.Conformance {
	t.Helper()
	var h *harness
	until(t, "the server listens", func() bool {
		h = start(t, append([]string{"verify", "-q", "-o", "json"}, args...)...)
		return h.code() != "4" || !strings.Contains(h.stderr.String(), "start the server first")
	})
	var said struct {
		Scores []struct {
			Safe   bool
			Cases  struct{ Passed, Failed, Skipped, Undecided int }
			Failed []bench.CaseFailure
		}
	}
	if err := json.Unmarshal([]byte(h.stdout.String()), &said); err != nil || len(said.Scores) != 1 {
		t.Fatalf("%d scores, %v\n%s", len(said.Scores), err, h.stderr.String())
	}
	s := said.Scores[0]
	if want := map[bool]string{true: "0", false: "1"}[s.Safe]; h.code() != want {
		t.Errorf("exit code %s, want %s", h.code(), want)
	}
	return bench.Conformance{
		Passed: s.Cases.Passed, Failed: s.Cases.Failed, Skipped: s.Cases.Skipped + s.Cases.Undecided, Safe: s.Safe, Failures: s.Failed,
	}
}

// measured is what a run says of an arm.
func measured(t *testing.T, scenario, arm string, args ...string) (found bench.Conformance) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	h := start(t, append([]string{"run", scenario, "--arms", arm, "--out", dir}, args...)...)
	h.code() // which says how noisy the machine is, too
	text, err := os.ReadFile(filepath.Join(dir, "result.jsonl"))
	if err != nil {
		t.Fatalf("%v\n%s", err, h.stderr.String())
	}
	for line := range strings.Lines(string(text)) {
		var c bench.Conformance
		if err := json.Unmarshal([]byte(line), &c); err == nil && c.Kind == bench.KindConformance && c.Arm == arm {
			found = c
		}
	}
	return found
}

// TestOneVerdict: a server is judged alike, case by case, however it is reached.
func TestOneVerdict(t *testing.T) {
	t.Parallel()
	program := programServer(t)
	for _, c := range []struct {
		hole string
		safe bool
	}{{"", true}, {"exp", false}} {
		url, signing := runningServer(t, program, c.hole)
		scenario := tiny(t, fmt.Sprintf(`  - name: own
    method: {id: jwt, alg: RS256}
    target: {command: [%q, "{port}", %q]}
`, program, c.hole))
		running := tiny(t, fmt.Sprintf(`  - name: own
    method: {id: jwt, alg: RS256}
    target: {url: %q}
    request: {path: /orders}
`, url))
		byURL := verified(t, "--url", url+"/orders", "--signing", signing)
		if byURL.Safe != c.safe || byURL.Passed < 70 || byURL.Failed == 0 {
			t.Errorf("hole %q: %+v", c.hole, byURL)
		}
		for name, other := range map[string]bench.Conformance{
			"again":              verified(t, "--url", url+"/orders", "--signing", signing),
			"an arm's URL":       verifiedArm(t, running, "--signing", signing),
			"an arm's command":   verifiedArm(t, scenario),
			"a command in a run": measured(t, scenario, "own"),
			"a URL in a run":     measured(t, running, "own", "--signing", signing),
		} {
			if got, want := verdicts(other), verdicts(byURL); got != want {
				t.Errorf("hole %q, %s: %s; by URL %s", c.hole, name, got, want)
			}
		}
	}
}

// TestOneVerdictOnKeys: a server of API keys that runs already is judged alike by the
// credentials of its arm, in a run without more words.
func TestOneVerdictOnKeys(t *testing.T) {
	t.Parallel()
	keys := filepath.Join(t.TempDir(), "keys")
	if h := start(t, "mint", "--method", "apikey", "-n", "3", "--out", keys); h.code() != "0" {
		t.Fatal(h.stderr.String())
	}
	at := fmt.Sprintf("127.0.0.1:%d", closedPort(t))
	server := start(t, "target", "--method", "apikey", "--keys", filepath.Join(keys, "target.json"), "--listen", at)
	until(t, "the server listens", func() bool { return strings.Contains(server.stdout.String(), at) })
	credentials := filepath.Join(keys, "credentials.jsonl")
	scenario := tiny(t, fmt.Sprintf("  - name: own\n    method: {id: apikey}\n    target: {url: %q}\n    credentials: %s\n", "http://"+at, credentials))
	byURL := verdicts(verified(t, "--url", "http://"+at, "--credentials", credentials))
	if got := verdicts(verifiedArm(t, scenario)); got != byURL {
		t.Errorf("an arm's URL: %s; by URL %s", got, byURL)
	}
	if got := verdicts(measured(t, scenario, "own")); got != byURL || !strings.HasPrefix(got, "safe true") {
		t.Errorf("a URL in a run: %s; by URL %s", got, byURL)
	}
}

// TestUnexaminedInRun: of an arm that cannot be examined a run says so on the terminal,
// and why.
func TestUnexaminedInRun(t *testing.T) {
	t.Parallel()
	program := programServer(t)
	url, signing := runningServer(t, program, "")
	verified(t, "--case", "NONE-03", "--url", url, "--signing", signing) // it listens
	credentials := filepath.Join(filepath.Dir(signing), "credentials.jsonl")
	scenario := tiny(t, fmt.Sprintf("  - name: own\n    method: {id: jwt, alg: RS256}\n    target: {url: %q}\n    credentials: %s\n", url, credentials))
	h := start(t, "run", scenario, "-q", "--arms", "own", "--out", filepath.Join(t.TempDir(), "out"))
	h.code() // which says how noisy the machine is
	said := "own: this run does not tell whether it is safe: the server runs already: --signing names the key that it trusts"
	if text := strings.Join(strings.Fields(h.stdout.String()), " "); !strings.Contains(text, said) {
		t.Errorf("%s\n%s", h.stdout.String(), h.stderr.String())
	}
	h = start(t, "run", scenario, "--arms", "apikey", "--signing", "signing.json")
	if code := h.code(); code != "2" || !strings.Contains(h.stderr.String(), "no arm has a url") {
		t.Errorf("exit code %s: %s", code, h.stderr.String())
	}
}

// verifiedArm is what 'verify SCENARIO' says of its arm of the user's.
func verifiedArm(t *testing.T, args ...string) bench.Conformance {
	t.Helper()
	text, err := os.ReadFile(args[0])
	if err != nil {
		t.Fatal(err)
	}
	// The built-in arms are not examined: they are not what is compared.
	only := strings.ReplaceAll(string(text), "  - {name: apikey, method: {id: apikey}}\n", "")
	path := filepath.Join(t.TempDir(), "only.yaml")
	if err := os.WriteFile(path, []byte(only), 0o600); err != nil {
		t.Fatal(err)
	}
	return verified(t, append([]string{path}, args[1:]...)...)
}

// verdicts is a score in one line, case by case.
func verdicts(c bench.Conformance) string {
	var failed []string
	for _, f := range c.Failures {
		failed = append(failed, fmt.Sprintf("%s %v", f.ID, f.Gating))
	}
	return fmt.Sprintf("safe %v, %d passed, %d skipped, %q, %s", c.Safe, c.Passed, c.Skipped, c.Untested, strings.Join(failed, ", "))
}

// TestUnexaminableCommand: of a server that lets nothing in, for it reads another file,
// what it printed says why.
func TestUnexaminableCommand(t *testing.T) {
	t.Parallel()
	keys := filepath.Join(t.TempDir(), "keys")
	if h := start(t, "mint", "--method", "jwt", "-p", "alg=RS256", "-n", "2", "--out", keys); h.code() != "0" {
		t.Fatal(h.stderr.String())
	}
	scenario := tiny(t, fmt.Sprintf("  - name: own\n    method: {id: jwt, alg: RS256}\n    target: {command: [sh, -c, 'echo keys of last year >&2; AUTHBENCH_CREDENTIALS=%s exec %s {port}']}\n",
		filepath.Join(keys, "verification.json"), programServer(t)))
	h := start(t, "verify", "-q", "--case", "NONE-03", scenario)
	if code := h.code(); code != "4" || !strings.Contains(h.stderr.String(), "it printed:\n    | keys of last year") {
		t.Errorf("exit code %s\n%s", code, h.stderr.String())
	}
}

// TestUnexaminableServer: a server of other keys has no score, for one case as for all,
// and the other arms of its scenario have theirs.
func TestUnexaminableServer(t *testing.T) {
	t.Parallel()
	program := programServer(t)
	url, own := runningServer(t, program, "")
	_, others := runningServer(t, program, "")
	verified(t, "--case", "NONE-03", "--url", url, "--signing", own) // it listens
	scenario := tiny(t, fmt.Sprintf("  - name: own\n    method: {id: jwt, alg: RS256}\n    target: {url: %q}\n", url))
	for _, c := range []struct {
		args   []string
		scored bool // another arm is
	}{
		{[]string{"--url", url}, false},
		{[]string{"--url", url, "--case", "NONE-03"}, false},
		{[]string{scenario, "--case", "NONE-03", "--case", "CACHE-01"}, true},
	} {
		h := start(t, append([]string{"verify", "-q", "--signing", others}, c.args...)...)
		said := "cannot be examined: the valid credential is not let in (401)"
		if code := h.code(); code != "4" || !strings.Contains(h.stderr.String(), said) || c.scored == (h.stdout.String() == "") {
			t.Errorf("%v: exit code %s\n%s%s", c.args, code, h.stdout.String(), h.stderr.String())
		}
	}
}
