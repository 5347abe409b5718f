package vectors_test

import (
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/c2sp/wycheproof"

	"authbench/bench"
	"authbench/internal/credential/jose"
)

// file is a file of Wycheproof's schemas json_web_signature and json_web_key.
type file struct {
	Count  int `json:"numberOfTests"`
	Groups []struct {
		Public  *json.RawMessage `json:"public"` // absent for secrets
		Private json.RawMessage  `json:"private"`
		Tests   []struct {
			ID      int    `json:"tcId"`
			Comment string `json:"comment"`
			JWS     string `json:"jws"`
			Result  string `json:"result"`
		} `json:"tests"`
	} `json:"testGroups"`
}

//go:embed adjudication.json
var adjudicationText []byte

// adjudication is our reading of labels that contradict each other, or that are
// about more than the signature.
type adjudication struct {
	File   string `json:"file"`
	ID     int    `json:"tcId"`
	Use    string `json:"use"`
	Layer  string `json:"layer"`
	Reason string `json:"reason"`
}

func readFile(t *testing.T, name string) file {
	t.Helper()
	text, err := fs.ReadFile(wycheproof.TestVectors, name)
	if err != nil {
		t.Fatal(err)
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil || f.Count == 0 {
		t.Fatalf("%s: %d tests, %v", name, f.Count, err)
	}
	return f
}

// adjudicated are the readings of a file by test.
func adjudicated(t *testing.T, name string) map[int]adjudication {
	t.Helper()
	var all struct {
		Entries []adjudication `json:"entries"`
	}
	if err := json.Unmarshal(adjudicationText, &all); err != nil {
		t.Fatal(err)
	}
	out := map[int]adjudication{}
	for _, a := range all.Entries {
		if a.File == name {
			out[a.ID] = a
		}
	}
	return out
}

// verify is what an engine makes of a token with a key. A key that it refuses lets
// nothing in.
func verify(engine string, key json.RawMessage, token string) (string, error) {
	var jwk jose.JWK
	if err := json.Unmarshal(key, &jwk); err != nil {
		return "", err
	}
	if jwk.Algorithm == "ES521" { // see the adjudication of 347
		jwk.Algorithm = "ES512"
	}
	name, policy, _ := strings.Cut(engine, " ")
	jws, err := newJWS(name, policy, jwk)
	if err != nil {
		return "invalid", nil //nolint:nilerr // see above
	}
	if _, reason := jws.Payload([]byte(token)); reason != bench.ReasonNone {
		return "invalid", nil
	}
	return "valid", nil
}

func TestSignatures(t *testing.T) {
	f := readFile(t, "json_web_signature_test.json")
	readings := adjudicated(t, "wycheproof_jws.json")
	for _, engine := range engineNames(t) {
		t.Run(engine, func(t *testing.T) {
			tested := 0
			for _, g := range f.Groups {
				key := g.Private
				if g.Public != nil {
					key = *g.Public
				}
				for _, one := range g.Tests {
					want := one.Result
					if a, ok := readings[one.ID]; ok {
						want = a.Use
					}
					got, err := verify(engine, key, one.JWS)
					if err != nil {
						t.Errorf("tcId %d: %v", one.ID, err)
						continue
					}
					judge(t, engine, fmt.Sprintf("jws %d", one.ID), one.Comment, got, want)
					tested++
				}
			}
			if tested != f.Count {
				t.Errorf("%d of %d tests ran", tested, f.Count)
			}
		})
	}
}

// keyID is the member of a token's header that chooses a key.
func keyID(token string) string {
	segment, _, _ := strings.Cut(token, ".")
	text, _ := base64.RawURLEncoding.DecodeString(segment) // what cannot be read names no key
	var h struct {
		KID string `json:"kid"`
	}
	_ = json.Unmarshal(text, &h)
	return h.KID
}

// TestKeySets loads a set as a server does, which refuses some, and chooses the key
// by its id.
func TestKeySets(t *testing.T) {
	f := readFile(t, "json_web_key_test.json")
	readings := adjudicated(t, "wycheproof_jwk.json")
	for _, engine := range engineNames(t) {
		t.Run(engine, func(t *testing.T) {
			tested := 0
			for _, g := range f.Groups {
				set := g.Private
				if g.Public != nil {
					set = *g.Public
				}
				for _, one := range g.Tests {
					want := one.Result
					if a, ok := readings[one.ID]; ok {
						want = a.Use
					}
					got, err := verifyWithSet(engine, set, one.JWS)
					if err != nil {
						t.Errorf("tcId %d: %v", one.ID, err)
						continue
					}
					judge(t, engine, fmt.Sprintf("jwk %d", one.ID), one.Comment, got, want)
					tested++
				}
			}
			if tested != f.Count {
				t.Errorf("%d of %d tests ran", tested, f.Count)
			}
		})
	}
}

func verifyWithSet(engine string, set json.RawMessage, token string) (string, error) {
	var keys struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(set, &keys); err != nil {
		return "", err
	}
	kid := keyID(token)
	var all []jose.JWK
	var raw json.RawMessage
	alg := ""
	for _, text := range keys.Keys {
		var jwk jose.JWK
		if err := json.Unmarshal(text, &jwk); err != nil {
			return "invalid", nil //nolint:nilerr // a key that cannot be read lets nothing in
		}
		all = append(all, jwk)
		if jwk.KeyID == kid {
			alg, raw = jwk.Algorithm, text
		}
	}
	if raw == nil {
		return "invalid", nil
	}
	name, policy, _ := strings.Cut(engine, " ")
	_, err := newEngine(name, policy, jose.EngineConfig{
		Algorithm: alg, Now: time.Now,
		Issuer: "i", Audience: "a", Keys: all,
	})
	if err != nil {
		return "invalid", nil //nolint:nilerr // a set that is refused lets nothing in
	}
	return verify(engine, raw, token)
}
