package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/credential/document"
	"authbench/internal/golden"
	"authbench/internal/judge/analysis"
	"authbench/internal/judge/gate"
	"authbench/internal/method/all"
	"authbench/internal/scenario"
)

// The committed JSON Schema is that of the methods that there are.
func TestSchemaIsCurrent(t *testing.T) {
	const path = "../../scenarios/scenario.schema.json"
	want, err := scenario.Schema(all.Catalogue())
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, path, string(want))
}

// formats are the files that others read, by the path of their schemas.
var formats = map[string]golden.Format{
	"docs/credentials.schema.json": {
		Of: document.Verification{}, Title: "What AUTHBENCH_CREDENTIALS names: how callers prove who they are, and what that is verified with",
		Folders: []string{"internal/credential"}, Texts: credentialsTexts,
		// Only our own servers ask an issuer, and private keys stay where tokens are signed.
		Without: []string{"key_set", "feed", "status_list", "d", "p", "q", "dp", "dq", "qi", "priv"},
	},
	"docs/summary.schema.json": {
		Of: analysis.Summary{}, Title: "summary.json: what a run found",
		Folders: []string{"internal/judge/analysis", "internal/result", "bench"}, Texts: summaryTexts,
		// Without an open load there are no figures of sending; older files have no protocol.
		Optional: []string{"lag_p50_us", "lag_p99_us", "late_share", "delivered", "cpu", "protocol"},
	},
	"docs/gate.schema.json": {
		Of: gate.Document{}, Title: "gate.json: what a gate found",
		Folders: []string{"internal/judge/gate", "bench"}, Texts: gateTexts,
	},
}

// The committed schemas are those of the types, and describe every key.
func TestFormatsAreCurrent(t *testing.T) {
	t.Chdir("../..")
	for path, f := range formats {
		golden.Equal(t, path, f.Schema(t))
	}
}

// readAny reads a JSON document, and its schema.
func readAny(t *testing.T, text []byte) any {
	t.Helper()
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// What was published is as the schemas say, and so are the examples of their page, which
// the program reads itself.
func TestFormatsDescribeTheFiles(t *testing.T) {
	t.Chdir("../..")
	documents := map[string][][]byte{}
	for schema, pattern := range map[string]string{"docs/summary.schema.json": "results/published/*/summary.json", "docs/gate.schema.json": "results/published/*/gate.json"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			documents[schema] = append(documents[schema], text)
		}
	}
	page, err := os.ReadFile("docs/own-server.md")
	if err != nil {
		t.Fatal(err)
	}
	const credentials = "docs/credentials.schema.json"
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(page, -1) {
		documents[credentials] = append(documents[credentials], block[1])
		if _, err := document.ReadVerification("docs/own-server.md", bytes.NewReader(block[1])); err != nil {
			t.Error(err)
		}
	}
	if len(documents[credentials]) < 3 || len(documents["docs/summary.schema.json"]) == 0 {
		t.Fatalf("found %d examples of credentials and %d summaries", len(documents[credentials]), len(documents["docs/summary.schema.json"]))
	}
	for path, all := range documents {
		schema, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range all {
			for _, v := range golden.Violations(readAny(t, schema), readAny(t, text)) {
				t.Errorf("%s, document %d: %s", path, i, v)
			}
		}
	}
}

// What a gate writes, and what methods publish, is as the schemas say.
func TestFormatsOfWhatIsWritten(t *testing.T) {
	t.Chdir("../..")
	var d bytes.Buffer
	if err := json.NewEncoder(&d).Encode(gate.Document{
		Report: gate.Judge(gate.Input{Ended: true}), Added: []gate.Added{}, Unproven: []gate.Unproven{{Arm: "a", Reason: "b"}},
		Warnings: []bench.Warning{{Code: "c", Level: bench.Void, Text: "t"}}, Host: bench.Host{ServerCPUs: []int{0}, GeneratorCPUs: []int{1}},
	}); err != nil {
		t.Fatal(err)
	}
	written := map[string][]string{"docs/gate.schema.json": {d.String()}}
	for _, args := range []string{"apikey", "apikey -p header=x-api-key -p hash=hmac-sha256", "session", "basic", "jwt -p alg=RS256", "jwt -p alg=ES256", "jwt -p alg=HS256", "jwt -p alg=EdDSA -p revocation=denylist", "jwt -p alg=ML-DSA-44"} {
		dir := filepath.Join(t.TempDir(), "keys")
		words := append([]string{"mint", "-n", "2", "--out", dir, "--method"}, strings.Fields(args)...)
		var out bytes.Buffer
		if code := run(words, strings.NewReader(""), &out, &out); code != exitOK {
			t.Fatalf("%v: exit code %d\n%s", words, code, out.String())
		}
		text, err := os.ReadFile(filepath.Join(dir, "verification.json"))
		if err != nil {
			t.Fatal(err)
		}
		written["docs/credentials.schema.json"] = append(written["docs/credentials.schema.json"], string(text))
	}
	for path, all := range written {
		schema, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range all {
			for _, v := range golden.Violations(readAny(t, schema), readAny(t, []byte(text))) {
				t.Errorf("%s: %s\n%s", path, v, text)
			}
		}
	}
	schema, err := os.ReadFile("docs/credentials.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{`{}`, `{"kind":"verification","version":1}`, `{"kind":"verification","version":"1","method":"jwt"}`, `{"kind":"verification","version":1,"method":"jwt","secret":"x"}`, `{"kind":"verification","version":1,"method":"jwt","keys":[{"kty":"RSA","d":"x"}]}`} {
		if len(golden.Violations(readAny(t, schema), readAny(t, []byte(wrong)))) == 0 {
			t.Errorf("the schema allows %s", wrong)
		}
	}
}
