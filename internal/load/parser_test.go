package load

import (
	"bufio"
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

// parsed is what a parser makes of bytes that come in pieces.
type parsed struct {
	status int
	used   int
	whole  bool
	close  bool
	err    error
}

// parse feeds b in pieces of at most n bytes, and says that the stream ends.
func parse(b []byte, head bool, n int) parsed {
	var p parser
	p.reset(head)
	out := parsed{}
	for out.used < len(b) && !out.whole && out.err == nil {
		piece := b[out.used:min(len(b), out.used+n)]
		var used int
		used, out.whole, out.err = p.feed(piece)
		if out.used += used; used < len(piece) {
			break
		}
	}
	if !out.whole && out.err == nil {
		out.whole = p.end()
	}
	out.status, out.close = p.status, p.close
	return out
}

var responses = []struct {
	name, bytes string
	head        bool
	want        parsed
	rest        string // what is left over
}{
	{name: "length", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", want: parsed{status: 200, whole: true}},
	{name: "no content", bytes: "HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", want: parsed{status: 200, whole: true}},
	{name: "no reason", bytes: "HTTP/1.1 401\r\nContent-Length: 0\r\n\r\n", want: parsed{status: 401, whole: true}},
	{name: "left over", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200", want: parsed{status: 200, whole: true}, rest: "HTTP/1.1 200"},
	{name: "204", bytes: "HTTP/1.1 204 No Content\r\n\r\n", want: parsed{status: 204, whole: true}},
	{name: "304 with length", bytes: "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", want: parsed{status: 304, whole: true}},
	{name: "HEAD", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", head: true, want: parsed{status: 200, whole: true}},
	{name: "interim", bytes: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", want: parsed{status: 403, whole: true}},
	{name: "upgrade", bytes: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", want: parsed{status: 101, whole: true, close: true}},
	{name: "chunked", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\nA;x=\"y\"\r\n0123456789\r\n0\r\n\r\n", want: parsed{status: 200, whole: true}},
	{name: "trailers", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nSum: 1\r\n\r\n", want: parsed{status: 200, whole: true}},
	{name: "close", bytes: "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n", want: parsed{status: 200, whole: true, close: true}},
	{name: "until the end", bytes: "HTTP/1.1 200 OK\r\n\r\nwhatever", want: parsed{status: 200, whole: true, close: true}},
	{name: "1.0", bytes: "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", want: parsed{status: 200, whole: true, close: true}},
	{name: "1.0 kept alive", bytes: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", want: parsed{status: 200, whole: true}},
	{name: "torn head", bytes: "HTTP/1.1 200 OK\r\nContent-Le", want: parsed{status: 200}},
	{name: "torn body", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", want: parsed{status: 200}},
	{name: "nothing", bytes: "", want: parsed{}},
	{name: "not HTTP", bytes: "SSH-2.0-OpenSSH_9.9\r\n", want: parsed{err: errStatusLine}},
	{name: "status of two digits", bytes: "HTTP/1.1 20 OK\r\n", want: parsed{err: errStatusLine}},
	{name: "status below 100", bytes: "HTTP/1.1 099 OK\r\n", want: parsed{err: errStatusLine}},
	{name: "HTTP/2", bytes: "HTTP/2.0 200 OK\r\n", want: parsed{err: errStatusLine}},
	{name: "bare line feed", bytes: "HTTP/1.1 200 OK\n\n", want: parsed{err: errLineEnd}},
	{name: "folded", bytes: "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", want: parsed{err: errField}},
	{name: "no colon", bytes: "HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n", want: parsed{err: errField}},
	{name: "two lengths", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", want: parsed{err: errLength}},
	{name: "signed length", bytes: "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx", want: parsed{err: errLength}},
	{name: "huge length", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", want: parsed{err: errLength}},
	{name: "length and chunked", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", want: parsed{err: errLength}},
	{name: "gzip", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", want: parsed{err: errEncoding}},
	{name: "chunked 1.0", bytes: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", want: parsed{err: errEncoding}},
	{name: "chunk size", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", want: parsed{err: errChunk}},
	{name: "chunk end", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", want: parsed{err: errChunk}},
	{name: "endless head", bytes: "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", maxHead) + "\r\n\r\n", want: parsed{err: errHeadTooLarge}},
	{name: "endless interim", bytes: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 2000), want: parsed{err: errHeadTooLarge}},
}

func TestParserHoweverTheBytesCome(t *testing.T) {
	for _, tt := range responses {
		t.Run(tt.name, func(t *testing.T) {
			for _, n := range []int{1, 2, 3, 7, len(tt.bytes) + 1} {
				got := parse([]byte(tt.bytes), tt.head, n)
				if !errors.Is(got.err, tt.want.err) {
					t.Fatalf("in pieces of %d: error %v, want %v", n, got.err, tt.want.err)
				}
				if tt.want.err != nil {
					continue
				}
				used := len(tt.bytes) - len(tt.rest)
				if got.status != tt.want.status || got.whole != tt.want.whole || got.whole && got.close != tt.want.close || got.used != used {
					t.Errorf("in pieces of %d: %+v, want %+v with %d used", n, got, tt.want, used)
				}
			}
		})
	}
}

func TestParserTakesAnyNumberOfChunks(t *testing.T) {
	b := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\nx\r\n", maxHead) + "0\r\n\r\n"
	if got := parse([]byte(b), false, 4096); !got.whole || got.err != nil {
		t.Errorf("%+v", got)
	}
}

func TestParserDoesNotAllocate(t *testing.T) {
	b := []byte(responses[0].bytes)
	var p parser
	for _, split := range []int{len(b), 20} {
		feed := func() {
			p.reset(false)
			p.feed(b[:split])
			p.feed(b[split:])
		}
		feed()
		if n := testing.AllocsPerRun(100, feed); n != 0 {
			t.Errorf("split at %d: %v allocations", split, n)
		}
	}
}

// FuzzResponse holds the parser against fasthttp's: what we take as a whole
// response, it takes as the same, and the other way round, but for the exceptions
// of laxer and stricter.
func FuzzResponse(f *testing.F) {
	for _, r := range responses {
		if len(r.bytes) < 1000 {
			f.Add([]byte(r.bytes), r.head, uint8(3))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, head bool, n uint8) {
		got := parse(b, head, len(b)+1)
		if pieces := parse(b, head, int(n)+1); pieces.whole != got.whole || (pieces.err == nil) != (got.err == nil) ||
			got.whole && (pieces.status != got.status || pieces.used != got.used || pieces.close != got.close) {
			t.Fatalf("in pieces %+v, at once %+v", pieces, got)
		}
		var oracle fasthttp.Response
		oracle.SkipBody = head
		r := bufio.NewReaderSize(bytes.NewReader(b), maxHead)
		err := oracle.ReadLimitBody(r, len(b)) // unlimited, it allocates what the length says
		switch {
		case errors.Is(err, fasthttp.ErrBodyTooLarge):
			if got.whole {
				t.Fatalf("%+v, though the body is longer than the input", got)
			}
		case got.whole && err != nil:
			if !laxer(err) {
				t.Fatalf("we take %+v, fasthttp: %v", got, err)
			}
		case err == nil && !got.whole:
			if !stricter(b, got) {
				t.Fatalf("fasthttp takes status %d, we: %+v", oracle.StatusCode(), got)
			}
		case err == nil:
			rest := r.Buffered()
			if oracle.StatusCode() != got.status || len(b)-got.used != rest {
				t.Fatalf("fasthttp: status %d, %d left; we: %+v", oracle.StatusCode(), rest, got)
			}
		}
	})
}

// laxer names what fasthttp refuses and we take, because it says nothing about
// where the response ends.
func laxer(err error) bool {
	for _, text := range []string{
		"invalid header value", // control characters in a value
		"trailer",              // fields that must not be trailers
	} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

// goodStatusLine is what we take: HTTP/1.0 or 1.1, a final or interim status.
var goodStatusLine = regexp.MustCompile(`^HTTP/1\.[01] [1-9][0-9][0-9]( .*)?\r\n$`)

// stricter names what we refuse and fasthttp takes.
func stricter(b []byte, got parsed) bool {
	line := b[:got.used] // up to and with the one that is refused
	line = line[bytes.LastIndexByte(line[:max(0, len(line)-1)], '\n')+1:]
	switch got.err {
	case errStatusLine: // other versions, blank lines before it, statuses below 100
		return !goodStatusLine.Match(line)
	case errLineEnd: // lines that end in a bare line feed
		return regexp.MustCompile(`(^|[^\r])\n`).Match(b)
	case errField: // folded lines, blanks in and after names
		return bytes.ContainsAny(line[:bytes.IndexByte(append(line, ':'), ':')], " \t")
	case errLength: // a length beside chunked, or beyond a petabyte
		return bytes.Contains(bytes.ToLower(b), []byte("transfer-encoding")) || regexp.MustCompile(`[0-9]{15}`).Match(b)
	case errEncoding: // chunked in HTTP/1.0
		return bytes.Contains(b, []byte("HTTP/1.0"))
	}
	return false
}

func BenchmarkParse(b *testing.B) {
	response := []byte("HTTP/1.1 200 OK\r\nServer: fasthttp\r\nDate: Mon, 23 Nov 2026 23:04:00 GMT\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\nX-Auth-Subject: user-1234\r\n\r\nok")
	var p parser
	b.ReportAllocs()
	for b.Loop() {
		p.reset(false)
		if _, whole, err := p.feed(response); !whole || err != nil {
			b.Fatal(err)
		}
	}
}
