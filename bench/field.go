package bench

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// framing are the fields that say where a request ends or what becomes of its
// connection, with the reason why the sender's own are refused. Names are in small
// letters.
var framing = map[string]string{
	"content-length":    "the body's length is sent with it",
	"transfer-encoding": "the body is sent whole, with its length",
	"trailer":           "the body is sent whole, and nothing follows it",
	"te":                "no transfer coding of an answer is read but chunked, which needs no word",
	"upgrade":           "the connection stays with HTTP/1.1",
	"http2-settings":    "the connection stays with HTTP/1.1",
	"expect":            "the body is sent at once, without waiting for a word of the server",
}

// single are the fields that a request has at most once (RFC 9110 §5.3, RFC 6265 §5.4),
// in small letters.
var single = []string{
	"authorization", "connection", "content-encoding", "content-location", "content-type", "cookie", "date", "from", "host",
	"if-modified-since", "if-range", "if-unmodified-since", "max-forwards", "origin", "proxy-authorization", "range",
	"referer", "user-agent",
}

// takeFields checks the fields and sets those of the message. Host goes to its own place.
func (m *Message) takeFields(fields []Field) []Problem {
	var out []Problem
	size := 0
	seen := map[string]bool{}
	for _, f := range fields {
		lower := strings.ToLower(f.Name)
		f.Value = strings.Trim(f.Value, " \t")
		text, remedy := badField(f)
		switch {
		case text != "":
		case slices.ContainsFunc(m.credentialFields(), func(name string) bool { return strings.EqualFold(f.Name, name) }):
			text, remedy = fmt.Sprintf("the credential goes into %s", f.Name), "leave the header out, or send no credentials"
		case seen[lower] && slices.Contains(single, lower):
			text, remedy = fmt.Sprintf("%s is there twice", f.Name), "a request has one of it: join them or leave one out"
		}
		if text != "" {
			out = append(out, Problem{Path: []any{"headers", f.Name}, AtKey: true, Text: text, Remedy: remedy})
			continue
		}
		seen[lower] = true
		size += len(f.Name) + len(f.Value)
		if lower == "host" {
			m.host = f.Value
			continue
		}
		m.fields = append(m.fields, f)
	}
	if size > maxFields {
		out = append(out, Problem{Path: []any{"headers"}, Text: fmt.Sprintf("the headers have %d bytes", size), Remedy: fmt.Sprintf("the most is %d", maxFields)})
	}
	return out
}

// badField says what keeps a field from being sent. It quotes no value, which may be a
// secret.
func badField(f Field) (text, remedy string) {
	lower := strings.ToLower(f.Name)
	if why := framing[lower]; why != "" {
		return fmt.Sprintf("the header %s cannot be set", f.Name), why + ": leave the header out"
	}
	switch {
	case !IsToken(f.Name):
		return fmt.Sprintf("%q is not the name of a header", f.Name), "write letters, digits and dashes"
	case strings.ContainsFunc(f.Value, func(r rune) bool { return isControl(r) && r != '\t' }):
		return fmt.Sprintf("the value of %s has a control character", f.Name), "write it on one line"
	case lower == "host" && !isAuthority(f.Value):
		return "the value of Host is not a host", "write a name or an address, and a port if there is one, such as api.example.test:8080"
	case lower == "connection" && !strings.EqualFold(f.Value, "close") && !strings.EqualFold(f.Value, "keep-alive"):
		return "the value of Connection is neither close nor keep-alive", "write one of them, or leave the header out"
	}
	return "", ""
}

// badCredentialField says what keeps a field from carrying a credential.
func badCredentialField(name string) (text, remedy string) {
	lower := strings.ToLower(name)
	switch {
	case !IsToken(name):
		return fmt.Sprintf("%q is not the name of a header", name), "write the name of a header, such as Authorization"
	case framing[lower] != "", lower == "host", lower == "connection":
		return fmt.Sprintf("the header %s carries no credential", name), "write another one, such as Authorization"
	}
	return "", ""
}

// isAuthority reports whether s is a host, or a host and a port (RFC 9110 §7.2).
func isAuthority(s string) bool {
	u, err := url.Parse("http://" + s)
	if err != nil || u.Host != s || u.Port() == "" && strings.HasSuffix(s, ":") {
		return false
	}
	site := Site{Name: u.Hostname()}
	return site.setHost(u.Port()) == nil && isIPv6(site.Name) == strings.HasPrefix(s, "[")
}

// IsToken reports whether s is a token (RFC 9110 §5.6.2), as methods and names of
// fields are.
func IsToken(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && strings.IndexByte("!#$%&'*+-.^_`|~", s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

// IsFieldValue reports whether s can be sent as a field's value and arrives as it was
// sent (RFC 9110 §5.5).
func IsFieldValue(s string) bool {
	return s != "" && strings.Trim(s, " \t") == s && !strings.ContainsFunc(s, func(r rune) bool { return isControl(r) && r != '\t' })
}
