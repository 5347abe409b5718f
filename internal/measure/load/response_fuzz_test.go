package load

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// FuzzResponse holds the parser against net/http's: what we take as a whole response,
// it takes as the same (status, end, content, whether the connection stays), and the
// other way round, but for the exceptions of laxer and stricter. However the bytes
// come, the parser's verdict is the same.
func FuzzResponse(f *testing.F) {
	for _, r := range responses {
		if len(r.bytes) < 1000 {
			f.Add([]byte(r.bytes), r.head, []byte{3})
		}
	}
	for seed := range uint64(300) {
		f.Add(composed(newStream(seed, 1)), seed%7 == 0, []byte{byte(seed), byte(seed >> 3), 1})
	}
	f.Fuzz(func(t *testing.T, b []byte, head bool, pieces []byte) {
		got, content := parseIn(b, head, nil)
		if other, same := parseIn(b, head, pieces); other != got || !bytes.Equal(content, same) {
			t.Fatalf("in pieces %+v with %q, at once %+v with %q", other, same, got, content)
		}
		want, err := oracle(b, head)
		switch {
		case got.whole && err != nil:
			if !laxer(b, err) {
				t.Fatalf("we take %+v of %q, net/http: %v", got, b, err)
			}
		case !got.whole && err == nil:
			if !stricter(b, got.err) {
				t.Fatalf("net/http takes %+v of %q, we: %v", want, b, got.err)
			}
		case err == nil:
			if got.status != want.status || got.used != want.used || got.close != want.close || !bytes.Equal(content, want.content) {
				t.Fatalf("of %q net/http takes: %+v; we: %+v with %q", b, want, got, content)
			}
		}
	})
}

// parseIn parses bytes in pieces of the given lengths, over and over, or at once, and
// returns the body as well.
func parseIn(b []byte, head bool, pieces []byte) (parsed, []byte) {
	found := &content{header: http.Header{}}
	p := parser{content: found}
	p.reset(question{head: head})
	out := parsed{}
	for i := 0; out.used < len(b) && !out.whole && out.err == nil; i++ {
		n := len(b)
		if len(pieces) > 0 {
			n = 1 + int(pieces[i%len(pieces)])
		}
		piece := b[out.used:min(len(b), out.used+n)]
		var used int
		used, out.whole, out.err = p.feed(piece)
		if out.used += used; used < len(piece) {
			break
		}
	}
	if out.err != nil {
		return parsed{err: out.err}, nil // how much was read by then depends on the pieces
	}
	out.whole = out.whole || p.end()
	out.status, out.close = p.status, p.close
	return out, found.bytes
}

// read is what net/http makes of a response.
type read struct {
	status, used int
	close        bool
	content      []byte
}

// oracle reads a final response, and what comes before it, by net/http.
func oracle(b []byte, head bool) (read, error) {
	in := bufio.NewReaderSize(bytes.NewReader(b), len(b)+16)
	request := &http.Request{Method: "GET"}
	if head {
		request.Method = "HEAD"
	}
	for {
		r, err := http.ReadResponse(in, request)
		if err != nil {
			return read{}, err
		}
		content, err := io.ReadAll(r.Body)
		if err != nil {
			return read{}, err
		}
		if r.StatusCode/100 != 1 || r.StatusCode == http.StatusSwitchingProtocols {
			return read{r.StatusCode, len(b) - in.Buffered(), r.Close, content}, nil
		}
	}
}

// laxer names what net/http refuses and we take, because it says nothing about where
// the response ends, or says it twice in one way.
func laxer(b []byte, err error) bool {
	for _, text := range []string{
		"malformed MIME header",          // control characters in a value
		"invalid header",                 // the same
		"too much overhead",              // long extensions of chunks
		"bad trailer key",                // the names in Trailer
		"message cannot contain",         // several Content-Length that mean the same: "1", "01"
		"invalid Content-Length",         // a list of equal lengths
		"bad Content-Length",             // the same
		"invalid semicolon",              // in extensions of chunks
		"trailer header without chunked", // Trailer in an ordinary response
	} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

var (
	goodStatusLine = regexp.MustCompile(`^HTTP/1\.[01] [0-9]{3}( .*)?\r\n`)
	bareLineFeed   = regexp.MustCompile(`(^|[^\r])\n`)
	fold           = regexp.MustCompile(`\n[ \t]`)
	blankInName    = regexp.MustCompile(`(?m)^[^:\r\n]*[ \t][^:\r\n]*:`)
	encoding       = regexp.MustCompile(`(?i)transfer-encoding`)
)

// stricter names what we refuse and net/http takes.
func stricter(b []byte, err error) bool {
	switch err {
	case errStatus, errSwitch, errInterim, errHeadTooLarge, errLengthEncoding, errEncoding10:
		return true // rules of ours alone
	case errStatusLine: // other versions, blanks in odd places
		for line := range bytes.SplitAfterSeq(b, []byte("\n")) {
			if bytes.HasPrefix(line, []byte("HTTP/")) && !goodStatusLine.Match(line) {
				return true
			}
		}
		return !goodStatusLine.Match(b)
	case errLineEnd:
		return bareLineFeed.Match(b)
	case errFold:
		return fold.Match(b)
	case errField: // blanks in a name or behind it (RFC 9112 §5.1)
		return blankInName.Match(b)
	case errEncoding: // HTTP/1.0, where net/http does not look at it
		return encoding.Match(b) && bytes.Contains(b, []byte("HTTP/1.0"))
	case errLength: // beyond a petabyte
		return regexp.MustCompile(`[0-9]{15}`).Match(b)
	}
	return false
}

// composed puts a response together at random: mostly well formed, with one odd part
// now and then.
func composed(random stream) []byte {
	var n uint64
	choose := func(from ...string) string {
		n++
		return from[random.at(n)%uint64(len(from))]
	}
	var out strings.Builder
	out.WriteString(choose("", "", "", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"))
	fmt.Fprintf(&out, "%s %s%s%s", choose("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "http/1.1"),
		choose("200", "200", "401", "204", "304", "101", "999", "000", "20"), choose(" OK", " ", "", " é"), choose("\r\n", "\r\n", "\r\n", "\r\n", "\n"))
	for range random.at(0) % 4 {
		out.WriteString(choose("Server: x", "X-A:b", "Connection: close", "Connection: Keep-Alive, x", "Empty:", "A: b\r\n c", "B : c", "X-\xc3\xbc: u",
			"Content-Length: 5", "Content-Length: 5, 5", "Content-Length: 6", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "C: \x00"))
		out.WriteString(choose("\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r\r\n"))
	}
	switch choose("length", "length", "chunked", "close") {
	case "length":
		out.WriteString("Content-Length: 5\r\n\r\nhello")
	case "chunked":
		out.WriteString("Transfer-Encoding: chunked\r\n\r\n" + choose("5\r\nhello\r\n", "5;a=b\r\nhello\r\n", "1\r\nh\r\n4\r\nello\r\n", "05\r\nhello\r\n", "5 \r\nhello\r\n", "-5\r\nhello\r\n", "5\r\nhelloX\r\n") +
			choose("0\r\n\r\n", "0\r\nSum: 1\r\n\r\n", "0\r\n", ""))
	case "close":
		out.WriteString("\r\nhello")
	}
	out.WriteString(choose("", "", "", "\r\n", "HTTP/1.1 200 OK\r\n"))
	return []byte(out.String())
}
