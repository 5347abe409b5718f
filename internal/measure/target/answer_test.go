package target

import (
	"math"
	"net/netip"
	"runtime/metrics"
	"testing"
	"unsafe"

	"github.com/valyala/fasthttp"

	"authbench/bench"
)

// reader lets in who sends an Authorization field, and looks at all that it can.
type reader struct{}

func (reader) Scheme() string { return "Bearer" }

func (reader) Verify(r bench.Request) bench.Decision {
	if len(r.Method()) == 0 || len(r.Target()) == 0 || len(r.Values("Authorization")) != 1 {
		return bench.Decision{Reason: bench.ReasonMissing}
	}
	subject := append(r.Room(100)[:0], "user-1"...)
	return bench.Decision{Outcome: bench.Allow, Subject: unsafe.String(&subject[0], len(subject)), Tenant: "tenant-1"}
}

func TestAnsweringAllocatesNothing(t *testing.T) {
	s, err := Listen(netip.MustParseAddrPort("127.0.0.1:0"), reader{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.listener.Close()
	for _, field := range []string{"Authorization", "X-Other"} {
		var ctx fasthttp.RequestCtx
		ctx.Request.Header.SetRequestURI("/")
		ctx.Request.Header.Set(field, "Bearer x")
		allocs := testing.AllocsPerRun(100, func() {
			ctx.Response.Reset()
			s.handle(&ctx)
		})
		if allocs != 0 && !raceEnabled { // sync.Pool then drops what it is given, now and then
			t.Errorf("with %s: %v allocations per request", field, allocs)
		}
		if got := string(ctx.Response.Header.Peek(subjectField)); (got == "user-1") != (field == "Authorization") {
			t.Errorf("with %s: answered %q", field, got)
		}
	}
}

func TestPauses(t *testing.T) {
	h := &metrics.Float64Histogram{
		Buckets: []float64{math.Inf(-1), 0, 1e-6, 3e-6, math.Inf(1)},
		Counts:  []uint64{0, 0, 2, 1},
	}
	if got, want := pauses(h), int64(2*2000+3000); got != want {
		t.Errorf("%d ns, want %d", got, want)
	}
}
