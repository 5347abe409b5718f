package runner

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/agents"
	"authbench/internal/measure/load"
	"authbench/internal/result/validity"
)

// live is an arm with a real server, one handler for all launches.
type live struct {
	workload *load.Workload
	handler  http.HandlerFunc
	// onCPU is called for the first reading of the CPU clock in a slice, on the
	// generator's thread.
	onCPU  func()
	starts atomic.Int64
}

func (a *live) Info() bench.ArmInfo {
	return bench.ArmInfo{Name: "none", HasCPU: a.onCPU != nil, Restarts: true}
}
func (a *live) Agents() *agents.Agents                         { return nil }
func (a *live) Workload(bench.Address) (*load.Workload, error) { return a.workload, nil }
func (a *live) Start(context.Context) (Server, error) {
	a.starts.Add(1)
	return &liveServer{Server: httptest.NewServer(a.handler), live: a}, nil
}

type liveServer struct {
	*httptest.Server
	*live
	fresh bool
}

func (s *liveServer) Addrs() []bench.Address {
	return []bench.Address{{TCP: netip.MustParseAddrPort(s.Listener.Addr().String())}}
}
func (s *liveServer) Refresh() error {
	s.fresh = true
	return nil
}
func (s *liveServer) CPU() (time.Duration, error) {
	if s.fresh {
		s.fresh = false
		s.onCPU()
	}
	return 0, nil
}
func (s *liveServer) PSS() (int64, error)                { return 1, nil }
func (s *liveServer) Backends() map[string]Meter         { return nil }
func (s *liveServer) Counters() (*bench.Counters, error) { return nil, nil }
func (s *liveServer) Rotation() *bench.Rotation          { return nil }
func (s *liveServer) Failure() string                    { return "" }
func (s *liveServer) Revoke(int) error                   { return errors.ErrUnsupported }
func (s *liveServer) RemoveKey(int) error                { return errors.ErrUnsupported }
func (s *liveServer) Stop() error {
	s.Close()
	return nil
}

// measure runs a real engine against a real server, open load, and returns the
// slices.
func (a *live) measure(t *testing.T, launches, connections int) *recorder {
	t.Helper()
	workload, err := load.NewWorkload(load.WorkloadSpec{
		Prefix: []byte("GET / HTTP/1.1\r\nHost: test\r\n\r\n"), Expect: [len(bench.Classes)][]int{{200}},
	})
	if err != nil {
		t.Fatal(err)
	}
	a.workload = workload
	engine, err := load.Open(load.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	p := &recorder{}
	c := Config{
		Scenario: bench.Scenario{
			Name: "live", Baseline: "none", Arms: []bench.Arm{{Name: "none"}},
			Protocol: bench.Protocol{Launches: launches, Rounds: 1, Slice: bench.Duration(10 * time.Millisecond), Settle: 1, Warmup: 2},
			Loads: []bench.Load{{
				Name: "open", Kind: bench.Open, Rate: 500, Arrivals: bench.Constant, Connections: connections, Timeout: bench.Duration(10 * time.Second),
			}},
		},
		Arms: []Arm{a}, Engine: engine, Record: p, Noise: func() bench.Noise { return bench.Noise{} },
		Pressure: func() time.Duration { return 0 }, Progress: func(bench.Progress) {},
	}
	if err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return p
}

// found returns the codes of what is found in the slices, at the given level.
func (p *recorder) found(level bench.Level) []string {
	var h bench.Header
	h.Scenario.Baseline, h.Scenario.Arms = "none", []bench.Arm{{Name: "none"}}
	var out []string
	for _, w := range validity.Run(h, p.launches, p.slices) {
		if w.Level == level {
			out = append(out, w.Code)
		}
	}
	return out
}

func (p *recorder) mustFind(t *testing.T, level bench.Level, codes ...string) {
	t.Helper()
	got := p.found(level)
	for _, code := range codes {
		if !slices.Contains(got, code) {
			t.Errorf("%s is not found to be %s: %v", code, level, got)
		}
	}
}

// A generator that is held up for most of each slice sends late, and says so. It
// has a connection for every request: to wait for one counts as the server's doing.
func TestSlowGenerator(t *testing.T) {
	t.Parallel()
	a := &live{
		handler: func(http.ResponseWriter, *http.Request) {},
		onCPU:   func() { time.Sleep(300 * time.Millisecond) }, // of a slice of 400 ms
	}
	a.measure(t, 2, 256).mustFind(t, bench.Void, validity.CodeLag, validity.CodeLateSends)
}

// A server that stalls makes requests wait for a connection. Histograms that do
// not know of it contradict the engine's count; the true ones agree with it.
func TestLyingClock(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	a := &live{handler: func(http.ResponseWriter, *http.Request) {
		if asked.Add(1)%50 == 0 {
			time.Sleep(20 * time.Millisecond)
		}
	}}
	p := a.measure(t, 1, 1)
	if got := slices.Concat(p.found(bench.Suspicious), p.found(bench.Void)); slices.Contains(got, validity.CodeLittle) {
		t.Errorf("true clocks are found to lie: %v", got)
	}
	for i := range p.slices {
		p.slices[i].Valid.Response = p.slices[i].Valid.Service
	}
	p.mustFind(t, bench.Void, validity.CodeLittle)
}

// A server that gets slower from launch to launch.
func TestDriftingServer(t *testing.T) {
	t.Parallel()
	a := &live{}
	a.handler = func(http.ResponseWriter, *http.Request) {
		time.Sleep(time.Duration(a.starts.Load()) * 15 * time.Millisecond)
	}
	a.measure(t, 8, 256).mustFind(t, bench.Suspicious, validity.CodeDrift)
}

// A server that turns valid credentials away.
func TestRefusingServer(t *testing.T) {
	t.Parallel()
	a := &live{handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }}
	a.measure(t, 1, 8).mustFind(t, bench.Void, validity.CodeNoSuccess)
}
