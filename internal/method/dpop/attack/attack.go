// Package attack is how the examiner makes the credentials of method dpop: a forger of its own,
// of tokens and of proofs, that shares no code with the method. He knows the issuer's key, and
// has a key of his own to which tokens are bound. What flows in: the issuer's files. What flows
// out: requests that must be refused, and controls that must not.
package attack

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/method"
)

// Family has tokens in Authorization, and proofs beside them.
func Family(p bench.Params) method.Family {
	once := p.Text("replays") != "allowed"
	attacks := slices.Concat(signatures(), headers(), bindings(), statements(cmp.Or(p.Duration("window"), usualWindow)), tokens(), carriers(), controls())
	if once {
		attacks = append(attacks, replays())
	}
	return method.Family{
		Scheme: "DPoP", Once: once, Attacks: attacks,
		Variants: method.Variants{
			Deciding: []string{"alg", "proof", "engine"}, Remembering: [][]string{{"replays=allowed"}}, Beside: "engine",
			// Who signs the token decides nothing about proofs: each is examined with another.
			LeftOut: [][2]string{{"alg=EdDSA", "proof=ES256"}, {"alg=RS256", "proof=EdDSA"}},
		},
	}
}

// usualWindow is how old a proof may be where no parameter says so.
const usualWindow = 30 * time.Second

// spec is the document that most cases come from.
const spec = "RFC 9449 "

// forged is a sub-case whose token and proof are the usual ones after a change.
func forged(label string, change func(d *draft)) method.Forgery {
	return method.Forgery{Label: label, Fields: func(m method.Minted) ([]bench.Field, error) {
		d, err := newDraft(m)
		if err != nil {
			return nil, err
		}
		change(d)
		return d.fields()
	}}
}

// inProof is a sub-case of each value of a claim of proofs.
func inProof(name string, values map[string]string) (out []method.Forgery) {
	for label, value := range values {
		out = append(out, forged(name+", "+label, func(d *draft) { d.proof.claims.set(name, d.fill(value)) }))
	}
	return append(sorted(out), forged(name+" is missing", func(d *draft) { d.proof.claims.drop(name) }))
}

// sorted puts the sub-cases of a map in an order that is always the same.
func sorted(cases []method.Forgery) []method.Forgery {
	slices.SortFunc(cases, func(a, b method.Forgery) int { return strings.Compare(a.Label, b.Label) })
	return cases
}
