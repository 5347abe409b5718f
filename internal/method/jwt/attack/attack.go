// Package attack is how the examiner makes the credentials of method jwt. What flows in:
// the method's parameters. What flows out: their family. The tokens themselves are forged
// by the examiner's own encoder.
package attack

import (
	"authbench/bench"
	"authbench/internal/method"
)

// Family has tokens in Authorization.
func Family(p bench.Params) method.Family {
	alg := p.Text("alg")
	return method.Family{
		AppliesTo: alg, Scheme: "Bearer", Token: &method.Token{Algorithm: alg, Bits: p.Int("bits")},
		Variants: method.Variants{
			Deciding: []string{"alg", "engine", "policy"},
			Remembering: [][]string{
				{"alg=HS256", "revocation=denylist"}, {"alg=HS256", "revocation=denylist", "cache_size=100", "cache_ttl=10s"},
				{"alg=HS256", "revocation=polled"}, {"alg=EdDSA", "revocation=pushed"},
				{"alg=EdDSA", "revocation=status_list"},
			},
			Beside: "engine",
			// Who fills the list decides nothing about what an engine lets in.
			LeftOut: [][2]string{
				{"revocation=polled", "engine=jwx"}, {"revocation=polled", "engine=go-jose"},
				{"revocation=pushed", "engine=jwx"}, {"revocation=pushed", "engine=go-jose"},
				{"revocation=status_list", "engine=jwx"}, {"revocation=status_list", "engine=go-jose"},
			},
		},
	}
}
