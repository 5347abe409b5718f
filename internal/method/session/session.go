// Package session is method session (RFC 6265): an opaque cookie, which the server looks
// up. What flows in: parameters. What flows out: the method.
package session

import (
	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/opaque"
	"authbench/internal/method"
	"authbench/internal/method/session/attack"
	"authbench/internal/method/stored"
)

// cookie is the name of the cookie that is a session's id.
const cookie = "session"

// Method returns the method of an opaque cookie that the server looks up. Its value is made as API keys are,
// and stored as their digests: who reads the store has no session by that.
func Method() method.Method {
	return stored.Method(bench.MethodSpec{
		ID: "session", Title: "session cookie", Summary: "session cookie, looked up in the session store", Reference: "RFC 6265",
	}, func(bench.Params) credential.Carrier { return credential.Carrier{Field: "Cookie", Cookie: cookie} }, opaque.Keys{}, attack.Family)
}
