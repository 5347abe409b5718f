package load

import (
	"errors"
	"strings"
	"testing"
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
	p.reset(question{head: head})
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
	{name: "status below 100", bytes: "HTTP/1.1 099 OK\r\n", want: parsed{err: errStatus}},
	{name: "status 000", bytes: "HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n", want: parsed{err: errStatus}},
	{name: "HTTP/2", bytes: "HTTP/2.0 200 OK\r\n", want: parsed{err: errStatusLine}},
	{name: "bare line feed", bytes: "HTTP/1.1 200 OK\n\n", want: parsed{err: errLineEnd}},
	{name: "bare line feed in a field", bytes: "HTTP/1.1 200 OK\r\nA: b\nContent-Length: 0\r\n\r\n", want: parsed{err: errLineEnd}},
	{name: "folded", bytes: "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", want: parsed{err: errFold}},
	{name: "folded by a tab", bytes: "HTTP/1.1 200 OK\r\nA: b\r\n\tContent-Length: 0\r\n\r\n", want: parsed{err: errFold}},
	{name: "folded trailer", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n c\r\n\r\n", want: parsed{err: errFold}},
	{name: "no colon", bytes: "HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n", want: parsed{err: errField}},
	{name: "blank before the colon", bytes: "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n", want: parsed{err: errField}},
	{name: "letters beyond ASCII", bytes: "HTTP/1.1 200 OK\r\nX-\xc3\xbc: b\r\n\r\n", want: parsed{err: errField}},
	{name: "equal lengths", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length:1\r\n\r\nx", want: parsed{status: 200, whole: true}},
	{name: "equal lengths in a list", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 1, 1 ,\t01\r\n\r\nx", want: parsed{status: 200, whole: true}},
	{name: "two lengths", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", want: parsed{err: errLengths}},
	{name: "two lengths in a list", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 1,2\r\n\r\nx", want: parsed{err: errLengths}},
	{name: "half a list of lengths", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 1,\r\n\r\nx", want: parsed{err: errLength}},
	{name: "no length", bytes: "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nx", want: parsed{err: errLength}},
	{name: "signed length", bytes: "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx", want: parsed{err: errLength}},
	{name: "negative length", bytes: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx", want: parsed{err: errLength}},
	{name: "huge length", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", want: parsed{err: errLength}},
	{name: "length and chunked", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", want: parsed{err: errLengthEncoding}},
	{name: "chunked and length", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", want: parsed{err: errLengthEncoding}},
	{name: "gzip", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", want: parsed{err: errEncoding}},
	{name: "identity", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 1\r\n\r\nx", want: parsed{err: errEncoding}},
	{name: "chunked twice", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", want: parsed{err: errEncoding}},
	{name: "chunked 1.0", bytes: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", want: parsed{err: errEncoding10}},
	{name: "chunk size", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", want: parsed{err: errChunk}},
	{name: "chunk end", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", want: parsed{err: errChunk}},
	{name: "switch that nobody asked for", bytes: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", want: parsed{err: errSwitch}},
	{name: "endless head", bytes: "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", maxHead) + "\r\n\r\n", want: parsed{err: errHeadTooLarge}},
	{name: "endless fields", bytes: "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", maxHead), want: parsed{err: errHeadTooLarge}},
	{name: "endless interim", bytes: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 2000), want: parsed{err: errInterim}},
	{name: "many interim", bytes: strings.Repeat("HTTP/1.1 102 Wait\r\n\r\n", maxInterim) + ok, want: parsed{status: 200, whole: true}},
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

// A request with Upgrade may be answered by 101, which ends HTTP on the connection.
func TestParserTakesASwitch(t *testing.T) {
	var p parser
	p.reset(question{upgrade: true})
	if _, whole, err := p.feed([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")); !whole || err != nil || p.status != 101 || !p.close {
		t.Errorf("whole %v, error %v, status %d, close %v", whole, err, p.status, p.close)
	}
}

// A large head leaves no large memory behind.
func TestParserForgetsLargeLines(t *testing.T) {
	var p parser
	p.reset(question{})
	if _, _, err := p.feed([]byte("HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", maxHead/2))); err != nil {
		t.Fatal(err)
	}
	if p.reset(question{}); cap(p.partial) > keptLine {
		t.Errorf("%d bytes are kept", cap(p.partial))
	}
}

func TestParserDoesNotAllocate(t *testing.T) {
	b := []byte(responses[0].bytes)
	var p parser
	for _, split := range []int{len(b), 20} {
		feed := func() {
			p.reset(question{})
			p.feed(b[:split])
			p.feed(b[split:])
		}
		feed()
		if n := testing.AllocsPerRun(100, feed); n != 0 {
			t.Errorf("split at %d: %v allocations", split, n)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	response := []byte("HTTP/1.1 200 OK\r\nServer: fasthttp\r\nDate: Mon, 23 Nov 2026 23:04:00 GMT\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\nX-Auth-Subject: user-1234\r\n\r\nok")
	var p parser
	b.ReportAllocs()
	for b.Loop() {
		p.reset(question{})
		if _, whole, err := p.feed(response); !whole || err != nil {
			b.Fatal(err)
		}
	}
}
