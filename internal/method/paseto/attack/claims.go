package attack

import (
	"strings"
	"time"

	"authbench/internal/method"
)

// claims are tokens that the issuer signed, with claims or footers that must not count, and
// the controls: what is unusual, and good.
func claims() []method.Attack {
	set := func(label, name, value string) method.Forgery {
		return forged(label, func(d *draft) { d.set(name, value) })
	}
	return []method.Attack{
		{ID: "PASETO-12", Title: "expired, or not valid yet", Impact: "privilege", Source: []string{spec + "Claims: exp, nbf, iat"}, Forgeries: []method.Forgery{
			forged("expired just now", func(d *draft) { d.expire(0) }),
			forged("expired a second ago", func(d *draft) { d.expire(time.Second) }),
			forged("expired a year ago", func(d *draft) { d.expire(365 * 24 * time.Hour) }),
			forged("expired, by its offset", func(d *draft) {
				d.expire(time.Minute)
				d.set("exp", `"`+d.Now.Add(-time.Minute).In(time.FixedZone("", 3600)).Format(time.RFC3339)+`"`)
			}),
			forged("expired before it was issued", func(d *draft) { d.set("exp", d.at(-time.Hour)) }),
			forged("not before a minute from now", func(d *draft) { d.set("nbf", d.at(time.Minute)) }),
			forged("issued a minute from now", func(d *draft) { d.set("iat", d.at(time.Minute)) }),
		}},
		{ID: "PASETO-13", Title: "for another audience, or of another issuer", Impact: "privilege", Source: []string{spec + "Claims: iss, aud"}, Forgeries: []method.Forgery{
			set("another audience", "aud", `"https://other.test"`), set("a longer audience", "aud", `"https://api.test.evil.test"`),
			set("audience in capitals", "aud", `"HTTPS://API.TEST"`), set("empty audience", "aud", `""`),
			forged("list of audiences", func(d *draft) { d.set("aud", `["`+d.aud+`"]`) }),
			set("another issuer", "iss", `"https://other.test"`), set("empty issuer", "iss", `""`),
			forged("a longer issuer", func(d *draft) { d.set("iss", `"`+d.iss+`/"`) }),
		}},
		{ID: "PASETO-14", Title: "a claim is missing", Impact: "privilege", Source: []string{spec + "Claims"}, Forgeries: missing("exp", "nbf", "iat", "iss", "aud", "sub")},
		{ID: "PASETO-15", Title: "a claim has a wrong type", Impact: "issuer-signed", Source: []string{spec + "Claims: registered claims", "RFC 3339 5.6"}, Forgeries: wrongTypes()},
		{ID: "PASETO-16", Title: "claims that are no strict JSON object", Impact: "issuer-signed", Source: []string{spec + "Payload processing: JSON", "RFC 8259 4", "RFC 7493 2"}, Forgeries: oddJSON()},
		{ID: "PASETO-17", Title: "a footer that names no key, or more than one", Impact: "issuer-signed", Source: []string{spec + "Claims: kid", spec + "Payload processing: footers of a bounded length and depth"}, Forgeries: footers()},
		{ID: "PASETO-18", Title: "unusual and good", Impact: "control", Accept: true, Source: []string{spec + "Payload processing", "RFC 3339 5.6", "RFC 8259"}, Forgeries: []method.Forgery{
			forged("as the issuer writes it", func(*draft) {}),
			forged("blanks", func(d *draft) { d.payload = " " + strings.ReplaceAll(d.message(), ",", " ,\n") + " " }),
			forged("an escape in the subject", func(d *draft) { d.set("sub", `"user\u002d1"`) }),
			forged("fractions of a second", func(d *draft) { d.set("exp", strings.Replace(d.at(lifetime), "Z", ".123Z", 1)) }),
			forged("an offset", func(d *draft) {
				d.set("exp", `"`+d.Now.Add(lifetime).In(time.FixedZone("", -5*3600)).Format(time.RFC3339)+`"`)
			}),
			forged("claims of other names", func(d *draft) { d.set("roles", `["a",{"b":null}]`); d.set("Exp", "1") }),
			forged("another member in the footer", func(d *draft) { d.footer = `{"note":"x","kid":"` + d.kid + `"}` }),
		}},
	}
}

// missing makes a sub-case of each claim.
func missing(names ...string) (out []method.Forgery) {
	for _, name := range names {
		out = append(out, forged(name, func(d *draft) { d.drop(name) }))
	}
	return out
}

// wrongTypes are sub-cases of values of wrong types.
func wrongTypes() (out []method.Forgery) {
	for _, name := range []string{"exp", "nbf", "iat"} {
		for label, value := range map[string]string{
			"a number": "4102444800", "a number in text": `"4102444800"`, "null": "null", "true": "true", "a list": `["2099-01-01T00:00:00Z"]`,
			"an object": "{}", "empty": `""`, "a date": `"2099-01-01"`, "without an offset": `"2099-01-01T00:00:00"`,
			"a blank for T": `"2099-01-01 00:00:00Z"`, "a comma": `"2099-01-01T00:00:00,5Z"`, "an hour of one digit": `"2099-01-01T1:00:00Z"`,
			"a small t": `"2099-01-01t00:00:00Z"`, "a small z": `"2099-01-01T00:00:00z"`, "an offset of a day": `"2099-01-01T00:00:00+24:00"`,
			"an offset of 60 minutes": `"2099-01-01T00:00:00+01:60"`, "an offset without a colon": `"2099-01-01T00:00:00+0100"`,
			"no such day": `"2099-02-30T00:00:00Z"`, "a year of five digits": `"12099-01-01T00:00:00Z"`, "as HTTP writes it": `"Thu, 01 Jan 2099 00:00:00 GMT"`,
		} {
			if name != "exp" { // a good time would lie in the past
				value = strings.ReplaceAll(strings.ReplaceAll(value, "2099", "2000"), "4102444800", "946684800")
			}
			out = append(out, forged(name+", "+label, func(d *draft) { d.set(name, value) }))
		}
	}
	for _, name := range []string{"iss", "aud", "sub", "tenant"} {
		for _, value := range []string{"1", "null", "true", "{}", `["user-1"]`} {
			out = append(out, forged(name+", "+value, func(d *draft) { d.set(name, value) }))
		}
	}
	return sorted(out)
}

// oddJSON are sub-cases of payloads.
func oddJSON() (out []method.Forgery) {
	inside := func(more string) func(string) string {
		return func(message string) string { return strings.TrimSuffix(message, "}") + "," + more + "}" }
	}
	for label, change := range map[string]func(string) string{
		"subject twice":             inside(`"sub":"admin"`),
		"the same subject twice":    inside(`"sub":"user-1"`),
		"subject twice, an escape":  inside(`"s\u0075b":"admin"`),
		"expiry twice":              inside(`"exp":"2099-01-01T00:00:00Z"`),
		"a name twice, deep inside": inside(`"a":{"b":1,"b":2}`),
		"an unknown name twice":     inside(`"a":1,"a":2`),
		"nested 1000 times":         inside(`"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000)),
		"not UTF-8":                 inside("\"a\":\"\xff\""),
		"half a surrogate pair":     inside(`"a":"\ud800"`),
		"a comma too many":          func(s string) string { return strings.TrimSuffix(s, "}") + ",}" },
		"a byte behind":             func(s string) string { return s + "x" },
		"an object behind":          func(s string) string { return s + "{}" },
		"NUL behind":                func(s string) string { return s + "\x00" },
		"a byte-order mark":         func(s string) string { return "\ufeff" + s },
		"in a list":                 func(s string) string { return "[" + s + "]" },
		"a text":                    func(string) string { return `"user-1"` },
		"null":                      func(string) string { return "null" },
		"names in capitals":         strings.ToUpper,
		"single quotes":             func(s string) string { return strings.ReplaceAll(s, `"`, "'") },
	} {
		out = append(out, forged(label, func(d *draft) { d.payload = change(d.message()) }))
	}
	return sorted(out)
}

// footers are sub-cases of footers that the issuer signed.
func footers() (out []method.Forgery) {
	for label, footer := range map[string]string{
		"nothing": "", "an empty object": "{}", "no JSON": "@", "the id alone": `"@"`, "in a list": `["@"]`,
		"a number": `{"kid":1}`, "null": `{"kid":null}`, "empty": `{"kid":""}`, "a list of ids": `{"kid":["@"]}`, "in capitals": `{"KID":"@"}`,
		"twice": `{"kid":"@","kid":"@"}`, "twice, one of another key": `{"kid":"attacker-1","kid":"@"}`, "twice, an escape": `{"kid":"@","k\u0069d":"@"}`,
		"a blank around the id": `{"kid":" @ "}`, "a byte behind": `{"kid":"@"}x`, "NUL in the id": `{"kid":"@\u0000"}`,
		"8 KiB":            `{"kid":"@","x":"` + strings.Repeat("x", 8192) + `"}`,
		"nested 100 times": `{"kid":"@","x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`,
	} {
		out = append(out, forged(label, func(d *draft) { d.footer = strings.ReplaceAll(footer, "@", d.kid) }))
	}
	return sorted(out)
}
