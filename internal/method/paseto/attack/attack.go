// Package attack is how the examiner makes the credentials of method paseto: a forger of its
// own, from pre-authentication encoding to base64url, that shares no code with the method or
// its library. What flows in: the issuer's files. What flows out: tokens that must be refused,
// and controls that must not.
package attack

import (
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/method"
)

// Family has tokens in Authorization.
func Family(bench.Params) method.Family {
	return method.Family{Scheme: "Bearer", Attacks: append(append(forgeries(), spellings()...), claims()...)}
}

// spec is the document that most cases come from.
const spec = "PASETO specification, "

// draft is a token that is being forged.
type draft struct {
	method.Minted
	*keys
	header   string
	claims   []claim
	payload  string // in place of the claims, if it is set
	footer   string
	implicit string
	// sign makes the signature of a message. It is the issuer's, over the pre-authentication
	// encoding, unless a case has another.
	sign func(d *draft, message string) string
	// text changes the whole token.
	text func(d *draft, token string) string
}

// forged is a sub-case whose token is the usual one after a change.
func forged(label string, change func(d *draft)) method.Forgery {
	return method.Forgery{Label: label, Fields: func(m method.Minted) ([]bench.Field, error) {
		d, err := newDraft(m)
		if err != nil {
			return nil, err
		}
		change(d)
		return m.Carry("Bearer " + d.token()), nil
	}}
}

// sorted puts the sub-cases of a map in an order that is always the same.
func sorted(cases []method.Forgery) []method.Forgery {
	slices.SortFunc(cases, func(a, b method.Forgery) int { return strings.Compare(a.Label, b.Label) })
	return cases
}

// retold is a sub-case whose token is written in another way.
func retold(label string, text func(d *draft, token string) string) method.Forgery {
	return forged(label, func(d *draft) { d.text = text })
}
