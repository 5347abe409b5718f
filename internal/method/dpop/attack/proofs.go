package attack

import (
	"crypto/elliptic"
	"math/big"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/method"
)

// spoilt is a sub-case of a proof of whose signature a byte is changed.
func spoilt(label string, at func(n int) int) method.Forgery {
	return forged(label, func(d *draft) {
		sign := d.proof.sign
		d.proof.sign = func(input string) (string, error) {
			text, err := sign(input)
			if err != nil {
				return "", err
			}
			out := []byte(text)
			out[at(len(out))] ^= 1
			return string(out), nil
		}
	})
}

// signatures are proofs whose signature is not the holder's.
func signatures() []method.Attack {
	with := func(label, alg string, sign func(d *draft) func(string) (string, error)) method.Forgery {
		return forged(label, func(d *draft) {
			if alg != "" {
				d.proof.header.set("alg", quote(alg))
			}
			d.proof.sign = sign(d)
		})
	}
	same := func(f func(string) (string, error)) func(*draft) func(string) (string, error) {
		return func(*draft) func(string) (string, error) { return f }
	}
	return []method.Attack{
		{ID: "DPOP-01", Title: "a proof whose signature is not by the holder's key", Impact: "forgery", Source: []string{spec + "4.3 items 5 to 7"}, Forgeries: []method.Forgery{
			with("another key's", "", func(d *draft) func(string) (string, error) { return d.other.sign }),
			forged("another key's, which the header has", func(d *draft) {
				d.proof.header.set("jwk", d.other.jwk.json())
				d.proof.sign = d.other.sign
			}),
			with("nothing", "", same(constant(""))), with("zeros", "", same(constant(strings.Repeat("\x00", 64)))),
			with("ones", "", same(constant(strings.Repeat("\x00", 31)+"\x01"+strings.Repeat("\x00", 31)+"\x01"))),
			spoilt("its first byte", func(int) int { return 0 }), spoilt("its middle", func(n int) int { return n / 2 }),
			spoilt("its last byte", func(n int) int { return n - 1 }),
			with("alg none", "none", same(constant(""))), with("alg None", "None", same(constant(""))), forged("no alg", func(d *draft) { d.proof.header.drop("alg"); d.proof.sign = constant("") }),
			with("HS256, with the public key", "HS256", func(d *draft) func(string) (string, error) { return mac(d.holder.jwk.json()) }),
			with("HS256, with the empty key", "HS256", same(mac(""))),
			forged("HS256, with a secret to which the token is bound", func(d *draft) {
				secret := members{{"k", quote(encode("a secret of thirty-two characters"))}, {"kty", `"oct"`}}
				d.token.claims.set("cnf", `{"jkt":`+quote(hash(secret.json()))+`}`)
				d.proof.header.set("alg", `"HS256"`)
				d.proof.header.set("jwk", secret.json())
				d.proof.sign = mac("a secret of thirty-two characters")
			}),
			with("under the name of another algorithm", "ES384", func(d *draft) func(string) (string, error) { return d.holder.sign }),
			with("the issuer's", "", func(d *draft) func(string) (string, error) { return d.issuer.sign }),
		}},
		{ID: "DPOP-02", Title: "a proof that was changed after it was signed", Impact: "forgery", Source: []string{spec + "4.3 item 7"}, Forgeries: []method.Forgery{
			changed("another id", func(d *draft) { d.proof.claims.set("jti", `"another"`) }),
			changed("a second younger", func(d *draft) { d.proof.claims.set("iat", number(d.Now.Unix()+1)) }),
			changed("a member more", func(d *draft) { d.proof.claims.set("x", "1") }),
		}},
	}
}

// changed is a sub-case of a proof that is changed after it was signed.
func changed(label string, change func(d *draft)) method.Forgery {
	return forged(label, func(d *draft) {
		d.rehash(hash)
		before, sign := d.proof.claims.json(), d.proof.sign
		d.proof.sign = func(input string) (string, error) {
			header, _, _ := strings.Cut(input, ".")
			return sign(header + "." + encode(before))
		}
		change(d)
	})
}

// headers are proofs whose header is none of a proof, or has no public key.
func headers() []method.Attack {
	in := func(label, name, value string) method.Forgery {
		return forged(label, func(d *draft) { d.proof.header.set(name, value) })
	}
	key := func(label string, change func(jwk *members)) method.Forgery {
		return forged(label, func(d *draft) {
			jwk := append(members(nil), d.holder.jwk...)
			change(&jwk)
			d.proof.header.set("jwk", jwk.json())
		})
	}
	return []method.Attack{
		{ID: "DPOP-03", Title: "a proof of another type", Impact: "forgery", Source: []string{spec + "4.3 item 4", "RFC 8725 3.11"}, Forgeries: []method.Forgery{
			in("JWT", "typ", `"JWT"`), in("at+jwt", "typ", `"at+jwt"`), in("dpop", "typ", `"dpop"`), in("longer", "typ", `"dpop+jwt2"`), in("empty", "typ", `""`),
			in("a number", "typ", "1"), forged("none", func(d *draft) { d.proof.header.drop("typ") }),
		}},
		{ID: "DPOP-04", Title: "a proof without a public key in its header", Impact: "forgery", Source: []string{spec + "4.3 items 6 and 7"}, Forgeries: []method.Forgery{
			forged("none", func(d *draft) { d.proof.header.drop("jwk") }), in("null", "jwk", "null"), in("a list", "jwk", "[]"), in("an empty object", "jwk", "{}"), in("a text", "jwk", `"x"`),
			forged("its id alone", func(d *draft) { d.proof.header.drop("jwk"); d.proof.header.set("kid", quote(d.holder.thumbprint())) }),
			forged("its place alone", func(d *draft) { d.proof.header.drop("jwk"); d.proof.header.set("jku", `"http://127.0.0.1:1/keys"`) }),
			forged("private", func(d *draft) {
				d.proof.header.set("jwk", append(append(members(nil), d.holder.jwk...), member{"d", quote(d.holder.secret)}).json())
			}),
			forged("in capitals", func(d *draft) { d.proof.header.drop("jwk"); d.proof.header.set("JWK", d.holder.jwk.json()) }),
			key("for signing alone", func(jwk *members) { jwk.set("key_ops", `["sign"]`) }), key("for what is no list", func(jwk *members) { jwk.set("key_ops", `"verify"`) }),
			key("of no type", func(jwk *members) { jwk.drop("kty") }), key("of another type", func(jwk *members) { jwk.set("kty", `"oct"`) }),
			key("of another curve", func(jwk *members) { jwk.set("crv", `"P-384"`) }), key("without x", func(jwk *members) { jwk.drop("x") }),
			key("x twice", func(jwk *members) { *jwk = append(*jwk, member{"x", `"AAAA"`}) }),
			key("for encryption", func(jwk *members) { jwk.set("use", `"enc"`) }), key("for another algorithm", func(jwk *members) { jwk.set("alg", `"RS256"`) }),
			key("zero", func(jwk *members) {
				for _, name := range []string{"x", "y"} {
					jwk.set(name, quote(encode(strings.Repeat("\x00", 32))))
				}
			}),
		}},
		{ID: "DPOP-05", Title: "a header that must be understood, and is not", Impact: "forgery", Source: []string{"RFC 7515 4.1.11", "RFC 7797 6"}, Forgeries: []method.Forgery{
			in("crit", "crit", `["x"]`), in("b64", "b64", "false"), in("zip", "zip", `"DEF"`),
			forged("jwk twice", func(d *draft) { d.proof.header = append(d.proof.header, member{"jwk", d.other.jwk.json()}) }),
			forged("jwk twice, the holder's last", func(d *draft) { d.proof.header = append(members{{"jwk", d.other.jwk.json()}}, d.proof.header...) }),
			forged("alg twice", func(d *draft) { d.proof.header = append(d.proof.header, member{"alg", `"none"`}) }),
			forged("alg twice, the right one last", func(d *draft) { d.proof.header = append(members{{"alg", `"none"`}}, d.proof.header...) }),
		}},
	}
}

// bindings are proofs that are not of this request, or not of this token.
func bindings() []method.Attack {
	return []method.Attack{
		{ID: "DPOP-06", Title: "a proof of another method", Impact: "forgery", Source: []string{spec + "4.3 item 8"}, Forgeries: inProof("htm", map[string]string{
			"POST": `"POST"`, "in small letters": `"get"`, "empty": `""`, "any": `"*"`, "two": `"GET,POST"`, "a list": `["GET"]`, "null": "null", "a blank behind": `"GET "`,
		})},
		{ID: "DPOP-07", Title: "a proof of another URI", Impact: "forgery", Source: []string{spec + "4.3 item 9"}, Forgeries: inProof("htu", map[string]string{
			"another host": `"http://other.test@P"`, "another path": `"http://@H@P/other"`, "a shorter path": `"http://@H"`, "another port": `"http://@N:81@P"`,
			"another scheme": `"https://@H@P"`, "a user": `"http://u@@H@P"`, "a host in the path": `"http://other.test/@H@P"`, "a slash behind": `"http://@H@P/"`,
			"the path alone": `"@P"`, "empty": `""`, "a list": `["http://@H@P"]`, "null": "null", "a blank before": `" http://@H@P"`, "two slashes": `"http://@H/@P"`,
			"a step up": `"http://@H@P/../x"`, "a longer host": `"http://@N.other.test@O@P"`, "the path in capitals": `"http://@H@U"`, "a host before": `"http://other.test#@H@P"`,
		})},
		{ID: "DPOP-08", Title: "a proof of another token", Impact: "forgery", Source: []string{spec + "4.3 item 12", spec + "7.1"}, Forgeries: append(inProof("ath", map[string]string{
			"empty": `""`, "of the empty text": quote(hash("")), "null": "null", "a number": "1", "of another token": quote(hash("x")),
		}),
			forged("padded", func(d *draft) { d.rehash(func(token string) string { return hash(token) + "=" }) }),
			forged("of the token behind its scheme", func(d *draft) { d.rehash(func(token string) string { return hash("DPoP " + token) }) }),
			forged("half of it", func(d *draft) { d.rehash(func(token string) string { return hash(token)[:22] }) }),
			forged("in small letters", func(d *draft) { d.rehash(func(token string) string { return strings.ToLower(hash(token)) }) }),
			forged("the token itself", func(d *draft) { d.rehash(func(token string) string { return token }) }),
		)},
	}
}

// rehash gives the proof another hash of the token.
func (d *draft) rehash(hash func(token string) string) {
	token, err := d.token.text()
	if err != nil {
		return // writing the fields returns it
	}
	d.token.sign = constant(decode(token[strings.LastIndexByte(token, '.')+1:])) // the same once more
	d.proof.claims.set("ath", quote(hash(token)))
}

// statements are proofs that are too old, too young, or without an id.
func statements(window time.Duration) []method.Attack {
	at := func(label string, from time.Duration) method.Forgery {
		return forged(label, func(d *draft) { d.proof.claims.set("iat", number(d.Now.Add(from).Unix())) })
	}
	return []method.Attack{
		{ID: "DPOP-09", Title: "a proof that is too old, or from the future", Impact: "forgery", Source: []string{spec + "4.3 item 11", spec + "11.1"}, Forgeries: append(inProof("iat", map[string]string{
			"zero": "0", "negative": "-1", "far away": "1e300", "a text": `"1"`, "null": "null", "a list": "[1]",
		}), at("a little older than the window", -window-6*time.Second), at("ten seconds from now", 10*time.Second), at("an hour ago", -time.Hour), at("an hour from now", time.Hour), at("a year ago", -365*24*time.Hour), at("a minute from now", time.Minute))},
		{ID: "DPOP-10", Title: "a proof that cannot be told from others", Impact: "forgery", Source: []string{spec + "4.2", spec + "11.1"}, Forgeries: inProof("jti", map[string]string{
			"empty": `""`, "null": "null", "a number": "1", "a list": `["x"]`, "8 KiB": quote(strings.Repeat("x", 8<<10)),
		})},
		{ID: "DPOP-20", Title: "a proof that says of itself that it is not for now, or not for here", Impact: "forgery", Source: []string{"RFC 7519 4.1.3 to 4.1.5"}, Forgeries: []method.Forgery{
			claim("expired", "exp", func(d *draft) string { return number(d.Now.Add(-time.Minute).Unix()) }),
			claim("not before an hour from now", "nbf", func(d *draft) string { return number(d.Now.Add(time.Hour).Unix()) }),
			claim("for another audience", "aud", func(*draft) string { return `"https://other.test"` }),
			claim("for several others", "aud", func(*draft) string { return `["https://other.test","x"]` }),
			claim("for a number", "aud", func(*draft) string { return "1" }),
		}},
		{ID: "DPOP-11", Title: "claims of a proof that are no strict JSON object", Impact: "respelling", Source: []string{"RFC 8259 4", "RFC 7519 4"}, Forgeries: []method.Forgery{
			odd("htu twice", func(s string) string { return strings.Replace(s, "{", `{"htu":"http://other.test/",`, 1) }),
			odd("iat twice", func(s string) string { return strings.TrimSuffix(s, "}") + `,"iat":1}` }),
			odd("htm twice, an escape", func(s string) string { return strings.TrimSuffix(s, "}") + `,"h\u0074m":"POST"}` }),
			odd("a byte behind", func(s string) string { return s + "x" }), odd("in a list", func(s string) string { return "[" + s + "]" }),
			odd("a comma too many", func(s string) string { return strings.TrimSuffix(s, "}") + ",}" }),
			odd("nested 1000 times", func(s string) string {
				return strings.TrimSuffix(s, "}") + `,"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + "}"
			}),
		}},
	}
}

// claim is a sub-case of a proof that has a claim.
func claim(label, name string, value func(d *draft) string) method.Forgery {
	return forged(label, func(d *draft) { d.proof.claims.set(name, value(d)) })
}

// replays are other proofs with the id of one that was let in.
func replays() method.Attack {
	after := func(label string, change func(d *draft, signature string) string) method.Forgery {
		return method.Forgery{Label: label, Steps: func(m method.Minted) ([][]bench.Field, error) {
			d, err := newDraft(m)
			if err != nil {
				return nil, err
			}
			d.rehash(hash)
			sign, made := d.proof.sign, ""
			d.proof.sign = func(input string) (_ string, err error) {
				made, err = sign(input)
				return made, err
			}
			first, err := d.fields()
			if err != nil {
				return nil, err
			}
			d.proof.sign = func(input string) (string, error) {
				if changed := change(d, made); changed != "" {
					return changed, nil
				}
				return sign(input)
			}
			second, err := d.fields()
			return [][]bench.Field{first, second}, err
		}}
	}
	return method.Attack{ID: "DPOP-21", Title: "another proof with the id of one that was let in", Impact: "forgery", Source: []string{spec + "4.3", spec + "11.1"}, Forgeries: []method.Forgery{
		after("signed again", func(*draft, string) string { return "" }),
		after("its signature in its other form", func(d *draft, signature string) string {
			if d.holder.alg != "ES256" { // of Ed25519 there is no other one
				return ""
			}
			return mirrored(signature)
		}),
	}}
}

// mirrored is the other signature that is as good: of r and s, n - s (SEC 1 §4.1.4).
func mirrored(signature string) string {
	s := new(big.Int).SetBytes([]byte(signature[32:]))
	return signature[:32] + string(s.Sub(elliptic.P256().Params().N, s).FillBytes(make([]byte, 32)))
}

// odd is a sub-case of a payload that is written in another way.
func odd(label string, change func(string) string) method.Forgery {
	return forged(label, func(d *draft) {
		d.rehash(hash)
		d.proof.payload = change(d.proof.claims.json())
	})
}

// carriers are requests with no proof, several, or what is none.
func carriers() []method.Attack {
	written := func(label string, write func(d *draft, token, proof string) []bench.Field) method.Forgery {
		return forged(label, func(d *draft) {
			d.written = func(token, proof string) []bench.Field { return write(d, token, proof) }
		})
	}
	proof := func(label string, change func(string) string) method.Forgery {
		return written(label, func(d *draft, token, proof string) []bench.Field { return d.usual(token, change(proof)) })
	}
	return []method.Attack{
		{ID: "DPOP-12", Title: "a bound token as a bearer token", Impact: "forgery", Source: []string{spec + "7.2"}, Forgeries: []method.Forgery{
			written("without a proof", func(d *draft, token, _ string) []bench.Field { return d.Carry("Bearer " + token) }),
			forged("with a proof", func(d *draft) { d.scheme = "Bearer" }),
			written("in its own scheme, without a proof", func(d *draft, token, _ string) []bench.Field { return d.Carry("DPoP " + token) }),
		}},
		{ID: "DPOP-13", Title: "not one proof", Impact: "carrier", Source: []string{spec + "4.3 items 1 and 2"}, Forgeries: []method.Forgery{
			written("twice the same", func(d *draft, token, proof string) []bench.Field {
				return append(d.usual(token, proof), bench.Field{Name: "DPoP", Value: proof})
			}),
			written("another behind", func(d *draft, token, proof string) []bench.Field {
				return append(d.usual(token, proof), bench.Field{Name: "DPoP", Value: "x"})
			}),
			written("another before", func(d *draft, token, proof string) []bench.Field {
				return append([]bench.Field{{Name: "DPoP", Value: "x"}}, d.usual(token, proof)...)
			}),
			proof("twice, with a comma", func(s string) string { return s + ", " + s }), proof("in quotes", func(s string) string { return `"` + s + `"` }),
			proof("behind a scheme", func(s string) string { return "DPoP " + s }), proof("empty", func(string) string { return "" }),
		}},
		{ID: "DPOP-14", Title: "a proof that is written in another way, or in part", Impact: "respelling", Source: []string{spec + "4.3 item 3", "RFC 7515 2 and 7.1"}, Forgeries: []method.Forgery{
			proof("a dot behind", func(s string) string { return s + "." }), proof("a segment behind", func(s string) string { return s + ".AAAA" }),
			proof("padded", func(s string) string { return s + "==" }), proof("its last character is missing", func(s string) string { return s[:len(s)-1] }),
			proof("without its signature", func(s string) string { return s[:strings.LastIndexByte(s, '.')] }),
			proof("a blank within", func(s string) string { return s[:8] + " " + s[8:] }),
			proof("JSON", func(s string) string {
				parts := strings.Split(s, ".")
				return `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`
			}),
		}},
	}
}
