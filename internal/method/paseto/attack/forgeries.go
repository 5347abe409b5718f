package attack

import (
	"strings"

	"authbench/internal/method"
)

// forgeries are tokens that the issuer did not sign, or not for this.
func forgeries() []method.Attack {
	return []method.Attack{
		{ID: "PASETO-01", Title: "another version or purpose in the header of a good token", Impact: "forgery", Source: []string{spec + "Implementation Guide: algorithm lucidity"}, Forgeries: headers(func(header string) func(*draft) {
			return func(d *draft) {
				d.text = func(_ *draft, token string) string { return header + strings.TrimPrefix(token, "v4.public.") }
			}
		})},
		{ID: "PASETO-02", Title: "another version or purpose, which the issuer's key signed", Impact: "forgery", Source: []string{spec + "Implementation Guide: algorithm lucidity"}, Forgeries: headers(func(header string) func(*draft) {
			return func(d *draft) { d.header = header }
		})},
		{ID: "PASETO-03", Title: "signature of another key", Impact: "forgery", Source: []string{spec + "Version 4: Verify"}, Forgeries: []method.Forgery{
			forged("under the issuer's key id", func(d *draft) { d.sign = attackers }),
			forged("under an id of its own", func(d *draft) { d.sign, d.footer = attackers, `{"kid":"attacker-1"}` }),
			forged("under a path", func(d *draft) { d.sign, d.footer = attackers, `{"kid":"../../dev/null"}` }),
			forged("which the footer has", func(d *draft) {
				d.sign = attackers
				d.footer = `{"kid":"` + d.kid + `","wpk":"k4.public.` + encode(string(d.attacker[32:])) + `"}`
			}),
			forged("which a JWK in the footer has", func(d *draft) {
				d.sign = attackers
				d.footer = `{"kid":"attacker-1","jwk":{"kty":"OKP","crv":"Ed25519","kid":"attacker-1","x":"` + encode(string(d.attacker[32:])) + `"}}`
			}),
		}},
		{ID: "PASETO-04", Title: "no signature, or that of something else", Impact: "forgery", Source: []string{spec + "Version 4: Verify"}, Forgeries: signatures()},
		{ID: "PASETO-05", Title: "changed after it was signed", Impact: "forgery", Source: []string{spec + "Version 4: Verify"}, Forgeries: tampered()},
		{ID: "PASETO-06", Title: "signed with an implicit assertion, for somebody else", Impact: "privilege", Source: []string{spec + "Version 4: implicit assertions"}, Forgeries: []method.Forgery{
			forged("one byte", func(d *draft) { d.implicit = "x" }),
			forged("JSON", func(d *draft) { d.implicit = `{"tenant":"tenant-2"}` }),
			forged("the footer again", func(d *draft) { d.implicit = d.footer }),
		}},
		{ID: "PASETO-07", Title: "something that is no v4.public", Impact: "forgery", Source: []string{spec + "Implementation Guide: algorithm lucidity", "RFC 8725 3.1"}, Forgeries: otherFormats()},
	}
}

// otherFormats are tokens of other formats, alone and within this one.
func otherFormats() []method.Forgery {
	return []method.Forgery{
		retold("local within public", func(d *draft, _ string) string {
			return "v4.public." + encode("v4.local."+d.message()) + "." + encode(d.footer)
		}),
		forged("local within public, signed", func(d *draft) { d.payload = "v4.local." + encode(d.message()+strings.Repeat("x", 64)) }),
		retold("public within local", func(_ *draft, token string) string { return "v4.local." + token }),
		retold("public within public", func(_ *draft, token string) string { return "v4.public." + token }),
		retold("local with the claims in plain text", func(d *draft, _ string) string {
			return "v4.local." + encode(strings.Repeat("n", 32)+d.message()+strings.Repeat("t", 32)) + "." + encode(d.footer)
		}),
		retold("JWT without a signature", func(d *draft, _ string) string { return encode(`{"alg":"none"}`) + "." + encode(d.message()) + "." }),
		retold("JWT that the issuer's key signed", func(d *draft, _ string) string {
			signed := encode(`{"alg":"EdDSA","kid":"`+d.kid+`"}`) + "." + encode(d.message())
			return signed + "." + encode(by(d.issuer, signed))
		}),
	}
}

// headers makes a sub-case of each wrong header.
func headers(change func(header string) func(*draft)) (out []method.Forgery) {
	for _, header := range []string{
		"v1.public.", "v2.public.", "v3.public.", "v5.public.", "v1.local.", "v2.local.", "v3.local.", "v4.local.", "v4.", "V4.public.",
		"v4.Public.", "v4.PUBLIC.", "v04.public.", "v4public.", "v4.public", "v4..public.", ".v4.public.", "v4.secret.", "k4.public.", "v4.public.public.",
	} {
		out = append(out, forged(header, change(header)))
	}
	return out
}

// attackers signs with a key that no server knows.
func attackers(d *draft, message string) string { return by(d.attacker, d.encoded(message)) }

// signatures are sub-cases of wrong signatures.
func signatures() []method.Forgery {
	constant := func(s string) func(*draft, string) string { return func(*draft, string) string { return s } }
	over := func(text func(d *draft, message string) string) func(*draft, string) string {
		return func(d *draft, message string) string { return by(d.issuer, text(d, message)) }
	}
	var out []method.Forgery
	for label, sign := range map[string]func(*draft, string) string{
		"nothing":            constant(""),
		"zeros":              constant(strings.Repeat("\x00", 64)),
		"half of it":         func(d *draft, message string) string { return by(d.issuer, d.encoded(message))[:32] },
		"the neutral point":  constant("\x01" + strings.Repeat("\x00", 63)),
		"of another message": over(func(d *draft, _ string) string { return d.encoded("{}") }),
		"of the claims alone": over(func(_ *draft, message string) string {
			return message
		}),
		"of all without lengths":          over(func(d *draft, message string) string { return d.header + message + d.footer }),
		"of three pieces, as v2.public's": over(func(d *draft, message string) string { return preAuth(d.header, message, d.footer) }),
		"without the footer":              over(func(d *draft, message string) string { return preAuth(d.header, message, "", "") }),
		"of footer and message swapped":   over(func(d *draft, message string) string { return preAuth(d.header, d.footer, message, "") }),
		"for v4.local":                    over(func(d *draft, message string) string { return preAuth("v4.local.", message, d.footer, "") }),
		"of the encoded message":          over(func(d *draft, message string) string { return d.header + encode(message) + "." + encode(d.footer) }),
	} {
		out = append(out, forged(label, func(d *draft) { d.sign = sign }))
	}
	return sorted(out)
}

// tampered are sub-cases of good tokens that were changed.
func tampered() []method.Forgery {
	before := func(change func(d *draft)) func(*draft) {
		return func(d *draft) { // signs the good token, and sends the changed one
			signature := by(d.issuer, d.encoded(d.message()))
			change(d)
			d.sign = func(*draft, string) string { return signature }
		}
	}
	out := []method.Forgery{
		forged("another subject", before(func(d *draft) { d.set("sub", `"admin"`) })),
		forged("another tenant", before(func(d *draft) { d.set("tenant", `"tenant-2"`) })),
		forged("a longer life", before(func(d *draft) { d.set("exp", d.at(2*lifetime)) })),
		forged("a blank between claims", before(func(d *draft) { d.payload = strings.Replace(d.message(), ",", ", ", 1) })),
		forged("another footer of the same key", before(func(d *draft) { d.footer = `{"kid": "` + d.kid + `"}` })),
		forged("a member more in the footer", before(func(d *draft) { d.footer = `{"kid":"` + d.kid + `","admin":true}` })),
		forged("no footer", before(func(d *draft) { d.footer = "" })),
		retold("the claims of another token", func(d *draft, token string) string {
			header, payload, footer := parts(token)
			_, other, _ := parts(d.Other)
			claims, signature := decode(other), decode(payload)
			return header + encode(claims[:len(claims)-64]+signature[len(signature)-64:]) + "." + footer
		}),
	}
	for _, at := range []struct {
		label string
		place func(n int) int
	}{
		{"first byte", func(int) int { return 0 }}, {"a byte in the middle", func(n int) int { return (n - 64) / 2 }},
		{"first byte of the signature", func(n int) int { return n - 64 }}, {"last byte of R", func(n int) int { return n - 33 }},
		{"first byte of S", func(n int) int { return n - 32 }}, {"last byte", func(n int) int { return n - 1 }},
	} {
		for _, mask := range []byte{1, 0x80} {
			out = append(out, retold(at.label+", "+map[byte]string{1: "lowest bit", 0x80: "highest bit"}[mask], func(_ *draft, token string) string {
				header, payload, footer := parts(token)
				content := []byte(decode(payload))
				content[at.place(len(content))] ^= mask
				return header + encode(string(content)) + "." + footer
			}))
		}
	}
	return out
}
