package bench

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Veil hides what nobody but the user may know of a scenario and a command line:
// header values, query values, bodies, the arguments of commands, users in URLs. A
// hidden value is shown as "hidden:DIGEST:LENGTH", with the length in bytes.
//
// The digest is keyed (HMAC-SHA256, RFC 2104, cut to 64 bits): who reads a result
// cannot try short values until one fits. One key serves all results of a user on a
// machine, so that equal values are seen to be equal; [Veil.ID] names the key, and
// digests of two keys say nothing about each other. Rejected: a plain digest, of which
// a four-digit PIN is found in a millisecond; a key per result, after which two results
// could not be seen to have asked the same.
//
// Nothing can be run again from hidden values: a result says what was asked, and the
// scenario's file is what asks it.
type Veil struct {
	key [sha256.Size]byte
	// known are the values hidden so far that are long enough to be looked for in
	// texts, the longest first.
	known []string
}

// NewVeil returns a veil with a secret key.
func NewVeil(key [sha256.Size]byte) *Veil { return &Veil{key: key} }

const (
	hiddenMark = "hidden:"
	// digestBytes: equal values of one user are told from others without doubt.
	digestBytes = 8
	// shortestKnown is from how many bytes on a value is looked for in texts. A
	// shorter one is part of many words.
	shortestKnown = 6
)

// hiddenRule matches what Hide returns.
var hiddenRule = regexp.MustCompile(`hidden:[0-9a-f]{16}:[0-9]+`)

// ID names the key.
func (v *Veil) ID() string { return v.digest("id") }

// digest of a domain and a value. The domains keep the key's name from being a value's
// digest.
func (v *Veil) digest(parts ...string) string {
	mac := hmac.New(sha256.New, v.key[:])
	for _, p := range parts {
		fmt.Fprintf(mac, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(mac.Sum(nil)[:digestBytes])
}

// Hide returns what is shown for a value, and makes [Veil.Text] hide it from then on.
// An empty value, and one that is hidden already, stay as they are.
func (v *Veil) Hide(value string) string { return v.hide(value, true) }

// hide is [Veil.Hide] for a value that texts may go on to show if it is not telling.
func (v *Veil) hide(value string, telling bool) string {
	if value == "" || hiddenRule.FindString(value) == value {
		return value
	}
	if telling {
		v.learn(value)
	}
	return v.mark(value)
}

// mark is what is shown for a value.
func (v *Veil) mark(value string) string {
	return fmt.Sprintf("%s%s:%d", hiddenMark, v.digest("value", value), len(value))
}

// learn takes a value, and the words of one that has several, as what texts must not
// show. A word of a scheme ("Bearer") is none, and neither is what is hidden already.
func (v *Veil) learn(value string) {
	if hiddenRule.MatchString(value) {
		return
	}
	values := []string{value}
	if _, rest, several := strings.Cut(value, " "); several {
		values = append(values, rest)
	}
	if name, rest, assigns := strings.Cut(value, "="); assigns && name != "" {
		values = append(values, rest)
	}
	if plain, err := url.QueryUnescape(value); err == nil {
		values = append(values, plain)
	}
	for _, value := range values {
		if quoted := fmt.Sprintf("%q", value); len(quoted) > len(value)+2 {
			values = append(values, quoted[1:len(quoted)-1])
		}
		values = append(values, url.QueryEscape(value), url.PathEscape(value))
	}
	for _, value := range values {
		if len(value) >= shortestKnown && !slices.Contains(v.known, value) {
			v.known = append(v.known, value)
		}
	}
	slices.SortStableFunc(v.known, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
}

// Text returns a text (an error, a warning, what a program printed) without the values
// hidden so far, and without the users and passwords of URLs. It may be called from
// several goroutines once all is hidden.
func (v *Veil) Text(text string) string {
	for _, value := range v.known {
		if strings.Contains(text, value) {
			text = strings.ReplaceAll(text, value, v.mark(value))
		}
	}
	return Redact(text)
}

// publicHeaders are header fields whose values are no secret and say much about a
// figure: formats, the client's name, how caches and connections are to behave.
var publicHeaders = []string{
	"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Cache-Control", "Connection", "Content-Encoding",
	"Content-Language", "Content-Type", "Expect", "Host", "Pragma", "Range", "Te", "User-Agent",
}

// Scenario returns a copy of s that may be shown to everybody.
func (v *Veil) Scenario(s Scenario) Scenario {
	s.Arms = slices.Clone(s.Arms)
	for i := range s.Arms {
		a := &s.Arms[i]
		a.Request = v.request(a.Request)
		a.Credentials = Redact(a.Credentials)
		if a.Target != nil {
			a.Target = v.target(*a.Target)
		}
		params := maps.Clone(a.Method.Params)
		for name, value := range params {
			if text, ok := value.(string); ok {
				params[name] = v.userless(text)
			}
		}
		a.Method.Params = params
	}
	return s
}

func (v *Veil) request(r RequestShape) RequestShape {
	if r.Public {
		return r
	}
	r.Headers = maps.Clone(r.Headers)
	for name, value := range r.Headers {
		if slices.Contains(publicHeaders, http.CanonicalHeaderKey(name)) {
			value = Redact(value)
		} else {
			value = v.Hide(value)
		}
		r.Headers[name] = value
	}
	r.Path, r.Body = v.Path(r.Path), v.Hide(r.Body)
	return r
}

func (v *Veil) target(t Target) *Target {
	t.URL = v.URL(t.URL)
	t.Ready.HTTP = v.Path(t.Ready.HTTP)
	if !t.Public {
		t.Command = v.Words(t.Command)
	}
	return &t
}

// placeRule matches the places of a command that the harness fills in.
var placeRule = regexp.MustCompile(`^\{[a-z]+\}$`)

// Words returns the words of a command with its arguments hidden: the program is the
// first word, and places such as {port} are none.
func (v *Veil) Words(words []string) []string {
	out := slices.Clone(words)
	for i, word := range out {
		switch {
		case i == 0:
			out[i] = Redact(word)
		case !placeRule.MatchString(word):
			out[i] = v.hide(word, isTelling(word))
		}
	}
	return out
}

// isTelling reports whether an argument may be a secret that texts must not show. A
// plain word or flag ("serve", "--port") is none, and would be found in every second
// sentence; one that is as long as a password of several words may be.
func isTelling(word string) bool {
	const longest = 15 // "authentication" has 14
	return len(word) > longest && word[0] != '-' || strings.ContainsAny(word, "=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

// Header returns a copy of h that may be shown to everybody.
func (v *Veil) Header(h Header) Header {
	h.DigestKey = v.ID()
	h.Scenario, h.Command = v.Scenario(h.Scenario), v.commandLine(h.Command)
	h.Arms = slices.Clone(h.Arms)
	for i := range h.Arms {
		h.Arms[i].Skipped = v.Text(h.Arms[i].Skipped)
	}
	return h
}

// Path returns a request's path with the values of its query hidden.
func (v *Veil) Path(path string) string {
	path, query, asked := strings.Cut(path, "?")
	if !asked {
		return path
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, named := strings.Cut(pair, "=")
		if named {
			pairs[i] = name + "=" + v.Hide(value)
		} else {
			pairs[i] = v.Hide(pair)
		}
	}
	return path + "?" + strings.Join(pairs, "&")
}

// URL returns an address without its user, and with the values of its query hidden.
func (v *Veil) URL(address string) string { return v.Path(v.userless(address)) }

// userless is [Redact] for a text that is a URL, whose user is hidden from then on.
func (v *Veil) userless(text string) string {
	_, rest, hasScheme := strings.Cut(text, schemeEnd)
	if !hasScheme {
		rest = text
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 && (hasScheme || strings.Contains(rest[:at], ":")) {
		_, password, _ := strings.Cut(rest[:at], ":") // a user's name alone may be a token, and "postgres"
		v.learn(password)
		v.learn(rest[:at])
	}
	return Redact(text)
}
