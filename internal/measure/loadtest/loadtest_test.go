package loadtest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/measure/reach"
	"authbench/internal/result"
	"authbench/internal/result/validity"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a server until the test ends.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// open is an open load of n requests at constant distances, over one connection.
func open(t *testing.T, s *httptest.Server, rate float64, n int64) Spec {
	t.Helper()
	site, p := bench.ParseSite(s.URL)
	if p != nil {
		t.Fatal(p)
	}
	request, problems := bench.NewMessage(bench.Draft{Authority: site.Authority()})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return Spec{
		Site: site, Request: request, Connections: 1,
		Requests: n, Arrivals: bench.Constant, Rate: rate, Expect: DefaultExpect(), Timeout: 10 * time.Second, Poll: load.PollHybrid,
	}
}

func find(s result.LoadTest, code string) (out []result.LoadTestWarning) {
	for _, w := range s.Warnings {
		if w.Code == code {
			out = append(out, w)
		}
	}
	return out
}

// A server that freezes cannot hide from the response times what its clients would
// have waited. The service times of one connection hold it once.
func TestFreeze(t *testing.T) {
	const freeze = 200 * time.Millisecond
	var frozen sync.RWMutex
	var asked atomic.Int64
	server := serve(t, func(http.ResponseWriter, *http.Request) {
		if asked.Add(1) == 100 {
			frozen.Lock()
			time.Sleep(freeze)
			frozen.Unlock()
		}
		frozen.RLock()
		defer frozen.RUnlock()
	})
	r, err := Run(t.Context(), open(t, server, 1000, 600), nil)
	if err != nil {
		t.Fatal(err)
	}
	// 200 of the 600 were due while it was frozen: a tenth of all waited for
	// 140 ms or more, a hundredth for 194.
	s := r.Summary
	if s.Requests != 600 || s.Response.P90 < 139e3 || s.Response.P99 < 193e3 {
		t.Errorf("response of %d requests: %+v µs", s.Requests, s.Response)
	}
	if s.Service.P90 > 139e3 || s.Service.Max < 199e3 {
		t.Errorf("service: %+v µs", s.Service)
	}
	if s.Queue.P90 < 130e3 {
		t.Errorf("the wait for the connection: %+v µs", s.Queue)
	}
}

// A rate that the server cannot serve makes the figures invalid.
func TestRateNotDelivered(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) { time.Sleep(10 * time.Millisecond) })
	spec := open(t, server, 1000, 0)
	spec.Duration = 200 * time.Millisecond
	r, err := Run(t.Context(), spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Summary
	// One at a time, 10 ms each: at most 21 in 200 ms.
	if s.Validity != result.Invalid || s.Rate.Asked != 1000 || s.Rate.Achieved > 110 || len(find(s, validity.CodeDelivered)) != 1 {
		t.Errorf("verdict %s, rate %+v, warnings %+v", s.Validity, s.Rate, s.Warnings)
	}
	if s.Requests != 200 {
		t.Errorf("%d requests came to an end, want all 200 that were due", s.Requests)
	}
}

// The warm-up is not counted, though its false accepts are.
func TestWarmUp(t *testing.T) {
	var asked atomic.Int64
	var g Gauge
	var early atomic.Int64
	server := serve(t, func(http.ResponseWriter, *http.Request) {
		want := Warming
		if asked.Add(1) > 50 {
			want = Measuring
		}
		if g.Read().Stage != want {
			early.Add(1)
		}
	})
	spec := open(t, server, 500, 50)
	spec.Warmup = 100 * time.Millisecond
	if s := g.Read().Stage; s != "" {
		t.Errorf("stage %q before the test", s)
	}
	r, err := Run(t.Context(), spec, &g)
	if err != nil {
		t.Fatal(err)
	}
	if r.Summary.Requests != 50 || asked.Load() != 100 {
		t.Errorf("%d requests counted, %d sent", r.Summary.Requests, asked.Load())
	}
	if early.Load() > 0 {
		t.Errorf("%d requests of another stage than the gauge shows", early.Load())
	}
}

// What is cut off is reported all the same, and is no failure of the server.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var asked atomic.Int64
	release := make(chan struct{})
	server := serve(t, func(http.ResponseWriter, *http.Request) {
		if asked.Add(1) == 10 {
			cancel()
			<-release // this one is under way until the end
		}
	})
	defer close(release)
	spec := open(t, server, 1000, 0)
	r, err := Run(ctx, spec, nil)
	if !errors.Is(err, context.Canceled) || r == nil {
		t.Fatalf("error %v, result %+v", err, r)
	}
	s := r.Summary
	if !s.Interrupted || s.Requests != 9 || s.Statuses[200] != 9 || len(s.Errors) != 0 || len(find(s, validity.CodeLittle)) != 0 {
		t.Errorf("%+v", s)
	}
}

// The address decides whether load may go there, and a name stands for those of
// its addresses that are on this machine.
func TestResolve(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	addr := server.Listener.Addr().String()
	port := addr[strings.LastIndex(addr, ":"):]
	for _, c := range []struct {
		url    string
		remote bool
		want   string
	}{
		{"http://127.0.0.1:81/", false, "127.0.0.1:81"},
		{"http://127.9.9.9/", false, "127.9.9.9:80"},
		{"https://[::1]/", false, "[::1]:443"},
		{"http://[::ffff:127.0.0.1]:81/", false, "127.0.0.1:81"},
		{"http://localhost" + port, false, addr}, // ::1 refuses, where there is one
		{"http://192.0.2.1/", true, "192.0.2.1:80"},
		{"http://192.0.2.1/", false, ""},
		{"http://[::ffff:192.0.2.1]/", false, ""},
		{"http://0.0.0.0/", false, ""},
	} {
		site, p := bench.ParseSite(c.url)
		if p != nil {
			t.Fatal(p)
		}
		got, err := resolve(t.Context(), site, c.remote, nil)
		if c.want == "" {
			if !errors.Is(err, reach.ErrRemote) {
				t.Errorf("%s: %v, %v; want a refusal", c.url, got, err)
			}
			continue
		}
		if err != nil || got.String() != c.want {
			t.Errorf("%s: %v, %v; want %s", c.url, got, err, c.want)
		}
	}
}
