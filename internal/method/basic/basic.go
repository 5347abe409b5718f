// Package basic is method basic (RFC 7617): a user-id and a password in each request. What
// flows in: parameters. What flows out: the method.
package basic

import (
	"encoding/json"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/opaque"
	"authbench/internal/method"
	"authbench/internal/method/basic/attack"
	"authbench/internal/method/stored"
)

// ID is the method's name.
const ID = "basic"

// carrier is where the credential stands (RFC 7617 §2).
var carrier = credential.Carrier{Field: "Authorization", Scheme: "Basic"}

// Method returns the method of a user-id and a password, which the server looks up and hashes.
func Method() method.Method {
	hash := opaque.HashParam()
	// A server does not know how its users' passwords came about, so it hashes them as if
	// people had chosen them.
	hash.Default = "bcrypt"
	hash.Doc = "how user-id and password are stored: bcrypt or argon2id, for passwords that people choose; sha256, or hmac-sha256 with a secret of the server's (a pepper), for random ones of machines alone"
	m := stored.Method(bench.MethodSpec{
		ID: ID, Title: "user-id and password", Summary: "user-id and password in each request", Reference: "RFC 7617", Params: []bench.ParamSpec{hash},
	}, func(bench.Params) credential.Carrier { return carrier }, userPass{}, attack.Family)
	m.Verifier = newVerifier
	return m
}

// verifier looks users up, and says in its challenge how their names and passwords are
// written.
type verifier struct{ *opaque.Verifier }

var _ method.Challenger = verifier{}

func newVerifier(p bench.Params, verification json.RawMessage, loading func(done, total int)) (method.Verifier, error) {
	v, err := opaque.NewVerifier(carrier, userPass{}, p, verification, loading)
	if err != nil {
		return nil, err
	}
	return verifier{v}, nil
}

// Challenge implements method.Challenger: RFC 7617 §2.1 has no other value.
func (verifier) Challenge() string { return `charset="UTF-8"` }
