package agents

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/result/hist"
)

// tokens is an issuer: it numbers the tokens that it gives, each good for so many seconds.
type tokens struct {
	*httptest.Server
	given  atomic.Int64
	life   int
	status atomic.Int64 // what it answers instead, unless 0
	body   atomic.Value // likewise
}

func newTokens(t *testing.T, life int) *tokens {
	out := &tokens{life: life}
	out.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, secret, ok := r.BasicAuth()
		if !ok || secret != "secret-of-"+id || r.FormValue("grant_type") != "client_credentials" {
			t.Errorf("asked by %q with %v", id, r.Form)
		}
		n := out.given.Add(1)
		if status := out.status.Load(); status != 0 {
			w.WriteHeader(int(status))
			return
		}
		if body, ok := out.body.Load().(string); ok {
			_, _ = w.Write([]byte(body))
			return
		}
		fmt.Fprintf(w, `{"access_token":"%s-%d","token_type":"Bearer","expires_in":%d}`, id, n, out.life)
	}))
	t.Cleanup(out.Close)
	return out
}

func (i *tokens) agents(p Policy, count, used int) *Agents {
	return New(Spec{Policy: p, Count: count, Used: used, Scheme: credential.Bearer, At: func(index int) credential.Endpoint {
		id := fmt.Sprintf("c%d", index)
		return credential.Endpoint{URL: i.URL, ClientID: id, ClientSecret: "secret-of-" + id}
	}})
}

func taken(t *testing.T, a *Agents) bench.Refreshes {
	t.Helper()
	out, err := a.Taken()
	if err != nil {
		t.Fatal(err)
	}
	times, err := hist.Decode(string(out.Times))
	if err != nil || times.Count() != out.Done {
		t.Errorf("%d times of %d refreshes, %v", times.Count(), out.Done, err)
	}
	return *out
}

func (a *Agents) text(index int) string { return string(a.Append(nil, index)) }

// live has agents refresh until a condition holds.
func live(t *testing.T, a *Agents, seed uint64, others []int, until func() bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var living sync.WaitGroup
	living.Go(func() { a.Live(ctx, seed, others) })
	for deadline := time.Now().Add(time.Minute); !until(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("it does not happen")
			break
		}
	}
	cancel()
	living.Wait()
}

// TestPrepare: those refresh whose credential would not last, and nobody else.
func TestPrepare(t *testing.T) {
	i := newTokens(t, 100)
	a := i.agents(Policy{Refresh: 80 * time.Second}, 10, 3)
	if err := a.Prepare(t.Context(), time.Second, []int{7}); err != nil {
		t.Fatal(err)
	}
	var held []string
	for index := range 10 {
		held = append(held, a.text(index))
	}
	for index, one := range held {
		if has := strings.HasPrefix(one, fmt.Sprintf("Bearer c%d-", index)); has != slices.Contains([]int{0, 1, 2, 7}, index) || !has && one != "" {
			t.Errorf("client %d holds %q", index, one)
		}
	}
	if err := a.Prepare(t.Context(), a.Longest(time.Hour), []int{7}); err != nil || i.given.Load() != 4 {
		t.Errorf("credentials that last were refreshed: %v, %d", err, i.given.Load())
	}
	if err := a.Prepare(t.Context(), 101*time.Second, []int{7}); err != nil || i.given.Load() != 8 {
		t.Errorf("credentials that do not last were not refreshed: %v, %d", err, i.given.Load())
	}
	if got := taken(t, a); got.Done != 0 {
		t.Errorf("what was prepared is counted: %+v", got)
	}
	i.status.Store(http.StatusInternalServerError)
	if err := a.Prepare(t.Context(), 101*time.Second, []int{7}); err != nil {
		t.Errorf("clients that hold a credential go on: %v", err)
	}
	if err := a.Prepare(t.Context(), time.Second, []int{8}); err == nil || !strings.Contains(err.Error(), "client 8 has no credential: the issuer answers 500") {
		t.Errorf("%v", err)
	}
}

// TestLive: each client refreshes once in its period, and what it holds is another one then.
func TestLive(t *testing.T) {
	i := newTokens(t, 100)
	a := i.agents(Policy{Refresh: 20 * time.Millisecond, Jitter: 0.5}, 5, 4)
	if err := a.Prepare(t.Context(), time.Second, nil); err != nil {
		t.Fatal(err)
	}
	before := []string{a.text(0), a.text(1), a.text(2), a.text(3)}
	a.Begin()
	live(t, a, 1, []int{4}, func() bool {
		for index := range 4 {
			if a.text(index) == before[index] {
				return false
			}
		}
		return a.text(4) != "" && taken(t, a).Done >= 20
	})
	a.End()
	got := taken(t, a)
	if got.Failed+got.Refused != 0 || got.Done != i.given.Load()-4 {
		t.Errorf("%+v of %d", got, i.given.Load())
	}
	a.Reset()
	if got := taken(t, a); got.Done != 0 {
		t.Errorf("%+v after they were forgotten", got)
	}
}

// TestFailures: a client goes on with what it holds and tries again, one that the issuer does
// not know gives up; both are counted.
func TestFailures(t *testing.T) {
	i := newTokens(t, 100)
	a := i.agents(Policy{Refresh: 10 * time.Millisecond}, 2, 2)
	if err := a.Prepare(t.Context(), time.Second, nil); err != nil {
		t.Fatal(err)
	}
	held := []string{a.text(0), a.text(1)}
	a.Begin()
	i.status.Store(http.StatusServiceUnavailable)
	live(t, a, 1, nil, func() bool { return taken(t, a).Failed >= 4 })
	if a.text(0) != held[0] || a.text(1) != held[1] {
		t.Error("clients whose refresh failed hold another credential")
	}
	i.status.Store(0)
	for _, body := range []string{"", "secret", `{"access_token":"x"}`, `{"expires_in":5}`, `{"access_token":"x","expires_in":0}`, `{"access_token":"x","expires_in":"5"}`} {
		i.body.Store(body)
		if err := a.Refresh(t.Context(), 0); err == nil || strings.Contains(err.Error(), "secret") || a.text(0) != held[0] {
			t.Errorf("%s: %v", body, err)
		}
	}
	i.status.Store(http.StatusUnauthorized)
	a.Reset()
	live(t, a, 1, nil, func() bool { return taken(t, a).Refused == 2 })
	asked := i.given.Load()
	a.Live(t.Context(), 1, nil) // nobody is left: it ends by itself
	if err := a.Prepare(t.Context(), time.Hour, nil); err != nil || i.given.Load() != asked || a.text(0) != held[0] {
		t.Errorf("clients that the issuer does not know ask again: %v", err)
	}
	if got := taken(t, a); got.Refused != 2 || got.Failed != 0 || got.Late != 0 {
		t.Errorf("%+v", got)
	}
}

// TestIssuerThatIsAway: what ends while the issuer does not answer ended by the issuer's fault,
// also where clients found that out before anything was counted. They hold it until the issuer
// is back.
func TestIssuerThatIsAway(t *testing.T) {
	i := newTokens(t, 100)
	a := i.agents(Policy{Lifetime: 100 * time.Second, Refresh: 80 * time.Second}, 3, 3)
	for index := range 3 {
		a.agents[index].held.Store(&held{[]byte("old"), time.Now().Add(-time.Second)})
	}
	i.status.Store(http.StatusInternalServerError)
	if err := a.Prepare(t.Context(), time.Second, nil); err != nil {
		t.Fatalf("clients that hold a credential go on: %v", err)
	}
	a.Begin()
	live(t, a, 1, nil, func() bool { return taken(t, a).Failed >= 3 })
	if got := taken(t, a); got.Late != 0 || got.Done != 0 || a.text(0) != "old" {
		t.Errorf("%+v, held %q", got, a.text(0))
	}
	i.status.Store(0)
	if err := a.Prepare(t.Context(), time.Second, nil); err != nil || a.text(0) == "old" {
		t.Errorf("held %q, %v", a.text(0), err)
	}
}

// TestLate: a refresh that begins after the credential has ended is the harness's fault, unless
// the one before failed.
func TestLate(t *testing.T) {
	i := newTokens(t, 100)
	a := i.agents(Policy{Refresh: time.Second}, 1, 1)
	a.Begin()
	for _, c := range []struct {
		since, expired time.Duration // before now
		failed         bool
		late           int64
	}{{time.Second, time.Second, false, 1}, {time.Second, time.Second, true, 0}, {time.Second, -time.Second, false, 0}, {0, time.Second, false, 0}} {
		a.Reset()
		a.agents[0].held.Store(&held{[]byte("x"), time.Now().Add(-c.expired)})
		a.agents[0].failing.Store(c.failed)
		a.live(t.Context(), refreshAt{0, time.Now().Add(-c.since)})
		if got := taken(t, a); got.Late != c.late || got.Done != 1 {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}

// TestPlan is the seed's: clients refresh first at any time of their period, and before what
// they hold ends.
func TestPlan(t *testing.T) {
	a := New(Spec{Policy: Policy{Lifetime: 110 * time.Second, Refresh: 100 * time.Second, Jitter: 0.2}, Count: 2000, Used: 2000})
	now := time.Unix(1_800_000_000, 0)
	a.agents[5].held.Store(&held{nil, now.Add(time.Second)})
	plan := func(seed uint64) schedule { return *a.plan(rand.New(rand.NewPCG(seed, 0)), now, nil) }
	one := plan(1)
	if !slices.Equal(one, plan(1)) || slices.Equal(one, plan(2)) {
		t.Error("the seed does not decide")
	}
	sum, early := time.Duration(0), 0
	for _, r := range one {
		if r.index == 5 {
			if want := now.Add(-4 * time.Second); !r.at.Equal(want) {
				t.Errorf("client 5 refreshes at %v, want %v", r.at, want)
			}
			continue
		}
		sum += r.at.Sub(now)
		if r.at.Before(now) || r.at.After(now.Add(100*time.Second)) {
			t.Errorf("client %d refreshes %v from now", r.index, r.at.Sub(now))
		}
		if r.at.Before(now.Add(10 * time.Second)) {
			early++
		}
	}
	// E(P²) ÷ 2 E(P) with P uniform from 80 s to 100 s: 45.2 s, with a deviation of 0.6 s.
	if mean := sum / time.Duration(len(one)-1); mean < 42*time.Second || mean > 48*time.Second || early < 150 {
		t.Errorf("mean %v, %d within the first tenth", mean, early)
	}
}

// TestAppendAllocatesNothing: the generator's thread reads what a client holds.
func TestAppendAllocatesNothing(t *testing.T) {
	a := New(Spec{Count: 1, Used: 1})
	a.agents[0].held.Store(&held{[]byte("Bearer x"), time.Now()})
	of, dst := a.Of(nil), make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() { dst = of.Append(dst[:0], bench.Valid, 0) }); n != 0 || string(dst) != "Bearer x" {
		t.Errorf("%v allocations, %q", n, dst)
	}
}

func BenchmarkAppend(b *testing.B) {
	a := New(Spec{Count: 1, Used: 1})
	a.agents[0].held.Store(&held{[]byte("Bearer " + strings.Repeat("x", 400)), time.Now()})
	of, dst := a.Of(nil), make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		dst = of.Append(dst[:0], bench.Valid, 0)
	}
}
