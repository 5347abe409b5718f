package jwt

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// TestPublishedHoldsNoPrivateKey: servers get public keys, and the shared secret
// of an HMAC.
func TestPublishedHoldsNoPrivateKey(t *testing.T) {
	private := map[jose.KeyType][]string{
		jose.KeyRSA: {"d", "p", "q", "dp", "dq", "qi"}, jose.KeyEC: {"d"}, jose.KeyOKP: {"d"}, jose.KeyAKP: {"priv"},
	}
	for _, alg := range []string{"RS256", "PS256", "ES256", "ES512", "EdDSA", "ML-DSA-44"} {
		issuer, _ := methodtest.NewPair(t, methods, bench.Method{ID: "jwt", Params: bench.Params{"alg": alg}}, 1, time.Now())
		signing, err := issuer.SigningKeys()
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Keys []map[string]any }
		if err := json.Unmarshal(signing, &file); err != nil {
			t.Fatal(err)
		}
		published, err := issuer.Published()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Concat(private[jose.KeyRSA], private[jose.KeyAKP]) {
			if strings.Contains(string(published), `"`+name+`":`) {
				t.Errorf("%s: member %s is published", alg, name)
			}
		}
		a, _ := jose.FindAlgorithm(alg)
		for _, name := range private[a.Key] {
			if secret, _ := file.Keys[0][name].(string); secret == "" || strings.Contains(string(published), secret) {
				t.Errorf("%s: private member %s is missing or published", alg, name)
			}
		}
	}
}

var tokenReasons = map[bench.Class]bench.Reason{
	bench.Valid: bench.ReasonNone, bench.Expired: bench.ReasonExpired, bench.Forged: bench.ReasonBadSignature,
	bench.Unknown: bench.ReasonUnknownKey, bench.Malformed: bench.ReasonMalformed,
}

func TestTokensOfEachClass(t *testing.T) {
	for _, alg := range jose.AlgorithmNames() {
		issuer, err := methods.NewIssuer(bench.Method{ID: "jwt", Params: bench.Params{"alg": alg}}, [32]byte{3}, 10, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		verification, err := issuer.Verification(method.Places{})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range jose.Implementations() {
			policy := i.Policy
			verifier, err := methods.NewVerifier(bench.Method{ID: "jwt", Params: bench.Params{"alg": alg, "engine": i.Engine, "policy": policy}}, verification, nil)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for class, want := range tokenReasons {
				if policy == "stock" && class == bench.Unknown {
					want = bench.ReasonBadSignature // it does not look at the key id
				}
				for index := range 3 {
					value := methodtest.Mint(t, issuer, class, index)
					if seen[value] {
						t.Fatalf("%s: %s token %d exists twice", alg, class, index)
					}
					seen[value] = true
					d := verifier.Verify(credentialtest.Request{"Authorization": {value}})
					if d.Reason != want || (d.Outcome == bench.Allow) != (class == bench.Valid) {
						t.Errorf("%s %s %s: %s token %d: %v", alg, i.Engine, policy, class, index, d.Reason)
					}
					if class == bench.Valid && (d.Subject != fmt.Sprint("user-", index) || d.Tenant != fmt.Sprint("tenant-", index)) {
						t.Errorf("%s %s %s: let in as %q of %q", alg, i.Engine, policy, d.Subject, d.Tenant)
					}
				}
			}
		}
		if _, err := issuer.Append(nil, bench.Revoked, 0); err == nil {
			t.Errorf("%s: a JWT of class revoked", alg)
		}
	}
}

// TestEnginesElsewhere: methods with engines of the other program are valid and
// minted here, but not verified.
func TestEnginesElsewhere(t *testing.T) {
	for _, f := range jose.ExternalEngines() {
		m, err := bench.ParseMethod("jwt", []string{"alg=EdDSA", "engine=" + f.Name}, methods)
		if err != nil {
			t.Fatal(err)
		}
		issuer, err := methods.NewIssuer(m, [32]byte{3}, 1, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		verification, err := issuer.Verification(method.Places{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := methods.NewVerifier(m, verification, nil); !methods.InOtherProgram(m) || !errors.Is(err, jose.ErrExternal) || !strings.Contains(err.Error(), "make engines") {
			t.Errorf("%s: %v", f.Name, err)
		}
		for _, alg := range f.Lacks {
			if _, err := bench.ParseMethod("jwt", []string{"alg=" + alg, "engine=" + f.Name}, methods); err == nil || !strings.Contains(err.Error(), alg) {
				t.Errorf("%s with %s: %v", f.Name, alg, err)
			}
		}
	}
	if methods.InOtherProgram(bench.Method{ID: "jwt", Params: bench.Params{"alg": "EdDSA"}}) {
		t.Error("the default engine is elsewhere")
	}
}
