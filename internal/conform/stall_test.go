package conform

import (
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
)

// A server that answers nothing is asked two requests, not one for each case.
func TestStalledServerIsAskedNoMore(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var taken atomic.Int32
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			taken.Add(1)
		}
	}()
	defer func() { <-done }()
	defer listener.Close()
	w, err := newWire(bench.Address{TCP: netip.MustParseAddrPort(listener.Addr().String())}, "test")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for range 100 {
		if _, err := w.Ask(t.Context(), Request{Method: defaultMethod, Target: "/"}); err == nil || !strings.Contains(err.Error(), "the server stalled: it answered neither this nor a plain request within 5s") {
			t.Fatalf("error %v", err)
		}
	}
	if n := taken.Load(); n != 2 || time.Since(began) > 10*patience {
		t.Errorf("%d requests in %v, want two", n, time.Since(began))
	}
}
