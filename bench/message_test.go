package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// read reads a message back as a server does, with a credential in its place, and
// reports how it differs from what was meant.
func read(m Message, d Draft) error {
	prefix, suffix := m.Bytes()
	raw := prefix
	if d.Credential != "" {
		raw = slices.Concat(prefix, []byte("secret"), suffix)
	}
	in := bufio.NewReader(bytes.NewReader(raw))
	r, err := http.ReadRequest(in)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if rest, _ := io.ReadAll(in); len(rest) > 0 {
		return fmt.Errorf("%d bytes after the request", len(rest))
	}
	want := map[string][]string{}
	host := d.Authority
	for _, f := range d.Fields {
		value := strings.Trim(f.Value, " \t")
		if strings.EqualFold(f.Name, "Host") {
			host = value
			continue
		}
		key := http.CanonicalHeaderKey(f.Name)
		want[key] = append(want[key], value)
	}
	if d.Credential != "" {
		want[http.CanonicalHeaderKey(d.Credential)] = []string{"secret"}
	}
	length := r.Header.Get("Content-Length")
	r.Header.Del("Content-Length")
	switch {
	case r.Method != m.Method(), r.RequestURI != m.Target(), r.Host != host, string(body) != d.Body:
		return fmt.Errorf("read as %s %s at %s, %q", r.Method, r.RequestURI, r.Host, body)
	case d.Body != "" && length != fmt.Sprint(len(d.Body)):
		return fmt.Errorf("length %s for %d bytes", length, len(d.Body))
	case bytes.Count(bytes.ToLower(prefix), []byte("\r\nhost:")) != 1:
		return fmt.Errorf("not one Host")
	case r.ProtoMinor != 1, len(r.TransferEncoding) > 0:
		return fmt.Errorf("%s, coded %v", r.Proto, r.TransferEncoding)
	}
	if len(r.Header) != len(want) {
		return fmt.Errorf("headers %q, want %q", r.Header, want)
	}
	for name, values := range want {
		if !slices.Equal(r.Header[name], values) {
			return fmt.Errorf("header %s: %q, want %q", name, r.Header[name], values)
		}
	}
	for i := range len(m.Target()) {
		if c := m.Target()[i]; c <= ' ' || c >= 0x7f {
			return fmt.Errorf("byte %#x in the request line", c)
		}
	}
	return nil
}

// TestMessageIsRead: whatever the constructor takes, a server reads as one request, as
// it was meant, with nothing after it.
func TestMessageIsRead(t *testing.T) {
	hard := rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune("aZ9 /?#%&=:@[]{}|\\^`\"<>\r\n\t\x00\x7fü€,;.-_~")), rapid.Rune()))
	names := rapid.OneOf(rapid.StringMatching(`[A-Za-z-]{1,12}`), hard, rapid.SampledFrom([]string{
		"Host", "host", "Cookie", "Connection", "Content-Length", "Transfer-Encoding", "Expect", "Content-Type", "X-A", "x-a", "TE", "Trailer", "Upgrade", "Authorization",
	}))
	usual := rapid.Just("127.0.0.1:8080")
	authorities := rapid.OneOf(usual, usual, usual, usual, rapid.SampledFrom([]string{"API_1.test", "[::1]:81", "a:b", " a", "a\r\nX: y", ""}), hard)
	values := rapid.OneOf(rapid.StringMatching(`[ -~]{0,20}`), hard, rapid.SampledFrom([]string{"close", "keep-alive", "chunked", "5", "a.test:80", "[::1]:8"}))
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		d := Draft{
			Method:    rapid.OneOf(rapid.SampledFrom([]string{"", "GET", "HEAD", "POST", "DELETE", "get", "CONNECT", "PRI"}), hard).Draw(t, "method"),
			Path:      rapid.OneOf(rapid.Just(""), rapid.StringMatching(`/[ -~]{0,30}`), rapid.Map(hard, func(s string) string { return "/" + s }), hard).Draw(t, "path"),
			Body:      hard.Draw(t, "body"),
			Authority: authorities.Draw(t, "authority"),
		}
		for range rapid.IntRange(0, 4).Draw(t, "fields") {
			d.Fields = append(d.Fields, Field{names.Draw(t, "name"), values.Draw(t, "value")})
		}
		d.Credential = rapid.OneOf(rapid.Just(""), rapid.Just("Authorization"), names).Draw(t, "credential")
		m, problems := NewMessage(d)
		if len(problems) > 0 {
			for _, p := range problems {
				if p.Text == "" || p.Remedy == "" || len(p.Path) == 0 {
					t.Fatalf("%+v: a problem without place or remedy: %+v", d, p)
				}
			}
			return
		}
		taken++
		if err := read(m, d); err != nil {
			t.Fatalf("%+v: %v", d, err)
		}
	})
	if taken == 0 {
		t.Error("no request was taken")
	}
}

func FuzzMessage(f *testing.F) {
	f.Add("POST", "/a?b", "X-A", "b", "Host", "a:1", "body", "Authorization")
	f.Add("GET", "/ü %41", "Connection", "close", "", "", "", "")
	f.Fuzz(func(t *testing.T, method, path, name1, value1, name2, value2, body, credential string) {
		d := Draft{Method: method, Path: path, Body: body, Authority: "[::1]:81", Credential: credential, Fields: []Field{{name1, value1}, {name2, value2}}}
		if m, problems := NewMessage(d); len(problems) == 0 {
			if err := read(m, d); err != nil {
				t.Fatalf("%+v: %v", d, err)
			}
		}
	})
}

// TestTarget: what may not stand in a request line is escaped as net/url does, and what
// is escaped stays so.
func TestTarget(t *testing.T) {
	for path, want := range map[string]string{
		"":                         "/",
		"/ok?name=Ada Lovelace":    "/ok?name=Ada%20Lovelace",
		"/ok?x=1 HTTP/1.0":         "/ok?x=1%20HTTP/1.0",
		"/ü?q=ü":                   "/%C3%BC?q=%C3%BC",
		"/a%2Fb c":                 "/a%2Fb%20c",
		"/a[0]?f[x]={1}|2^3`4\"<>": "/a[0]?f[x]=%7B1%7D%7C2%5E3%604%22%3C%3E",
		"//a//b/../c;d?e=f?g":      "//a//b/../c;d?e=f?g",
		"/\xff":                    "/%FF",
	} {
		m, problems := NewMessage(Draft{Path: path})
		if len(problems) > 0 || m.Target() != want {
			t.Errorf("%q is sent as %q, %v; want %q", path, m.Target(), problems, want)
		}
	}
}

// TestRefusedMessages: what no HTTP message can carry, or what breaks the framing.
func TestRefusedMessages(t *testing.T) {
	field := func(name, value string) Draft {
		return Draft{Method: "POST", Body: "b", Fields: []Field{{name, value}}}
	}
	for _, c := range []struct {
		draft Draft
		want  string
	}{
		{Draft{Method: "GE(T"}, `method: "GE(T" is not a request method`},
		{Draft{Method: "GET /"}, "method: "},
		{Draft{Method: "get"}, "case-sensitive: write GET"},
		{Draft{Method: "CONNECT"}, "opens a tunnel"},
		{Draft{Path: "orders"}, "write a path such as /orders"},
		{Draft{Path: "*"}, "is not a request path"},
		{Draft{Path: "http://a/"}, "is not a request path"},
		{Draft{Path: "/x#frag"}, "path: the path's fragment is never sent; remove it, or write %23"},
		{Draft{Path: "/x\x01y"}, "path: the path's byte 3 is a control character; remove it, or write %01"},
		{Draft{Path: "/x\r\nA: b"}, "write %0D"},
		{Draft{Path: "/x\x00"}, "write %00"},
		{Draft{Path: "/\x7f"}, "write %7F"},
		{Draft{Path: "/100%"}, "write %25"},
		{Draft{Path: "/?a=%zz"}, "write %25"},
		{Draft{Path: "/" + strings.Repeat("a", maxTarget)}, "the path's length is"},
		{field("X(Y)", "a"), `headers.X(Y): "X(Y)" is not the name of a header`},
		{field("Xü", "a"), "is not the name of a header"},
		{field("", "a"), "is not the name of a header"},
		{field("X ", "a"), "is not the name of a header"},
		{field("X:", "a"), "is not the name of a header"},
		{field("X", "a\x00b"), "headers.X: the value of X has a control character"},
		{field("X", "a\r\nB: c"), "control character"},
		{field("X", "a\n b"), "control character"},
		{field("X", "\x7f"), "control character"},
		{field("X", strings.Repeat("a", maxFields)), "the headers have"},
		{field("content-length", "1"), "headers.content-length: the header content-length cannot be set; the body's length is sent with it: leave the header out"},
		{field("Transfer-Encoding", "chunked"), "leave the header out"},
		{field("Trailer", "X"), "leave the header out"},
		{field("TE", "trailers"), "leave the header out"},
		{field("Upgrade", "h2c"), "leave the header out"},
		{field("HTTP2-Settings", "AAM"), "leave the header out"},
		{field("Expect", "100-continue"), "leave the header out"},
		{field("Connection", "upgrade"), "neither close nor keep-alive"},
		{field("Connection", "close, TE"), "neither close nor keep-alive"},
		{field("Host", ""), "the value of Host is not a host"},
		{field("Host", "a b"), "not a host"},
		{field("Host", "a/b"), "not a host"},
		{field("Host", "a:b"), "not a host"},
		{field("Host", "a:"), "not a host"},
		{field("Host", "a:0"), "not a host"},
		{field("Host", "u@a"), "not a host"},
		{field("Host", "::1"), "not a host"},
		{field("Host", "fe80::1:80"), "not a host"},
		{field("Host", "[a]"), "not a host"},
		{field("Host", "bücher.test"), "not a host"},
		{field("Host", "http://a"), "not a host"},
		{Draft{Authority: "a\r\nX: y"}, "headers.Host: the value of Host has a control character; write it on one line"},
		{Draft{Authority: "a\r\n\r\nGET / HTTP/1.1\r\nHost: a"}, "control character"},
		{Draft{Authority: "a\n"}, "control character"},
		{Draft{Authority: " a"}, "headers.Host: the value of Host is not a host"},
		{Draft{Authority: "a b"}, "not a host"},
		{Draft{Authority: "a:b"}, "not a host"},
		{Draft{Authority: "a/b"}, "not a host"},
		{Draft{Authority: "u@a"}, "not a host"},
		{Draft{Authority: "::1"}, "not a host"},
		{Draft{Authority: "a:b", Fields: []Field{{"Host", "a"}}}, "not a host"},
		{Draft{Fields: []Field{{"Host", "a"}, {"host", "b"}}}, "headers.host: host is there twice"},
		{Draft{Fields: []Field{{"Content-Type", "a"}, {"Content-type", "b"}}}, "is there twice"},
		{Draft{Fields: []Field{{"Cookie", "a=1"}, {"Cookie", "b=1"}}}, "is there twice"},
		{Draft{Fields: []Field{{"authorization", "a"}}, Credential: "Authorization"}, "headers.authorization: the credential goes into authorization; leave the header out"},
		{Draft{Fields: []Field{{"x-proof", "a"}}, Credential: "Authorization", Beside: []string{"X-Proof"}}, "headers.x-proof: the credential goes into x-proof; leave the header out"},
		{Draft{Credential: "Authorization", Beside: []string{"Content-Length"}}, "credential: the header Content-Length carries no credential"},
		{Draft{Credential: "Content-Length"}, "credential: the header Content-Length carries no credential"},
		{Draft{Credential: "Host"}, "carries no credential"},
		{Draft{Credential: "X Y"}, "credential: "},
		{Draft{Body: strings.Repeat("a", MaxBody+1)}, "body: the body has more than"},
	} {
		_, problems := NewMessage(c.draft)
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), c.want) || problems[0].Remedy == "" {
			t.Errorf("got %v, want only %q", problems, c.want)
		}
	}
}

// TestTakenFields: what is unusual and can be sent is sent.
func TestTakenFields(t *testing.T) {
	for _, f := range []Field{
		{"Connection", "close"}, {"connection", "Keep-Alive"}, {"Keep-Alive", "timeout=5"}, {"X-A", ""}, {"X-A", "a\tb"}, {"X-Ü"[:2], "Grüße"}, {"X", "\xff"},
		{"Host", "api.example.test"}, {"Host", "API_1.test:8080"}, {"Host", "[::1]:81"}, {"Host", "[::1]"}, {"!#$%&'*+-.^_`|~", "a"}, {"X-A", "  a  "},
	} {
		d := Draft{Authority: "127.0.0.1", Fields: []Field{f}}
		m, problems := NewMessage(d)
		if len(problems) > 0 {
			t.Errorf("%q: %v", f, problems)
		} else if err := read(m, d); err != nil {
			t.Errorf("%q: %v", f, err)
		}
	}
	several := Draft{Fields: []Field{{"Accept", "a"}, {"accept", "b"}}}
	if m, problems := NewMessage(several); len(problems) > 0 || read(m, several) != nil {
		t.Errorf("a list in two lines: %v", problems)
	}
}
