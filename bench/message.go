package bench

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Field is one header field of a request.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Draft is a request as somebody describes it: a scenario, flags, a readiness check.
type Draft struct {
	// Method is GET if empty.
	Method string
	// Path is the path and the query; "/" if empty.
	Path string
	// Fields are sent in this order. A Host among them replaces Authority.
	Fields []Field
	Body   string
	// Authority is what Host says: the server that is dialled, port included. It may be empty
	// (RFC 9112 §3.2).
	Authority string
	// Credential names the field that carries the credential; "" for none.
	Credential string
	// Beside names the further fields of a credential that has several.
	Beside []string
}

// Message is an HTTP/1.1 request (RFC 9112) that can be sent: one request with one
// Host and the length of its body, whatever the credential put into it. Only
// [NewMessage] makes one.
type Message struct {
	method, target, host string
	fields               []Field
	body, credential     string
	beside               []string // further fields of the credential
}

// Bounds of a request, in bytes. They are far above what servers take (8 KiB to 1 MiB of
// head), and keep a file that was meant for something else from being sent.
const (
	maxTarget = 64 << 10
	maxFields = 1 << 20
	// MaxBody is the most that a body may have: each connection holds a copy.
	MaxBody = 64 << 20
)

// NewMessage checks a draft and returns its request: the one place that says what can
// be sent. Paths of problems start at the request's parts, as a scenario names them:
// "method", "path", "headers" and a name, "body", "credential".
//
// Values of fields may have bytes from 0x80 up (obs-text, RFC 9110 §5.5): they are
// opaque to HTTP, and sent as they are. Blanks around a value are no part of it.
func NewMessage(d Draft) (Message, []Problem) {
	m := Message{method: d.Method, host: d.Authority, body: d.Body, credential: d.Credential, beside: d.Beside}
	fill(&m.method, "GET")
	path := d.Path
	fill(&path, "/")
	var out []Problem
	add := func(text, remedy string, at ...any) {
		if text != "" {
			out = append(out, Problem{Path: at, Text: text, Remedy: remedy})
		}
	}
	text, remedy := badMethod(m.method)
	add(text, remedy, "method")
	m.target, text, remedy = escapeTarget(path)
	if text != "" {
		text = "the path's " + text
	}
	if !strings.HasPrefix(path, "/") {
		text, remedy = fmt.Sprintf("%q is not a request path", path), "write a path such as /orders"
	}
	add(text, remedy, "path")
	for _, name := range m.credentialFields() {
		text, remedy = badCredentialField(name)
		add(text, remedy, "credential")
	}
	if d.Authority != "" {
		text, remedy := badField(Field{"Host", d.Authority})
		add(text, remedy, "headers", "Host")
	}
	out = append(out, m.takeFields(d.Fields)...)
	if len(d.Body) > MaxBody {
		add(fmt.Sprintf("the body has more than %d bytes", MaxBody), "send a smaller one: each connection holds a copy", "body")
	}
	if len(out) > 0 {
		return Message{}, out
	}
	return m, nil
}

// Draft describes the request: NewMessage makes the same one of it.
func (m Message) Draft() Draft {
	return Draft{Method: m.method, Path: m.target, Fields: m.fields, Body: m.body, Authority: m.host, Credential: m.credential, Beside: m.beside}
}

// Method is the request's method.
func (m Message) Method() string { return m.method }

// Target is the path and the query, as they are sent.
func (m Message) Target() string { return m.target }

// Host is what the field Host says.
func (m Message) Host() string { return m.host }

// credentialFields are the names of the fields that the credential brings.
func (m Message) credentialFields() []string {
	if m.credential == "" {
		return m.beside
	}
	return append([]string{m.credential}, m.beside...)
}

// Bytes renders the request around the place of its credential: the value of its field,
// and behind that, as lines, the further fields that it has. Without a credential
// everything is in prefix, and suffix is nil.
func (m Message) Bytes() (prefix, suffix []byte) {
	var lines strings.Builder
	for _, f := range m.fields {
		lines.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	if m.body != "" || needsLength(m.method) {
		fmt.Fprintf(&lines, "Content-Length: %d\r\n", len(m.body))
	}
	head := m.head(m.method, m.target) + lines.String()
	if m.credential == "" {
		return []byte(head + "\r\n" + m.body), nil
	}
	return []byte(head + m.credential + ": "), []byte("\r\n\r\n" + m.body)
}

// Attack renders what an examiner sends to the message's server: a method, a target and
// header lines of its own, well formed or not, as they are.
func (m Message) Attack(method, target, lines string) []byte {
	return []byte(m.head(method, target) + lines + "\r\n")
}

// head is the request line and the Host field, which servers want first (RFC 9110 §7.2).
func (m Message) head(method, target string) string {
	return method + " " + target + " HTTP/1.1\r\nHost: " + m.host + "\r\n"
}

// needsLength: servers expect a length from methods that carry content (RFC 9110
// §8.6), even if it is zero.
func needsLength(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}

// plainMethods are methods that people write in small letters by mistake: names of methods
// are case-sensitive (RFC 9110 §9.1).
var plainMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}

// badMethod says what keeps a method from being sent.
func badMethod(method string) (text, remedy string) {
	switch upper := strings.ToUpper(method); {
	case !IsToken(method):
		return fmt.Sprintf("%q is not a request method", method), "write a method such as GET or POST"
	case upper == "CONNECT":
		return "CONNECT opens a tunnel: there is no answer to measure", "write a method such as GET or POST"
	case upper != method && slices.Contains(plainMethods, upper):
		return fmt.Sprintf("%q is not a request method", method), "methods are case-sensitive: write " + upper
	}
	return "", ""
}

// escapeTarget returns a path and query as they are sent (RFC 9112 §3.2.1): what may not
// stand there is escaped as net/url escapes it, and what is escaped stays so. The text,
// if any, says what cannot be sent: it goes on after "the path's".
func escapeTarget(s string) (target, text, remedy string) {
	var out strings.Builder
	query := false
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '#':
			return "", "fragment is never sent", "remove it, or write %23 for the character"
		case c < ' ' || c == 0x7f:
			return "", fmt.Sprintf("byte %d is a control character", i+1), fmt.Sprintf("remove it, or write %%%02X", c)
		case c == '%':
			if _, err := url.PathUnescape(s[i:min(len(s), i+3)]); err != nil {
				return "", fmt.Sprintf("%% at byte %d begins no escape", i+1), "write %25 for the character"
			}
			out.WriteByte(c)
		case isUnreserved(c), strings.IndexByte("!$&'()*+,;=:@/[]", c) >= 0, c == '?' && query:
			out.WriteByte(c)
		case c == '?':
			query = true
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	if out.Len() > maxTarget {
		return "", fmt.Sprintf("length is %d bytes", out.Len()), fmt.Sprintf("the most is %d", maxTarget)
	}
	return out.String(), "", ""
}

// isUnreserved reports whether c stands for itself in every part of a URL (RFC 3986
// §2.3).
func isUnreserved(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("-._~", c) >= 0
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}

// isControl reports whether r is a control character of ASCII.
func isControl(r rune) bool { return r < ' ' || r == 0x7f }
