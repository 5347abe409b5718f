package target_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"authbench/internal/measure/target"
)

// patience bounds each exchange, so that a server that does not answer fails the
// test instead of hanging it.
const patience = 20 * time.Second

// serve starts a server that ends with the test.
func serve(t testing.TB, v target.Verifier) *target.Server {
	t.Helper()
	s, err := target.Listen(netip.MustParseAddrPort("127.0.0.1:0"), v)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return s
}

// answer is a response as it came.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends raw bytes on a connection of its own and reads one answer.
func ask(t testing.TB, addr netip.AddrPort, request string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	// A server may refuse, and close, before it has read all: then the rest of
	// the request cannot be sent, and the answer counts.
	go func() { _, _ = io.WriteString(conn, request) }()
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%.40q…: %v", request, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%.40q…: %v", request, err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

// get is a GET with raw header lines, each ended by CRLF.
func get(headers string) string {
	return "GET /orders HTTP/1.1\r\nHost: api.test\r\n" + headers + "\r\n"
}
