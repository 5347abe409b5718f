package main

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secret returns the secret planted in a place. Its odd characters are what escaping
// and quoting change.
func secret(place string) string { return "s3cret-" + place + "%40/+ü" }

// secretMark is in every secret, however it is escaped.
const secretMark = "s3cret-"

// contentOf returns all that is written in a directory.
func contentOf(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var content []byte
			content, err = os.ReadFile(path)
			all.Write(content)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// holdsNone fails if a secret is in what a command wrote.
func holdsNone(t *testing.T, what, text string) {
	t.Helper()
	if at := strings.Index(text, secretMark); at >= 0 {
		t.Errorf("%s: a secret is in the output: …%s…", what, text[max(0, at-200):min(len(text), at+100)])
	}
}

// secretScenario has a secret in every place of a scenario, and overrides with others.
func secretScenario(t *testing.T) (path string, overrides []string) {
	t.Helper()
	record := filepath.Join(t.TempDir(), "record")
	binary, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	credentials := filepath.Join(t.TempDir(), "tokens.txt")
	if err := os.WriteFile(credentials, []byte("\ufeff"+secretMark+"token-0\r\n\r\n"+secretMark+"token-1\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	arms := fmt.Sprintf(`  - name: user
    method: {id: apikey}
    credentials: %q
    request:
      path: "/orders?key=%s&page=1"
      headers: {X-Api-Key: %q, Cookie: %q, Accept: text/html}
    target:
      command: [sh, -c, "%s=%s exec %s $1", %q, "{port}", %q]
`, credentials, strings.ReplaceAll(secret("query"), "ü", "x"), secret("header"), secret("cookie"), beServer, record, binary, secret("word"), "--key="+secret("argument"))
	return tiny(t, arms), []string{
		"--set", "arms[user].request.body=" + secret("body"), "--set", "arms[user].request.headers.X-More=" + secret("set"),
	}
}

// Nothing that a run, a dry run or a report leaves or prints holds what a scenario
// says to a server.
func TestRunHidesSecrets(t *testing.T) {
	t.Parallel()
	path, overrides := secretScenario(t)
	dry := start(t, append([]string{"run", path, "--dry-run"}, overrides...)...)
	if code := dry.code(); code != "0" || !strings.Contains(dry.stdout.String(), "hidden:") {
		t.Errorf("the plan: exit code %s\n%s", code, dry.stdout.String()+dry.stderr.String())
	}
	holdsNone(t, "dry run", dry.stdout.String()+dry.stderr.String())

	dir := filepath.Join(t.TempDir(), "out")
	variable := prepareIn(t, t.TempDir(), "run", path, "--dry-run")
	variable.Env = append(variable.Env, "AUTHBENCH_SET=rounds=1\narms[user].request.headers.X-Variable="+secret("variable"))
	variable.start()
	if code := variable.code(); code != "0" {
		t.Errorf("overrides in the variable: exit code %s\n%s", code, variable.stderr.String())
	}
	holdsNone(t, "variable", variable.stdout.String()+variable.stderr.String())

	h := start(t, append([]string{"run", path, "--out", dir}, overrides...)...)
	if code := h.code(); code != "0" && code != "1" && code != "3" { // 1: it lets bad credentials in; 3 on a noisy machine
		t.Fatalf("exit code %s\n%s", code, h.stderr.String())
	}
	holdsNone(t, "run", h.stdout.String()+h.stderr.String())
	content := contentOf(t, dir)
	holdsNone(t, "result", content)
	for _, open := range []string{`"X-Api-Key":"hidden:`, `"Accept":"text/html"`, "/orders?key=hidden:", `"digest_key":"`, `"body":"hidden:`} {
		if !strings.Contains(content, open) {
			t.Errorf("the result does not hold %s", open)
		}
	}
	for _, command := range [][]string{{"report", dir}, {"report", dir, "-o", "json"}, {"compare", dir, dir}} {
		again := start(t, command...)
		again.code()
		holdsNone(t, command[0], again.stdout.String()+again.stderr.String())
	}
	holdsNone(t, "reports", contentOf(t, dir))
}

// A server that fails quotes what it was given.
func TestFailuresHideSecrets(t *testing.T) {
	t.Parallel()
	for name, arm := range map[string]string{
		"command that fails":     `target: {command: [sh, -c, 'echo "bad key: $0 $1" >&2; exit 7', ` + fmt.Sprintf("%q, %q", secret("word"), "--key="+secret("argument")) + `]}`,
		"command of two words":   `target: {command: ["no-such-program", ` + fmt.Sprintf("%q", secret("word")) + `]}`,
		"user in a URL":          `target: {url: "http://u:` + secret("user") + `@127.0.0.1:1"}`,
		"user with a blank":      `target: {url: "http://u:x ` + secret("user") + `@127.0.0.1:1"}`,
		"user twice":             `target: {url: "http://a@b:` + secret("user") + `@127.0.0.1:1"}`,
		"URL without a scheme":   `target: {url: "u:` + secret("user") + `@127.0.0.1:1"}`,
		"URL with brackets":      `target: {url: "http://[` + secret("user") + `]@[::1]:1"}`,
		"store that is not ours": "",
		"settings of a store":    "store host=127.0.0.1 user=u password=" + secret("store") + " dbname=d",
		"quoted settings":        "store host=127.0.0.1 password = 'a b " + secret("store") + "' dbname=d",
		"URL with a bad escape":  "store postgres://u:%zz" + secret("store") + "@127.0.0.1:1/d",
		"URL with settings":      "store postgres://127.0.0.1:1/d?password=" + secret("store"),
	} {
		t.Run(name, func(t *testing.T) {
			text := "  - {name: user, method: {id: apikey}, " + arm + "}\n"
			if settings, isStore := strings.CutPrefix(arm, "store "); isStore {
				text = "  - {name: user, method: {id: apikey, store: postgres, store_url: \"" + settings + "\"}}\n"
			} else if arm == "" {
				text = "  - {name: user, method: {id: apikey, store: redis, store_url: 'redis://u:" + secret("store") + "@127.0.0.1:1/0'}}\n"
			}
			dir := filepath.Join(t.TempDir(), "out")
			h := start(t, "run", tiny(t, text), "--out", dir)
			if code := h.code(); code == "0" {
				t.Errorf("it did not fail:\n%s", h.stderr.String())
			}
			output := h.stdout.String() + h.stderr.String()
			if _, err := os.Stat(dir); err == nil {
				output += contentOf(t, dir)
			}
			holdsNone(t, name, output)
		})
	}
}

// Neither does a load test of a URL, nor an examination.
func TestLoadHidesSecrets(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	query := "/x?key=" + secretMark + "query%40"
	dir := t.TempDir()
	tokens := filepath.Join(dir, "tokens")
	if err := os.WriteFile(tokens, []byte(secretMark+"token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	common := []string{"-n", "20", "-c", "2", "-H", "X-Key: " + secret("header"), "-m", "POST", "--body", secret("body")}
	for name, args := range map[string][]string{
		"text":          append([]string{"load", server.URL + query, "--hgrm", filepath.Join(dir, "a.hgrm"), "--hlog", filepath.Join(dir, "a.hlog")}, common...),
		"json":          append([]string{"load", server.URL + query, "-o", "json"}, common...),
		"credentials":   {"load", server.URL + query, "-n", "20", "-c", "2", "--credentials", tokens},
		"nobody":        {"load", "http://127.0.0.1:1" + query, "-n", "20", "-H", "X-Key: " + secret("header")},
		"user":          {"load", "http://u:" + secret("user") + "@127.0.0.1:1/"},
		"odd user":      {"load", "http://u:x y@" + secret("user") + "@127.0.0.1:1/"},
		"no scheme":     {"load", "u:" + secret("user") + "@127.0.0.1:1/"},
		"bad header":    {"load", server.URL, "-H", secret("header")},
		"examination":   {"verify", "--url", server.URL + query, "--credentials", tokens},
		"nobody there":  {"verify", "--url", "http://127.0.0.1:1" + query, "--credentials", tokens},
		"user of a URL": {"verify", "--url", "http://u:" + secret("user") + "@127.0.0.1:1/", "--credentials", tokens},
	} {
		t.Run(name, func(t *testing.T) {
			h := startIn(t, dir, args...)
			h.code()
			if h.stdout.String()+h.stderr.String() == "" {
				t.Error("it says nothing")
			}
			holdsNone(t, name, h.stdout.String()+h.stderr.String())
		})
	}
	if err := os.Remove(tokens); err != nil {
		t.Fatal(err)
	}
	holdsNone(t, "files", contentOf(t, dir))
}

// A gate's sides may be commands, with whatever they need to know.
func TestGateHidesSecrets(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	side := "env KEY=" + secret("variable") + " " + os.Args[0]
	h := start(t, "gate", tinyGate(t), "--base", side, "--head", side+" "+secret("argument"), "--out", dir, "--budget", "1s",
		"--set", "arms[apikey].request.headers={X-Key: "+strings.ReplaceAll(secret("set"), "%", "")+"}")
	h.code() // head does not start, or is inconclusive
	output := h.stdout.String() + h.stderr.String()
	if _, err := os.Stat(dir); err == nil {
		output += contentOf(t, dir)
	}
	if output == "" {
		t.Error("it says nothing")
	}
	holdsNone(t, "gate", output)
}
