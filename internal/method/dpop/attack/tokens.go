package attack

import (
	"encoding/base64"
	"strings"
	"time"

	"authbench/internal/method"
)

// tokens are those that must be refused whatever their proof, which is good.
func tokens() []method.Attack {
	set := func(label, name, value string) method.Forgery {
		return forged(label, func(d *draft) { d.token.claims.set(name, value) })
	}
	times := func(label string, begin, end time.Duration) method.Forgery {
		return forged(label, func(d *draft) {
			for _, name := range []string{"iat", "nbf"} {
				d.token.claims.set(name, number(d.Now.Add(begin).Unix()))
			}
			d.token.claims.set("exp", number(d.Now.Add(end).Unix()))
		})
	}
	return []method.Attack{
		unbound(),
		{ID: "DPOP-16", Title: "a token that the issuer did not sign", Impact: "forgery", Source: []string{"RFC 7519 6", "RFC 8725 3.1"}, Forgeries: []method.Forgery{
			forged("another key's", func(d *draft) { d.token.sign = d.stranger.sign }),
			forged("the holder's, under its own id", func(d *draft) { d.token.sign = d.holder.sign; d.token.header.set("kid", `"attacker-1"`) }),
			forged("the holder's, whose key the header has", func(d *draft) {
				d.token.sign = d.holder.sign
				d.token.header.set("alg", quote(d.holder.alg))
				d.token.header.set("jwk", d.holder.jwk.json())
			}),
			forged("nothing", func(d *draft) { d.token.sign = constant("") }),
			forged("alg none", func(d *draft) { d.token.sign = constant(""); d.token.header.set("alg", `"none"`) }),
			forged("HS256, with the public key", func(d *draft) { d.token.sign = mac(d.published); d.token.header.set("alg", `"HS256"`) }),
		}},
		{ID: "DPOP-17", Title: "a token that is expired, or for somebody else", Impact: "privilege", Source: []string{"RFC 7519 4.1"}, Forgeries: []method.Forgery{
			times("expired just now", -lifetime, 0), times("expired an hour ago", -2*time.Hour, -time.Hour), times("not before an hour from now", time.Hour, 2*time.Hour),
			set("another audience", "aud", `"https://other.test"`), set("another issuer", "iss", `"https://other.test"`),
			forged("for no time", func(d *draft) { d.token.claims.drop("exp") }),
		}},
		{ID: "DPOP-18", Title: "a proof in place of the token", Impact: "forgery", Source: []string{"RFC 8725 3.11"}, Forgeries: []method.Forgery{
			forged("signed by the holder", func(d *draft) {
				d.token.header.set("typ", `"dpop+jwt"`)
				d.token.header.set("jwk", d.holder.jwk.json())
				d.token.sign = d.holder.sign
			}),
		}},
	}
}

// unbound are tokens that are not bound to the key of the proof.
func unbound() method.Attack {
	cnf := func(label string, value func(d *draft) string) method.Forgery {
		return forged(label, func(d *draft) { d.token.claims.set("cnf", value(d)) })
	}
	return method.Attack{ID: "DPOP-15", Title: "a token that is not bound to the key of the proof", Impact: "forgery", Source: []string{spec + "6.1", spec + "7.1"}, Forgeries: []method.Forgery{
		forged("to none", func(d *draft) { d.token.claims.drop("cnf") }), cnf("to an empty list of means", func(*draft) string { return "{}" }),
		cnf("to another key", func(d *draft) string { return `{"jkt":` + quote(d.other.thumbprint()) + `}` }),
		cnf("to a certificate alone", func(d *draft) string { return `{"x5t#S256":` + quote(d.holder.thumbprint()) + `}` }),
		cnf("to an empty thumbprint", func(*draft) string { return `{"jkt":""}` }), cnf("null", func(*draft) string { return "null" }),
		cnf("to null", func(*draft) string { return `{"jkt":null}` }), cnf("padded", func(d *draft) string { return `{"jkt":"` + d.holder.thumbprint() + `="}` }),
		cnf("in small letters", func(d *draft) string { return `{"jkt":` + quote(strings.ToLower(d.holder.thumbprint())) + `}` }),
		cnf("half of it", func(d *draft) string { return `{"jkt":` + quote(d.holder.thumbprint()[:22]) + `}` }),
		cnf("to the key itself", func(d *draft) string { return `{"jwk":` + d.holder.jwk.json() + `}` }),
		cnf("a list", func(d *draft) string { return `[{"jkt":` + quote(d.holder.thumbprint()) + `}]` }),
		cnf("twice", func(d *draft) string {
			return `{"jkt":` + quote(d.other.thumbprint()) + `,"jkt":` + quote(d.holder.thumbprint()) + `}`
		}),
	}}
}

// controls are unusual and good.
func controls() []method.Attack {
	htu := func(label, template string) method.Forgery {
		return forged(label, func(d *draft) { d.proof.claims.set("htu", quote(d.fill(template))) })
	}
	at := func(label string, from time.Duration) method.Forgery {
		return forged(label, func(d *draft) { d.proof.claims.set("iat", number(d.Now.Add(from).Unix())) })
	}
	return []method.Attack{{ID: "DPOP-19", Title: "unusual and good", Impact: "control", Accept: true, Source: []string{spec + "4.2", spec + "4.3", "RFC 3986 6.2"}, Forgeries: []method.Forgery{
		forged("as holders write it", func(*draft) {}),
		htu("a query in the proof's URI", "http://@H@P?x=1"), htu("a fragment in the proof's URI", "http://@H@P#x"), htu("a scheme in capitals", "HTTP://@H@P"),
		at("two seconds ago", -2*time.Second), at("a second from now", time.Second),
		forged("a fraction of a second", func(d *draft) { d.proof.claims.set("iat", number(d.Now.Unix())+".25") }),
		forged("typ in another case", func(d *draft) { d.proof.header.set("typ", `"DPOP+JWT"`) }),
		forged("members of other names", func(d *draft) { d.proof.claims.set("roles", `["a"]`); d.proof.header.set("x", "1") }),
		forged("a member whose name differs by its case", func(d *draft) { d.proof.header.set("JWK", d.other.jwk.json()); d.proof.header.set("Alg", `"none"`) }),
		forged("a proof that says for whom, and until when", func(d *draft) {
			d.proof.claims.set("aud", `["x",`+quote(d.audience)+`]`)
			d.proof.claims.set("exp", number(d.Now.Add(time.Minute).Unix()))
			d.proof.claims.set("nbf", number(d.Now.Unix()))
		}),
		forged("a key with what it is for", func(d *draft) {
			d.proof.header.set("jwk", append(append(members(nil), d.holder.jwk...), member{"key_ops", `["verify"]`}, member{"use", `"sig"`}).json())
		}),
		forged("a key with an id", func(d *draft) {
			d.proof.header.set("jwk", append(append(members(nil), d.holder.jwk...), member{"kid", `"phone"`}).json())
		}),
		forged("members of the key in another order", func(d *draft) {
			jwk := append(members(nil), d.holder.jwk...)
			jwk[0], jwk[len(jwk)-1] = jwk[len(jwk)-1], jwk[0]
			d.proof.header.set("jwk", jwk.json())
		}),
		forged("other means beside the thumbprint", func(d *draft) {
			d.token.claims.set("cnf", `{"x5t#S256":"x","jkt":`+quote(d.holder.thumbprint())+`}`)
		}),
		forged("an escape in the method", func(d *draft) { d.proof.claims.set("htm", `"\u0047`+d.Use.Method[1:]+`"`) }),
	}}}
}

// decode is base64url of the forger's own making, "" if it is none.
func decode(text string) string {
	out, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	return string(out)
}
