package parse

import (
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
	"authbench/internal/method/jwt"
	"authbench/internal/method/methodtest"
)

var methods = method.Catalogue{Method(), jwt.Method()}

// TestParse: a parser judges all but the signature, and says who, as the engine
// does that it is measured beside.
func TestParse(t *testing.T) {
	for _, alg := range []string{"HS256", "PS256", "ES256", "EdDSA", "ML-DSA-44"} {
		for _, engine := range []string{"golang-jwt", "lean"} {
			issuer, err := methods.NewIssuer(bench.Method{ID: "jwt", Params: bench.Params{"alg": alg}}, [32]byte{3}, 10, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			verification, err := issuer.Verification(method.Places{})
			if err != nil {
				t.Fatal(err)
			}
			verifier, err := methods.NewVerifier(bench.Method{ID: "parse", Params: bench.Params{"alg": alg, "engine": engine}}, verification, nil)
			if err != nil {
				t.Fatal(err)
			}
			for class, want := range map[bench.Class]bench.Reason{
				bench.Valid: bench.ReasonNone, bench.Forged: bench.ReasonNone, bench.Expired: bench.ReasonExpired,
				bench.Unknown: bench.ReasonUnknownKey, bench.Malformed: bench.ReasonMalformed, bench.Oversized: bench.ReasonTooLarge,
			} {
				d := verifier.Verify(credentialtest.Request{"Authorization": {methodtest.Mint(t, issuer, class, 4)}})
				if d.Reason != want || want == bench.ReasonNone && (d.Subject != "user-4" || d.Tenant != "tenant-4") {
					t.Errorf("%s %s: %s: %+v, want %v", alg, engine, class, d, want)
				}
			}
		}
	}
}

// TestOnlyParsersTrust: no engine that is asked for by its name lets a forged token
// in.
func TestOnlyParsersTrust(t *testing.T) {
	issuer, _ := methodtest.NewPair(t, methods, bench.Method{ID: "jwt", Params: bench.Params{"alg": "EdDSA"}}, 3, time.Now())
	verification, err := issuer.Verification(method.Places{})
	if err != nil {
		t.Fatal(err)
	}
	forged := credentialtest.Request{"Authorization": {methodtest.Mint(t, issuer, bench.Forged, 0)}}
	for _, i := range jose.Implementations() {
		// A parser that was made before must leave nothing behind.
		for _, m := range []bench.Method{{ID: "parse", Params: bench.Params{"alg": "EdDSA", "engine": i.Engine}}, {ID: "jwt", Params: bench.Params{"alg": "EdDSA", "engine": i.Engine, "policy": i.Policy}}} {
			verifier, err := methods.NewVerifier(m, verification, nil)
			if err != nil {
				t.Fatal(err)
			}
			if let := verifier.Verify(forged).Outcome == bench.Allow; let != (m.ID == "parse") {
				t.Errorf("%s %s %s lets a forged token in: %v", m.ID, i.Engine, i.Policy, let)
			}
		}
	}
}
