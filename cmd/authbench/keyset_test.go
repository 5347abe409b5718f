package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/internal/measure/control"
	"authbench/internal/measure/issuer"
)

// publishedSet is a set of one key: that of a target.json, with members changed by edit.
func publishedSet(t *testing.T, key map[string]any, edit func(map[string]any)) []byte {
	t.Helper()
	key = maps.Clone(key)
	edit(key)
	set, err := json.Marshal(map[string]any{"keys": []any{map[string]any{"kty": "EC", "kid": "another"}, key}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestTargetSaysWhatItLeavesOut: a target that fetches its keys uses one that names neither
// its algorithm nor itself, and says once on standard error what it does not use.
func TestTargetSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mint := startIn(t, dir, "mint", "--method", "jwt", "-p", "alg=RS256", "-n", "1", "--out", "keys")
	if code := mint.code(); code != "0" {
		t.Fatalf("mint ends with %s: %s", code, mint.stderr.String())
	}
	read := func(name string, to any) {
		text, err := os.ReadFile(filepath.Join(dir, "keys", name))
		if err == nil {
			err = json.Unmarshal(text, to)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var material map[string]any
	read("target.json", &material)
	key, _ := material["keys"].([]any)[0].(map[string]any)
	lines, err := os.ReadFile(filepath.Join(dir, "keys", "credentials.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(strings.Split(string(lines), "\n"), func(line string) bool { return strings.Contains(line, `"valid"`) })
	var credential struct{ Value string }
	if err := json.Unmarshal([]byte(strings.Split(string(lines), "\n")[at]), &credential); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		edit   func(map[string]any)
		status int
		said   string
	}{
		"as it is":       {func(map[string]any) {}, http.StatusOK, `keys[0] (kid "another")`},
		"no alg":         {func(k map[string]any) { delete(k, "alg") }, http.StatusOK, `keys[0] (kid "another")`},
		"no alg, no kid": {func(k map[string]any) { delete(k, "alg"); delete(k, "kid") }, http.StatusOK, `keys[0] (kid "another")`},
		"padded":         {func(k map[string]any) { k["n"] = k["n"].(string) + "==" }, http.StatusServiceUnavailable, "base64url"},
		"for encryption": {func(k map[string]any) { k["use"] = "enc" }, http.StatusServiceUnavailable, "use or key_ops"},
	} {
		host, err := issuer.Local()
		if err != nil {
			t.Fatal(err)
		}
		keys, err := host.Open(issuer.Spec{KeySet: publishedSet(t, key, c.edit)})
		if err != nil {
			t.Fatal(err)
		}
		delete(material, "keys")
		material["key_set"] = keys.KeySetURL()
		text, err := json.Marshal(material)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "fetching.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		server := startIn(t, dir, "target", "--method", "jwt", "-p", "alg=RS256", "-p", "keys=jwks", "--keys", "fetching.json")
		for range 2 {
			if status := askTarget(t, server, credential.Value); status != c.status {
				t.Errorf("%s: status %d, want %d", name, status, c.status)
			}
		}
		if said := server.stderr.String(); !strings.Contains(said, c.said) || strings.Count(said, "\n") != 1 {
			t.Errorf("%s: standard error has %q, want one line with %q", name, said, c.said)
		}
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	}
}

// askTarget shows a credential to a target that a test started.
func askTarget(t *testing.T, server *harness, value string) int {
	t.Helper()
	var ready control.Ready
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if json.Unmarshal([]byte(server.stdout.String()), &ready) == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the target is not ready: %s", server.stderr.String())
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+ready.Addr.String()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", value)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
