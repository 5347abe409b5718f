package attack

import (
	"encoding/base64"
	"math/big"
	"slices"
	"strings"

	"authbench/internal/method"
)

// spellings are good tokens that are written in another way, or in part.
func spellings() []method.Attack {
	return []method.Attack{
		{ID: "PASETO-08", Title: "truncated", Impact: "forgery", Source: []string{spec + "Version 4: Verify"}, Forgeries: []method.Forgery{
			retold("last character", func(_ *draft, token string) string { return token[:len(token)-1] }),
			retold("half of it", func(_ *draft, token string) string { return token[:len(token)/2] }),
			retold("the header alone", func(*draft, string) string { return "v4.public." }),
			retold("the header without its dot", func(*draft, string) string { return "v4.public" }),
			retold("no payload", func(d *draft, _ string) string { return "v4.public.." + encode(d.footer) }),
			retold("a payload of 63 bytes", func(d *draft, _ string) string {
				return "v4.public." + encode(strings.Repeat("x", 63)) + "." + encode(d.footer)
			}),
			retold("a payload of a signature alone", func(d *draft, _ string) string {
				return "v4.public." + encode(by(d.issuer, preAuth("v4.public.", "", d.footer, ""))) + "." + encode(d.footer)
			}),
			retold("without its header", func(_ *draft, token string) string { return strings.TrimPrefix(token, "v4.public.") }),
		}},
		{ID: "PASETO-09", Title: "more behind the token, or two footers", Impact: "respelling", Source: []string{spec + "Version 4"}, Forgeries: []method.Forgery{
			retold("a dot", func(_ *draft, token string) string { return token + "." }),
			retold("the footer again", func(d *draft, token string) string { return token + "." + encode(d.footer) }),
			retold("another footer", func(_ *draft, token string) string { return token + "." + encode(`{"kid":"attacker-1"}`) }),
			retold("an empty footer before it", func(_ *draft, token string) string {
				header, payload, footer := parts(token)
				return header + payload + ".." + footer
			}),
			retold("a character", func(_ *draft, token string) string { return token + "A" }),
			retold("four characters", func(_ *draft, token string) string { return token + "AAAA" }),
			retold("the token again", func(_ *draft, token string) string { return token + token }),
			retold("the token again, behind a comma", func(_ *draft, token string) string { return token + "," + token }),
		}},
		{ID: "PASETO-10", Title: "base64url in another spelling", Impact: "respelling", Source: []string{spec + "Common: base64url without padding", "RFC 4648 3.2 and 3.5"}, Forgeries: encodings()},
		{ID: "PASETO-11", Title: "signature whose S is not reduced", Impact: "respelling", Source: []string{"RFC 8032 5.1.7"}, Forgeries: []method.Forgery{
			retold("S + L", func(_ *draft, token string) string {
				header, payload, footer := parts(token)
				return header + encode(unreduced(decode(payload))) + "." + footer
			}),
		}},
	}
}

// encodings are sub-cases of base64url that has more than one spelling.
func encodings() []method.Forgery {
	segments := func(change func(string) string) []method.Forgery {
		return []method.Forgery{
			retold("payload", func(_ *draft, token string) string {
				header, payload, footer := parts(token)
				return header + change(payload) + "." + footer
			}),
			retold("footer", func(_ *draft, token string) string {
				header, payload, footer := parts(token)
				return header + payload + "." + change(footer)
			}),
		}
	}
	var out []method.Forgery
	for label, change := range map[string]func(string) string{
		"padding":         func(s string) string { return s + "=" },
		"twice padding":   func(s string) string { return s + "==" },
		"a blank":         func(s string) string { return s[:8] + " " + s[8:] },
		"percent-encoded": func(s string) string { return "%65" + s[1:] },
		"a plus":          func(s string) string { return s[:8] + "+" + s[9:] },
		"a tilde":         func(s string) string { return s[:8] + "~" + s[8:] },
	} {
		for _, f := range segments(change) {
			f.Label = label + " in the " + f.Label
			out = append(out, f)
		}
	}
	// A footer whose last character has unused bits: of two bytes more than a third.
	return append(sorted(out), forged("unused bits that are set", func(d *draft) {
		for len(d.footer)%3 != 2 {
			d.footer += " "
		}
		d.text = func(_ *draft, token string) string { return token[:len(token)-1] + next(token[len(token)-1]) }
	}))
}

// alphabet is that of base64url.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// next is the character whose lowest bit is set beside those of another.
func next(c byte) string { return string(alphabet[strings.IndexByte(alphabet, c)|1]) }

// decode is base64url of the forger's own making, "" if it is none.
func decode(text string) string {
	out, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	return string(out)
}

// order is the order L of Ed25519's group, in decimal: 2^252 and a bit more.
const order = "7237005577332262213973186563042994240857116359379907606001950938285454250989"

// unreduced adds the group's order to the number S at the end of a payload.
func unreduced(payload string) string {
	at := len(payload) - 32
	s := []byte(payload[at:])
	slices.Reverse(s)
	l, _ := new(big.Int).SetString(order, 10)
	sum := new(big.Int).Add(new(big.Int).SetBytes(s), l).FillBytes(make([]byte, 32))
	slices.Reverse(sum)
	return payload[:at] + string(sum)
}
