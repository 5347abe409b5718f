package load

import (
	"math"
	"testing"
	"time"

	"authbench/bench"
)

const (
	// The server takes 8 µs for each of 100,000 requests per second (M/D/1, ρ = 0.8).
	queueService = int64(8 * time.Microsecond)
	queueRate    = 100_000
	queueLength  = 20 * time.Second
	queueNoise   = 0.03
)

// queueTimes has requests come that were dealt to machines, whose requests are late by so many
// nanoseconds, and returns the p99 of the times until they are served, ns.
func queueTimes(parts [][]int64, late []int64) float64 {
	const step, steps = 100, 1 << 20 // of 100 ns, up to 0.1 s
	counts, all, free := make([]int, steps), 0, int64(math.MinInt64)
	for at := make([]int, len(parts)); ; all++ {
		next, came := -1, int64(math.MaxInt64)
		for k, own := range parts {
			if at[k] < len(own) && own[at[k]]+late[k] < came {
				next, came = k, own[at[k]]+late[k]
			}
		}
		if next < 0 {
			break
		}
		at[next]++
		free = max(free, came) + queueService
		counts[min(steps-1, (free-came)/step)]++
	}
	for i, above := 0, all; ; i++ {
		if above -= counts[i]; above <= all/100 {
			return float64(i * step)
		}
	}
}

// dealt are the arrivals of a Poisson load, by the machine that sends them.
func dealt(machines int, hashed bool) [][]int64 {
	s := Slice{Arrivals: bench.Poisson, Rate: queueRate, Seed: 5, Measure: queueLength, Part: Part{0, machines}}
	deal := newDeal(s, 0, 1)
	deal.hashed = hashed
	s.Part = Part{}
	out := make([][]int64, machines)
	for all := newScript(nil, s, 0, 1, 0); ; {
		index, at := all.next()
		if at == never {
			return out
		}
		k := deal.part(index)
		out[k] = append(out[k], at)
	}
}

// What a queue does does not depend on the clocks of the machines that load it, nor on the ways
// there, as long as their parts are dealt by a hash: with clocks that nobody corrects, and ways that
// take 5 ms for some and 1 ms for others, the server's p99 is that of a single machine.
func TestAQueueDoesNotSeeTheClocks(t *testing.T) {
	const machines = 10
	late := func(clock time.Duration, ways ...time.Duration) []int64 {
		out := make([]int64, machines)
		for k := range out {
			out[k] = int64(clock)*int64((k*k*37)%101-50)/50 + int64(ways[k%len(ways)]) // spread unevenly
		}
		return out
	}
	hashed := dealt(machines, true)
	truth := queueTimes(hashed, late(0, 0))
	if want := 91e3; math.Abs(truth/want-1) > queueNoise {
		t.Fatalf("on one clock the p99 is %v ns, in theory some %v", truth, want)
	}
	for _, c := range []struct {
		name string
		late []int64
	}{
		{"clocks within 100 µs", late(100*time.Microsecond, 0)},
		{"clocks within 10 ms", late(10*time.Millisecond, 0)},
		{"ways of 5 and 1 ms", late(0, 5*time.Millisecond, time.Millisecond)},
		{"clocks within 10 ms, ways of 5 and 1 ms", late(10*time.Millisecond, 5*time.Millisecond, time.Millisecond)},
	} {
		got := queueTimes(hashed, c.late)
		t.Logf("%s: p99 %v ns, %+.1f %%", c.name, got, 100*(got/truth-1))
		if math.Abs(got/truth-1) > queueNoise {
			t.Errorf("%s: the p99 is %v ns instead of %v", c.name, got, truth)
		}
	}
	if got := queueTimes(dealt(machines, false), late(4*time.Millisecond, 0)); got > 0.6*truth {
		t.Errorf("dealt in turn, the p99 is %v ns: the simulation does not see what a hash is for", got)
	}
}
