// Package attack is how the examiner makes the tokens of method exchange. What flows in: the
// method's parameters. What flows out: their family: servers see what those of JWTs do.
package attack

import (
	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/jwt/attack"
)

// Family has tokens in Authorization. Each algorithm, engine and policy is examined with method
// jwt, whose verifier it is: here one of a kind.
func Family(p bench.Params) method.Family {
	f := attack.Family(p)
	f.Variants = method.Variants{Remembering: [][]string{{"alg=HS256"}, {"alg=ES256"}}, Beside: "engine"}
	return f
}
