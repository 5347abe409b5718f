package target_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/target"
)

// scripted decides as the request's path says.
type scripted struct{}

func (scripted) Scheme() string { return "Bearer" }

func (scripted) Verify(r bench.Request) bench.Decision {
	switch string(r.Target()) {
	case "/allow":
		return bench.Decision{Outcome: bench.Allow, Subject: "user-1", Tenant: "tenant-1"}
	case "/split":
		return bench.Decision{Outcome: bench.Allow, Subject: "user-1\r\nX-Auth-Tenant: other"}
	case "/fail":
		return bench.Decision{Outcome: bench.Fail, Reason: bench.ReasonUnavailable}
	case "/panic":
		panic("a verifier's mistake")
	case "/missing":
		return bench.Decision{Reason: bench.ReasonMissing}
	case "/duplicate":
		return bench.Decision{Reason: bench.ReasonDuplicate}
	case "/scope":
		return bench.Decision{Reason: bench.ReasonScope}
	}
	return bench.Decision{Reason: bench.ReasonExpired, Subject: "user-1", Tenant: "tenant-1"}
}

func TestDecisionsBecomeAnswers(t *testing.T) {
	s := serve(t, scripted{})
	cases := []struct {
		path      string
		status    int
		subject   string
		challenge string
	}{
		{"/allow", 200, "user-1", ""},
		{"/split", 200, "user-1  X-Auth-Tenant: other", ""},
		{"/fail", 503, "", ""},
		{"/panic", 503, "", ""},
		{"/missing", 401, "", `Bearer realm="authbench"`},
		{"/duplicate", 400, "", `Bearer realm="authbench", error="invalid_request"`},
		{"/scope", 403, "", `Bearer realm="authbench", error="insufficient_scope"`},
		{"/expired", 401, "", `Bearer realm="authbench", error="invalid_token"`},
	}
	for _, c := range cases {
		got := ask(t, s.Addr(), "GET "+c.path+" HTTP/1.1\r\nHost: a\r\n\r\n")
		if got.status != c.status || got.header.Get("X-Auth-Subject") != c.subject || got.header.Get("WWW-Authenticate") != c.challenge {
			t.Errorf("%s: %d %v", c.path, got.status, got.header)
		}
		if c.path != "/allow" && got.header.Get("X-Auth-Tenant") != "" {
			t.Errorf("%s: tenant %q", c.path, got.header.Get("X-Auth-Tenant"))
		}
		if got.header.Get("Server") != "" {
			t.Errorf("%s: Server: %s", c.path, got.header.Get("Server"))
		}
	}
}

func TestCountersCountReasons(t *testing.T) {
	s := serve(t, scripted{})
	before := s.Counters()
	for _, path := range []string{"/allow", "/allow", "/fail", "/panic", "/expired"} {
		ask(t, s.Addr(), "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n")
	}
	ask(t, s.Addr(), "GET / HTTP/1.1\r\nno colon\r\n\r\n")
	ask(t, s.Addr(), get("X: "+strings.Repeat("x", 40<<10)+"\r\n"))
	after := s.Counters()
	got := after.Sub(before)
	if got.Requests != 7 {
		t.Errorf("%d requests, want 7", got.Requests)
	}
	want := map[string]int64{"unavailable": 2, "expired": 1, "malformed": 1, "too_large": 1}
	for reason, n := range want {
		if got.Reasons[reason] != n {
			t.Errorf("%s: %d, want %d", reason, got.Reasons[reason], n)
		}
	}
	if len(got.Reasons) != len(want) {
		t.Errorf("reasons: %v", got.Reasons)
	}
	if after.Allocs <= 0 || after.AllocBytes <= 0 || after.HeapBytes <= 0 || after.CPU <= 0 || after.GCPauses < 0 {
		t.Errorf("the runtime's figures: %+v", after)
	}
}

// TestNothingIsLogged sends, in a process of its own, a request that fasthttp
// would quote in its log, and reads what that process writes to standard error.
func TestNothingIsLogged(t *testing.T) {
	const inside = "AUTHBENCH_TEST_LOG"
	if os.Getenv(inside) != "" {
		s := serve(t, scripted{})
		ask(t, s.Addr(), "GET / HTTP/1.1\r\nAuthorization Bearer s3cret\r\n\r\n")
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestNothingIsLogged$")
	child.Env = append(os.Environ(), inside+"=1")
	var log strings.Builder
	child.Stderr = &log
	if out, err := child.Output(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", log.String())
	}
}

func TestListenRefusesOtherAddresses(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", "[::]:0", "192.0.2.1:80"} {
		if s, err := target.Listen(netip.MustParseAddrPort(addr), scripted{}); err == nil {
			t.Errorf("listens on %v", s.Addr())
		}
	}
}

func TestListenReportsPortInUse(t *testing.T) {
	s := serve(t, scripted{})
	if _, err := target.Listen(s.Addr(), scripted{}); err == nil {
		t.Error("two servers on one port")
	}
}

// TestRunStops checks that a server with an idle connection stops, and that the
// connection is closed.
func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	addrs, ended := make(chan netip.AddrPort, 1), make(chan error, 1)
	go func() {
		ended <- target.Run(ctx, target.Config{
			Listen: netip.MustParseAddrPort("127.0.0.1:0"), Verifier: scripted{},
			Ready: func(a netip.AddrPort) error { addrs <- a; return nil },
		})
	}()
	conn, err := net.Dial("tcp", (<-addrs).String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET /allow HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := reader.ReadByte(); err != io.EOF {
		t.Errorf("the idle connection ends with %v, not with end of file", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestServeEndsBeforeItBegan: fasthttp's own order to stop is lost if it comes
// before its Serve has begun.
func TestServeEndsBeforeItBegan(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 50 {
		s, err := target.Listen(netip.MustParseAddrPort("127.0.0.1:0"), scripted{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Serve(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRunEndsWhenReadyFails(t *testing.T) {
	broken := errors.New("nobody reads")
	err := target.Run(context.Background(), target.Config{
		Listen: netip.MustParseAddrPort("127.0.0.1:0"), Verifier: scripted{},
		Ready: func(netip.AddrPort) error { return broken },
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// fetching is a verifier that fetches its keys.
type fetching struct{ scripted }

func (fetching) KeySet() *bench.KeySetCounters { return &bench.KeySetCounters{Fetches: 3, Failed: 1} }

// TestKeySetIsCounted: a verifier's fetches are among the counters, where it makes
// any.
func TestKeySetIsCounted(t *testing.T) {
	if got := serve(t, fetching{}).Counters().KeySet; got == nil || *got != (bench.KeySetCounters{Fetches: 3, Failed: 1}) {
		t.Errorf("%+v", got)
	}
	if got := serve(t, scripted{}).Counters().KeySet; got != nil {
		t.Errorf("%+v of a verifier that fetches nothing", got)
	}
}
