// Package attack is how the examiner makes the tokens of method introspection. What flows
// in: the method's parameters, valid tokens of two holders. What flows out: their family,
// and what must not be let in.
package attack

import (
	"encoding/base64"
	"net/url"

	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/stored/attack"
)

// Family has opaque tokens behind a scheme. The catalogue's cases for keys that a server
// looks up fit: here the issuer does.
func Family(p bench.Params) method.Family {
	f := attack.Keys(p)
	f.Scheme = "Bearer"
	f.Attacks = attacks()
	f.Variants = method.Variants{Remembering: [][]string{{"cache_size=100", "cache_ttl=10s"}, {"answer=jwt"}, {"concurrent=once"}}}
	return f
}

// attacks are about the question to the issuer, in which the token stands: who writes it
// there as it came lets its sender write the question.
func attacks() []method.Attack {
	return []method.Attack{
		{ID: "INTROSPECTION-01", Title: "a token that writes the answer itself", Impact: "forgery", Source: []string{"RFC 7662 2.1 and 2.2"}, Forgeries: []method.Forgery{
			text("JSON", func(_, _ string) string { return `{"active":true,"sub":"user-1","scope":"read"}` }),
			text("JSON in base64url", func(_, _ string) string {
				return base64.RawURLEncoding.EncodeToString([]byte(`{"active":true,"sub":"user-1","scope":"read"}`))
			}),
			text("form", func(_, _ string) string { return "x&active=true&sub=user-1&scope=read" }),
			text("form, escaped", func(_, _ string) string { return url.QueryEscape("x&active=true&sub=user-1&scope=read") }),
			text("end of a head", func(_, _ string) string { return "x%0d%0a%0d%0a{%22active%22:true}" }),
		}},
		{ID: "INTROSPECTION-02", Title: "a valid token inside another text", Impact: "respelling", Source: []string{"RFC 7662 2.1", "RFC 6750 2.1"}, Forgeries: []method.Forgery{
			text("behind another in the form", func(v, _ string) string { return "x&token=" + v }),
			text("behind another, escaped", func(v, _ string) string { return "x%26token%3D" + v }),
			text("before another in the form", func(v, o string) string { return v + "&token=" + o }),
			text("before an escaped NUL", func(v, _ string) string { return v + "%00" }),
			text("before an escaped blank", func(v, _ string) string { return v + "%20" }),
			text("before a plus, which forms read as a blank", func(v, _ string) string { return v + "+" }),
			text("behind a plus", func(v, _ string) string { return "+" + v }),
			text("padded", func(v, _ string) string { return v + "=" }),
			text("first letter escaped", func(v, _ string) string { return "%61" + v[1:] }),
			text("in quotes", func(v, _ string) string { return `"` + v + `"` }),
		}},
	}
}

// text is what make returns for two valid tokens, behind the scheme.
func text(label string, make func(valid, other string) string) method.Forgery {
	return method.Forgery{Label: label, Fields: func(m method.Minted) ([]bench.Field, error) {
		return m.Carry("Bearer " + make(m.Valid, m.Other)), nil
	}}
}
