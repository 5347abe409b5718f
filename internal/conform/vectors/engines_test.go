// Package vectors_test holds every engine, those of the other program too, to other
// people's vectors of JSON Web Signatures: Project Wycheproof's, and those of the
// RFCs and of libraries that the directory in AUTHBENCH_VECTORS has. It is a module of
// its own: Wycheproof weighs 26 MB, which nobody needs who builds the program.
package vectors_test

import (
	"testing"

	"authbench/bench"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/jose/engines"
	"authbench/internal/method/all"
)

// deviations are the tests that an engine under a policy judges otherwise, and why.
// Whatever is not here must agree.
var deviations = map[string]map[string]string{
	"golang-jwt stock": {
		"jws 281": anySalt, "jws 282": anySalt, "jws 283": anySalt, "jws 284": anySalt, "jws 285": anySalt, "jws 286": anySalt,
		"jws 375": anyBits,
		"jwk 2":   oneKey,
		"jwk 7":   roca,
		"jwk 8":   anyKey, "jwk 10": anyKey, "jwk 11": anyKey, "jwk 12": anyKey,
		"jwk 16": anyKey, "jwk 17": anyKey, "jwk 18": anyKey,
		"golang-jwt-10": anySalt, "golang-jwt-11": anySalt, "golang-jwt-pad-04": anyBits,
	},
	"jwx stock": {
		"rfc7515-a6": anyForm, "rfc7520-4.2-flat": anyForm, "rfc7520-4.3-flat": anyForm, "rfc7520-4.4-flat": anyForm,
		"rfc7520-4.6": anyForm, "rfc7520-4.8": anyForm, "rfc7797-4.2": anyForm,
		"rfc7797-compact":   "jwx knows b64, which JWTs must not use (RFC 7797 §7), and takes it where crit names it",
		"golang-jwt-pad-04": anyBits, "jws 374": anyBits,
		"jwk 2": oneKey, "jwk 7": roca, "jwk 10": anyKey, "jwk 11": anyKey, "jwk 12": anyKey, "jwk 21": anyUse,
	},
	"go-jose stock": {
		"golang-jwt-10": anySalt, "golang-jwt-11": anySalt,
		"jws 281": anySalt, "jws 282": anySalt, "jws 283": anySalt, "jws 284": anySalt, "jws 285": anySalt, "jws 286": anySalt,
		"golang-jwt-pad-04": anyBits, "jws 374": anyBits,
		"jose2go-02": shortKey, "jose2go-03": shortKey, "jose2go-05": shortKey,
		"pyjwt-03": shortKey, "pyjwt-04": shortKey, "pyjwt-15": shortKey, "pyjwt-17": shortKey,
		"node-jwt-01": shortKey, "node-jwt-02": shortKey, "node-jwt-03": shortKey, "node-jwt-04": shortKey, "node-jwt-05": shortKey,
		"jwk 2": oneKey, "jwk 7": roca, "jwk 8": anyKey, "jwk 21": anyUse,
	},
	"golang-jwt hardened": {"jwk 7": roca},
	"lean hardened":       {"jwk 7": roca},
	"jwx hardened":        {"jwk 7": roca},
	"go-jose hardened":    {"jwk 7": roca},
}

// The reasons that several deviations share.
const (
	anySalt = "the library takes any salt length of PSS"
	anyKey  = "the library takes keys that are too short"
	anyBits = "the library ignores bits of base64url that belong to no byte, unless it is told otherwise"
	anyForm = "jwx reads the JSON serialisations, too, which are no bearer tokens (RFC 7519 §1)"
	anyUse  = "the library does not ask what a key is for that it is given"
	oneKey  = "policy stock takes one key, as the library's example does"
	// An engine that refuses the key as a whole, as hardened does, is not asked.
	shortKey = "go-jose refuses HMAC keys shorter than the hash (RFC 7518 §3.2) when it verifies"
	roca     = "CVE-2017-15361 shows in the modulus alone; keys come from the operator, whose generator is not judged here"
)

// engineNames are the engines with their policies, as deviations name them: those
// that the catalogue has some algorithm for.
func engineNames(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, spec := range all.Catalogue().Methods() {
		if spec.ID != "jwt" {
			continue
		}
		for _, engine := range values(spec, "engine") {
			for _, policy := range values(spec, "policy") {
				if len(spec.Problems(bench.Params{"alg": "ES256", "engine": engine, "policy": policy})) == 0 {
					out = append(out, engine+" "+policy)
				}
			}
		}
	}
	if len(out) < len(deviations) {
		t.Fatalf("found only the engines %v", out)
	}
	return out
}

func values(spec bench.MethodSpec, param string) []string {
	for _, p := range spec.Params {
		if p.Name == param {
			return p.Values
		}
	}
	return nil
}

// foreign reports whether an engine is in the other program.
func foreign(engine string) bool {
	return jose.IsExternal(engine)
}

func newJWS(engine, policy string, key jose.JWK) (jose.JWS, error) {
	if foreign(engine) {
		return engines.NewJWS(engine, policy, key)
	}
	return jose.NewJWS(engine, policy, key)
}

func newEngine(engine, policy string, c jose.EngineConfig) (jose.Engine, error) {
	if foreign(engine) {
		return engines.NewEngine(engine, policy, c)
	}
	return jose.NewEngine(engine, policy, c)
}

// judge reports a disagreement, and a deviation that is none any more.
func judge(t *testing.T, engine, id, comment, got, want string) {
	t.Helper()
	why, deviates := deviations[engine][id]
	switch {
	case got == want && deviates:
		t.Errorf("%s: %s as it should be; remove the deviation: %s", id, got, why)
	case got != want && !deviates:
		t.Errorf("%s (%s): %s; must be %s", id, comment, got, want)
	}
}
