// Package attack is how the examiner makes the credentials of method basic, by code of its
// own. What flows in: the method's parameters, credentials of two users. What flows out: their
// family, and what must not be let in.
package attack

import (
	"encoding/base64"
	"strings"
	"unicode"

	"authbench/bench"
	"authbench/internal/method"
	stored "authbench/internal/method/stored/attack"
)

// Family has base64 of user-id and password behind a scheme. The catalogue's cases for keys
// that a server looks up fit: they are about a secret that the record's hash is compared with.
func Family(p bench.Params) method.Family {
	return method.Family{
		AppliesTo: "apikey", Scheme: "Basic", Slow: stored.IsSlow(p),
		Attacks: append(passwords(), spellings()...),
		Variants: method.Variants{
			Deciding:    []string{"hash"},
			Remembering: [][]string{{"hash=sha256", "cache_size=100", "cache_ttl=10s"}, {"hash=sha256", "cache_size=100", "cache_ttl=10s", "filter=bloom"}},
			Beside:      "store",
		},
	}
}

// passwords are wrong user-ids and passwords, well written: who lets one in lets anybody in,
// or makes what is right easier to guess.
func passwords() []method.Attack {
	return []method.Attack{
		{ID: "BASIC-01", Title: "another password", Impact: "forgery", Source: []string{"RFC 7617 2"}, Forgeries: []method.Forgery{
			plain("a word", func(v, _ user) string { return v.id + ":password" }),
			plain("another user's", func(v, o user) string { return v.id + ":" + o.password }),
			plain("the user-id", func(v, _ user) string { return v.id + ":" + v.id }),
			plain("its first half", func(v, _ user) string { return v.id + ":" + v.password[:len(v.password)/2] }),
			plain("another last character", func(v, _ user) string { return v.id + ":" + v.password[:len(v.password)-1] + "~" }),
		}},
		{ID: "BASIC-02", Title: "nothing where the user-id or the password is", Impact: "forgery", Source: []string{"RFC 7617 2"}, Forgeries: []method.Forgery{
			plain("no password", func(v, _ user) string { return v.id + ":" }),
			plain("no user-id", func(v, _ user) string { return ":" + v.password }),
			plain("neither", func(_, _ user) string { return ":" }),
			plain("no colon", func(v, _ user) string { return v.id }),
			plain("no byte", func(_, _ user) string { return "" }),
		}},
		{ID: "BASIC-03", Title: "password in other letter cases", Impact: "forgery", Source: []string{"RFC 7617 2"}, Forgeries: []method.Forgery{
			plain("swapped", func(v, _ user) string { return v.id + ":" + strings.Map(swap, v.password) }),
			plain("lower", func(v, _ user) string { return v.id + ":" + strings.ToLower(v.password) }),
			plain("upper", func(v, _ user) string { return v.id + ":" + strings.ToUpper(v.password) }),
		}},
		{ID: "BASIC-04", Title: "something around the password", Impact: "forgery", Source: []string{"RFC 7617 2"}, Forgeries: []method.Forgery{
			plain("blank behind", func(v, _ user) string { return v.id + ":" + v.password + " " }),
			plain("blank before", func(v, _ user) string { return v.id + ": " + v.password }),
			plain("no-break space behind", func(v, _ user) string { return v.id + ":" + v.password + "\u00a0" }),
			plain("character behind", func(v, _ user) string { return v.id + ":" + v.password + "x" }),
			plain("colon and a character behind", func(v, _ user) string { return v.id + ":" + v.password + ":x" }),
			plain("100 characters behind", func(v, _ user) string { return v.id + ":" + v.password + strings.Repeat("x", 100) }),
		}},
		controls(),
		{ID: "BASIC-06", Title: "another user-id", Impact: "forgery", Source: []string{"RFC 7617 2"}, Forgeries: []method.Forgery{
			plain("of another user", func(v, o user) string { return o.id + ":" + v.password }),
			plain("with a colon", func(v, _ user) string { return v.id + ":x:" + v.password }),
			plain("colon first", func(v, _ user) string { return ":" + v.id + ":" + v.password }),
			plain("two of them", func(v, o user) string { return o.id + ":" + v.id + ":" + v.password }),
			plain("blank before", func(v, _ user) string { return " " + v.id + ":" + v.password }),
			plain("blank behind", func(v, _ user) string { return v.id + " :" + v.password }),
			plain("swapped letter case", func(v, _ user) string { return strings.Map(swap, v.id) + ":" + v.password }),
			plain("realm before", func(v, _ user) string { return `authbench\` + v.id + ":" + v.password }),
			plain("wildcard", func(v, _ user) string { return "*:" + v.password }),
		}},
	}
}

// controls are control characters in a user-id or a password.
func controls() method.Attack {
	return method.Attack{ID: "BASIC-05", Title: "control characters", Impact: "forgery", Source: []string{"RFC 7617 2", "bcrypt: a password ends at its first NUL, or goes on behind it"}, Forgeries: []method.Forgery{
		plain("NUL behind", func(v, _ user) string { return v.id + ":" + v.password + "\x00" }),
		plain("NUL and more behind", func(v, _ user) string { return v.id + ":" + v.password + "\x00x" }),
		plain("twice, NUL between", func(v, _ user) string {
			return v.id + ":" + v.password + "\x00" + v.id + ":" + v.password
		}),
		plain("NUL before the password", func(v, _ user) string { return v.id + ":\x00" + v.password }),
		plain("NUL in the user-id", func(v, _ user) string { return v.id + "\x00:" + v.password }),
		plain("line feed behind", func(v, _ user) string { return v.id + ":" + v.password + "\n" }),
		plain("DEL behind", func(v, _ user) string { return v.id + ":" + v.password + "\x7f" }),
		plain("C1 control behind", func(v, _ user) string { return v.id + ":" + v.password + "\u0085" }),
		plain("not UTF-8", func(v, _ user) string { return v.id + ":" + v.password + "\xff" }),
	}}
}

// spellings are other ways to write what is right: their sender knows the password.
func spellings() []method.Attack {
	return []method.Attack{
		{ID: "BASIC-07", Title: "base64 that is not that of RFC 4648 §4", Impact: "respelling", Source: []string{"RFC 7617 2", "RFC 4648 3.5 and 4"}, Forgeries: []method.Forgery{
			text("no padding", func(v user) string { return strings.TrimRight(v.text, "=") }),
			text("too much padding", func(v user) string { return v.text + "=" }),
			text("a group of padding", func(v user) string { return v.text + "====" }),
			text("alphabet of base64url", func(v user) string { return strings.NewReplacer("+", "-", "/", "_").Replace(v.text) }),
			text("unused bits set", setUnusedBits),
			text("bytes behind the padding", func(v user) string { return v.text + "AAAA" }),
			text("blank inside", func(v user) string { return v.text[:8] + " " + v.text[8:] }),
			text("twice encoded", func(v user) string { return base64.StdEncoding.EncodeToString([]byte(v.text)) }),
			text("not encoded", func(v user) string { return v.id + ":" + v.password }),
		}},
		{ID: "BASIC-08", Title: "a second Authorization field", Impact: "carrier", Source: []string{"RFC 9110 5.3 and 11.6.2"}, Forgeries: []method.Forgery{
			{Label: "the same", Fields: fields(func(v, _ string) []string { return []string{"Basic " + v, "Basic " + v} })},
			{Label: "another user's", Fields: fields(func(v, o string) []string { return []string{"Basic " + v, "Basic " + o} })},
			{Label: "another scheme before", Fields: fields(func(v, _ string) []string { return []string{"Bearer x", "Basic " + v} })},
			{Label: "in one field", Fields: fields(func(v, o string) []string { return []string{"Basic " + v + ", Basic " + o} })},
		}},
		{ID: "BASIC-09", Title: "scheme in other letter cases", Impact: "control", Accept: true, Source: []string{"RFC 7617 2", "RFC 9110 11.1"}, Forgeries: []method.Forgery{
			{Label: "lower", Fields: fields(func(v, _ string) []string { return []string{"basic " + v} })},
			{Label: "upper", Fields: fields(func(v, _ string) []string { return []string{"BASIC " + v} })},
			{Label: "mixed", Fields: fields(func(v, _ string) []string { return []string{"bAsIC " + v} })},
		}},
	}
}

// user is a valid credential: its text, and what is in it.
type user struct{ text, id, password string }

func open(text string) user {
	plain, _ := base64.StdEncoding.DecodeString(text) // what an issuer minted
	id, password, _ := strings.Cut(string(plain), ":")
	return user{text, id, password}
}

// plain is the encoding of what make returns for a user and another one.
func plain(label string, make func(v, o user) string) method.Forgery {
	return method.Forgery{Label: label, Fields: fields(func(valid, other string) []string {
		return []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(make(open(valid), open(other))))}
	})}
}

// text is what make returns, as it is.
func text(label string, make func(user) string) method.Forgery {
	return method.Forgery{Label: label, Fields: fields(func(valid, _ string) []string { return []string{"Basic " + make(open(valid))} })}
}

// fields are what make returns for the valid credentials of two users.
func fields(make func(valid, other string) []string) func(method.Minted) ([]bench.Field, error) {
	return func(m method.Minted) ([]bench.Field, error) { return m.Carry(make(m.Valid, m.Other)...), nil }
}

// setUnusedBits sets those of the last character before the padding that stand for nothing.
func setUnusedBits(v user) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	body := strings.TrimRight(v.text, "=")
	last := strings.IndexByte(alphabet, body[len(body)-1])
	return body[:len(body)-1] + string(alphabet[last|1]) + v.text[len(body):]
}

func swap(r rune) rune {
	if unicode.IsUpper(r) {
		return unicode.ToLower(r)
	}
	return unicode.ToUpper(r)
}
