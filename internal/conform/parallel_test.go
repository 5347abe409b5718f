package conform

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/method/all"
)

func TestInParallel(t *testing.T) {
	var ran atomic.Int64
	all := make(chan bool)
	err := InParallel(t.Context(), maxParallel(), func(context.Context, int) error {
		if ran.Add(1) == int64(maxParallel()) {
			close(all)
		}
		<-all // which comes when every one of them runs
		return nil
	})
	if err != nil || ran.Load() != int64(maxParallel()) {
		t.Errorf("%d ran, %v", ran.Load(), err)
	}
	fault := errors.New("the third")
	err = InParallel(t.Context(), 1000, func(ctx context.Context, i int) error {
		if i == 3 {
			return fault
		}
		if i > 3 {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	if !errors.Is(err, fault) {
		t.Errorf("%v, want the first error", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := InParallel(ctx, 3, func(context.Context, int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v after the end of the context", err)
	}
}

// TestSlowestFirst: what takes long begins first, and others keep their order.
func TestSlowestFirst(t *testing.T) {
	w := NewHarness(all.Catalogue(), builtin(t), 1)
	var arms []bench.Arm
	for _, pairs := range [][]string{{"hash=sha256"}, {"hash=argon2id"}, {}, {"hash=bcrypt", "store=postgres"}} {
		m, err := bench.ParseMethod("apikey", pairs, all.Catalogue())
		if err != nil {
			t.Fatal(err)
		}
		arms = append(arms, bench.Arm{Method: m})
	}
	arms = append(arms, bench.Arm{Method: jwtMethod("ES256")})
	if got, want := w.SlowestFirst(arms), []int{1, 3, 0, 2, 4}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

// TestCPULock: metered work runs alone, except for work that only waits.
func TestCPULock(t *testing.T) {
	var f cpuLock
	var among, metered atomic.Int64
	var wait sync.WaitGroup
	for i := range 200 {
		m := []cpuMode{cpuShared, cpuShared, cpuExclusive, cpuUnlocked}[i%4]
		wait.Go(func() {
			defer f.acquire(m)()
			switch m {
			case cpuShared:
				among.Add(1)
				defer among.Add(-1)
				if metered.Load() != 0 {
					t.Error("something is metered meanwhile")
				}
			case cpuExclusive:
				metered.Add(1)
				defer metered.Add(-1)
				if among.Load() != 0 || metered.Load() != 1 {
					t.Error("something else goes on meanwhile")
				}
			}
			runtime.Gosched()
		})
	}
	wait.Wait()
	release := f.acquire(cpuExclusive)
	f.acquire(cpuUnlocked)() // does not wait
	release()
	(*cpuLock)(nil).acquire(cpuExclusive)()
}

// TestCPUModesOfCases: every case of the catalogue that meters, or keeps CPUs busy, runs
// alone, and no other does.
func TestCPUModesOfCases(t *testing.T) {
	c, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]cpuMode{
		"INJ-08": cpuExclusive, "DOS-02": cpuExclusive, "DOS-03": cpuExclusive, "DOS-07": cpuExclusive, "CACHE-07": cpuExclusive, "CACHE-08": cpuExclusive,
		"CACHE-05": cpuUnlocked,
	}
	for _, one := range c.Cases {
		for i := range one.subCases {
			if got := one.cpuMode(&one.subCases[i].recipe); got != want[one.ID] {
				t.Errorf("%s: %d, want %d", one.ID, got, want[one.ID])
			}
		}
	}
}

func TestEnough(t *testing.T) {
	for _, c := range []struct {
		sent  int
		since time.Duration
		want  bool
	}{
		{0, 0, false}, {0, paceAfter, false}, {slowSends - 1, paceAfter, false}, {slowSends, paceAfter - 1, false},
		{slowSends, paceAfter, true}, {slowBelow - 1, paceAfter, true}, {slowBelow, paceAfter, false}, {mediumSends - 1, paceAfter, false},
		{mediumSends, paceAfter, true}, {mediumBelow, paceAfter, false}, {slowSends - 1, fastPatience, true},
		{fastSends - 1, fastPatience, true}, {fastSends, fastPatience, false},
	} {
		if got := enough(c.sent, c.since); got != c.want {
			t.Errorf("%d sent in %v: %v", c.sent, c.since, got)
		}
	}
}

// TestParallelFindsTheSame: examined together, methods get the verdicts that they get
// one by one.
func TestParallelFindsTheSame(t *testing.T) {
	// A failure's text may hold what was measured: status and fault are compared.
	verdicts := func(s *Score) map[string]string {
		out := map[string]string{}
		for _, v := range s.Verdicts {
			out[v.Case.ID] = string(v.Status)
			for _, f := range v.Failures {
				out[v.Case.ID] += " " + string(f.Surface) + " " + f.SubCase + " " + string(f.Fault)
			}
		}
		return out
	}
	for _, params := range [][]string{{"alg=HS256", "policy=stock"}, {"alg=HS256"}, {"alg=Ed25519", "engine=lean"}, {"alg=Ed25519", "policy=stock"}, {"alg=ES256"}} {
		m, err := bench.ParseMethod("jwt", params, all.Catalogue())
		if err != nil {
			t.Fatal(err)
		}
		single, err := NewHarness(all.Catalogue(), builtin(t), 7).Score(t.Context(), m, Process, Wire)
		if err != nil {
			t.Fatal(err)
		}
		one, many := verdicts(single), verdicts(scoreOf(t, m))
		if len(one) != len(many) {
			t.Errorf("%s: %d cases alone, %d together", Name(m), len(one), len(many))
		}
		for id, want := range one {
			if many[id] != want {
				t.Errorf("%s, %s: %q together, %q alone", Name(m), id, many[id], want)
			}
		}
	}
}
