package auth

import (
	"cmp"
	"encoding/json"
	"slices"

	"authbench/bench"
)

// SessionCookie is the name of the cookie that is a session's id.
const SessionCookie = "session"

// sessionMethod: an opaque cookie that the server looks up. Its value is made as API
// keys are, and stored as their digests: who reads the store has no session by that.
func sessionMethod() method {
	at := carrier{field: "Cookie", cookie: SessionCookie}
	return method{
		MethodSpec: bench.MethodSpec{
			ID: "session", Summary: "session cookie, looked up in the session store", Reference: "RFC 6265",
			Params:  slices.Concat(storeParams(), frontParams()),
			Check:   func(p bench.Params) *bench.Problem { return cmp.Or(checkStore(p), checkCache(p)) },
			Field:   func(bench.Params) string { return at.field },
			Classes: keyClasses(),
		},
		verifying: append(paramNames(storeParams()), paramNames(frontParams())...),
		issuer:    func(i issue) (Issuer, error) { return newKeyIssuer("session", at, i) },
		verifier: func(p bench.Params, verification json.RawMessage, loading func(done, total int)) (Verifier, error) {
			return newKeyVerifier(at, p, verification, loading)
		},
		revokes: true,
	}
}
