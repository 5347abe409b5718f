package conform

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/auth"
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

// deviations are the vectors that an engine under a policy judges otherwise, and
// why. Whatever is not here must agree.
var deviations = map[string]map[string]string{
	"golang-jwt stock": {
		"golang-jwt-10":     "golang-jwt takes any salt length of PSS",
		"golang-jwt-11":     "golang-jwt takes any salt length of PSS",
		"golang-jwt-pad-04": "golang-jwt ignores unused bits of base64url unless WithStrictDecoding",
	},
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
		for _, engine := range engines() {
			t.Run(name+" "+engine, func(t *testing.T) {
				for _, v := range file.Vectors {
					v.judge(t, engine)
				}
			})
		}
	}
}

// engines are the engines with their policies, as deviations name them.
func engines() []string {
	var out []string
	for _, m := range Methods(auth.Catalogue()) {
		if m.ID == "jwt" {
			out = append(out, m.Params.Text("engine")+" "+m.Params.Text("policy"))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (v jwsVector) judge(t *testing.T, engine string) {
	t.Helper()
	got, err := v.result(engine)
	if err != nil {
		t.Errorf("%s: %v", v.ID, err)
		return
	}
	why, deviates := deviations[engine][v.ID]
	switch {
	case got == v.Result && deviates:
		t.Errorf("%s: %s as it should be; remove the deviation: %s", v.ID, got, why)
	case got != v.Result && !deviates:
		t.Errorf("%s (%s, %v): %s; must be %s", v.ID, v.Alg, v.Flags, got, v.Result)
	}
}

func (v jwsVector) result(engine string) (string, error) {
	token := string(v.Token)
	if v.Form == "compact" {
		if err := json.Unmarshal(v.Token, &token); err != nil {
			return "", err
		}
	}
	var key auth.JWK
	if err := json.Unmarshal(v.Key, &key); err != nil {
		return "", err
	}
	key.Algorithm = v.Alg
	name, policy, _ := strings.Cut(engine, " ")
	jws, err := auth.NewJWS(name, policy, key)
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
