package runner

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
)

// forgetful is a server that learns of a revocation some requests late.
type forgetful struct {
	*httptest.Server
	late    int64 // requests that are let in after it; below zero all
	refusal error // of the revocation
	asked   atomic.Int64
	revoked atomic.Bool
}

func newForgetful(t *testing.T, late int64, refusal error) *forgetful {
	t.Helper()
	f := &forgetful{late: late, refusal: refusal}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if f.revoked.Load() && f.late >= 0 && f.asked.Add(1) > f.late {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *forgetful) Addr() bench.Address {
	return bench.Address{TCP: netip.MustParseAddrPort(f.Listener.Addr().String())}
}
func (f *forgetful) Refresh() error                     { return nil }
func (f *forgetful) CPU() (time.Duration, error)        { return 0, nil }
func (f *forgetful) PSS() (int64, error)                { return 0, nil }
func (f *forgetful) Store() Meter                       { return nil }
func (f *forgetful) Counters() (*bench.Counters, error) { return nil, nil }
func (f *forgetful) Rotation() *bench.Rotation          { return nil }
func (f *forgetful) Failure() string                    { return "" }
func (f *forgetful) Stop() error                        { return nil }
func (f *forgetful) Revoke(int) error {
	f.revoked.Store(true)
	return f.refusal
}

func revocable(t *testing.T) *load.Workload {
	t.Helper()
	spec := load.WorkloadSpec{Prefix: []byte("GET / HTTP/1.1\r\nHost: test\r\n\r\n")}
	spec.Expect[bench.Valid.Index()] = []int{200}
	spec.Expect[bench.Revoked.Index()] = []int{401}
	w, err := load.NewWorkload(spec)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// A revocation is over with the first request that is refused, and not before.
func TestRevocationIsTimed(t *testing.T) {
	for late, probes := range map[int64]int{0: 1, 3: 4} {
		p := probing{server: newForgetful(t, late, nil), workload: revocable(t)}
		var r bench.Revocation
		p.measure(t.Context(), &r, time.Hour)
		if r.Failed != "" || r.Probes != probes || r.Refused <= 0 || (r.Accepted > 0) != (late > 0) || r.Accepted >= r.Refused {
			t.Errorf("%d requests late: %+v", late, r)
		}
	}
}

// TestRefusalsThatDoNotLast: replicas that learn of a revocation one after the other answer
// in turns. The last time that it is let in counts.
func TestRefusalsThatDoNotLast(t *testing.T) {
	var asked atomic.Int64
	f := newForgetful(t, 0, nil)
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n := asked.Add(1); n == 2 || n == 4 || n > 5 { // the first is before the revocation
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	p := probing{server: f, workload: revocable(t), steady: 500 * time.Millisecond, pause: time.Millisecond}
	var r bench.Revocation
	p.measure(t.Context(), &r, time.Hour)
	if r.Failed != "" || r.Accepted == 0 || r.Refused <= r.Accepted || r.Probes < 6 {
		t.Errorf("%+v", r)
	}
	// A cache may hold until its entries end, however often somebody else refuses.
	asked.Store(0)
	p.until, p.steady = time.Hour, 0
	r = bench.Revocation{}
	p.measure(t.Context(), &r, time.Second)
	if r.Refused == 0 || r.Probes < 10 {
		t.Errorf("it did not wait for the cache: %+v", r)
	}
}

func TestRevocationThatNobodyHeeds(t *testing.T) {
	p := probing{server: newForgetful(t, -1, nil), workload: revocable(t)}
	var r bench.Revocation
	p.measure(t.Context(), &r, time.Nanosecond)
	if r.Failed != "" || r.Refused != 0 || r.Accepted == 0 {
		t.Errorf("%+v", r)
	}
}

func TestRevocationThatCannotBeMeasured(t *testing.T) {
	dead := newForgetful(t, 0, nil)
	dead.Close()
	for name, p := range map[string]probing{
		"refused by the store": {server: newForgetful(t, 0, errors.New("read only"))},
		"server gone":          {server: dead},
		"fewer credentials":    {server: newForgetful(t, 0, nil), index: -1},
	} {
		p.workload = revocable(t)
		var r bench.Revocation
		p.measure(t.Context(), &r, time.Hour)
		if r.Failed == "" || r.Refused != 0 || r.Accepted != 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// revoking is an arm whose server can be told to take credentials back.
type revoking struct {
	*fakeArm
	server   Server
	workload *load.Workload
}

func (r *revoking) Info() bench.ArmInfo {
	info := r.fakeArm.Info()
	info.Revokes, info.Credentials = true, 10
	return info
}
func (r *revoking) Workload(bench.Address) (*load.Workload, error) { return r.workload, nil }
func (r *revoking) Start(context.Context) (Server, error)          { return r.server, nil }

// Each arm that can be asked leaves a record; one that heeds no revocation makes the
// run invalid, and one that could not be asked is told of.
func TestRevocationsOfARun(t *testing.T) {
	w, p := newWorld(), &tape{}
	c := config(w, p)
	c.Scenario.Revocation = true
	servers := []Server{newForgetful(t, 2, nil), newForgetful(t, 0, errors.New("read only"))}
	for i, server := range servers {
		c.Arms[i+1] = &revoking{&fakeArm{w, c.Scenario.Arms[i+1].Name, uint16(i + 1)}, server, revocable(t)}
	}
	s := NewSession(c)
	if err := s.Revocations(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(p.revocations) != 2 || p.revocations[0].Arm != "apikey" || p.revocations[0].Refused == 0 || p.revocations[1].Failed == "" {
		t.Errorf("revocations %+v", p.revocations)
	}
	if len(p.warnings) != 1 || p.warnings[0].Code != bench.WarnNotRevoked || p.warnings[0].Arm != "jwt" {
		t.Errorf("warnings %+v", p.warnings)
	}
	deaf := []bench.Revocation{{Arm: "jwt", Accepted: 1}}
	for ttl, level := range map[string]bench.Level{"1s": bench.Void, "24h": bench.Info} {
		arm := bench.Arm{Name: "jwt", Method: bench.Method{Params: bench.Params{"cache_ttl": ttl}}}
		if err := s.recordRevocations([]bench.Arm{arm}, deaf); err != nil || p.warnings[len(p.warnings)-1].Level != level {
			t.Errorf("%v, %+v", err, p.warnings)
		}
		if patience(arm) > longestProbe {
			t.Errorf("%s: asked for %v", ttl, patience(arm))
		}
	}
}
