package runner

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
)

// timedOut is the outcome of a slice in which nothing was answered; it takes as long.
func timedOut(s load.Slice, timeout time.Duration) *load.Outcome {
	time.Sleep(s.Settle + s.Measure + timeout)
	out := outcome(s, 4, 0)
	out.Errors = map[string]int64{load.ErrorTimeout: 4}
	return out
}

// A server that stalls costs its arm, and no more time than one that is seen to stall:
// not the timeout at each of its slices. What was measured before is kept, and the
// other arms go on.
func TestStall(t *testing.T) {
	for name, c := range map[string]struct {
		timeout time.Duration
		from    int // the run of the client from which on it stalls
		want    string
	}{
		"calibrating":           {time.Second, 2, "it stalled: load calibration, launch 0, round 0: none of 8 requests was answered in 2."},
		"warming up":            {time.Second, 5, "it stalled: warm-up for load closed: none of 8 requests was answered in 2"},
		"measuring":             {time.Second, 7, "launch 1, round 0: none of 8 requests was answered in 2"},
		"a long timeout":        {time.Minute, 7, "launch 1, round 0: none of 4 requests was answered in 1m0"},
		"a timeout of a moment": {10 * time.Millisecond, 7, "launch 1, round 0: none of "},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, p := newWorld(), &recorder{}
				w.outcome = func(arm string, s load.Slice) *load.Outcome {
					if arm == "jwt" && w.runs[arm] >= c.from {
						return timedOut(s, c.timeout)
					}
					return outcome(s, 500, 500)
				}
				began := time.Now()
				if err := Run(t.Context(), config(w, p)); err != nil {
					t.Fatal(err)
				}
				checkNothingLeft(t, w)
				// Of the other arms there is the wait for a CPU clock that stands still.
				if took, bound := time.Since(began), stallTime+2*c.timeout+deathTime+5*time.Second; took > bound {
					t.Errorf("it took %v, more than %v", took, bound)
				}
				if len(p.warnings) != 1 || p.warnings[0].Arm != "jwt" || p.warnings[0].Level != bench.Void || !strings.Contains(p.warnings[0].Text, c.want) {
					t.Errorf("warnings %+v, want one that voids jwt with %q", p.warnings, c.want)
				}
				kept, last := 0, p.launches[len(p.launches)-1]
				for _, s := range p.slices {
					if s.Arm == "jwt" {
						kept++
					}
				}
				if c.from == 7 && kept != 4 || last.Launch != 3 || len(last.Arms) != 2 {
					t.Errorf("%d slices of jwt are kept; last launch %d has %d arms", kept, last.Launch, len(last.Arms))
				}
			})
		})
	}
}

// A stall in the first warm-up is the set-up's fault, and ends the run.
func TestStallAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := newWorld(), &recorder{}
		w.outcome = func(_ string, s load.Slice) *load.Outcome { return timedOut(s, time.Second) }
		err := Run(t.Context(), config(w, p))
		if err == nil || !strings.Contains(err.Error(), "it stalled: warm-up for load calibration: none of 8 requests was answered in 2") {
			t.Errorf("error %v", err)
		}
		checkNothingLeft(t, w)
	})
}

// A server that was frozen for less than the time of a stall stays, and what it missed
// is in the result.
func TestFrozenForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := newWorld(), &recorder{}
		w.outcome = func(arm string, s load.Slice) *load.Outcome {
			if n := w.runs[arm]; arm == "jwt" && (n == 7 || n == 8) {
				return timedOut(s, 100*time.Millisecond)
			}
			return outcome(s, 500, 500)
		}
		if err := Run(t.Context(), config(w, p)); err != nil {
			t.Fatal(err)
		}
		missed := 0
		for _, s := range p.slices {
			if s.Errors[load.ErrorTimeout] > 0 {
				missed++
			}
		}
		if len(p.warnings) > 0 || missed != 1 {
			t.Errorf("%d slices that timed out, warnings %+v; want one, and none", missed, p.warnings)
		}
	})
}

// hanging is an engine whose connections never stand.
type hanging struct{ *fakeEngine }

func (hanging) Dial(ctx context.Context, _ load.Endpoint) (load.Client, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestConnectionsThatNeverStand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := newWorld(), &recorder{}
		c := config(w, p)
		c.Engine = hanging{&fakeEngine{w, c.Arms}}
		began := time.Now()
		err := Run(t.Context(), c)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "connections did not stand within 30s") || time.Since(began) > connectTime {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		checkNothingLeft(t, w)
	})
}
