// Package clock finds out what another machine's clock shows, and how wrong that may be.
//
// What flows in are probes: four times each, two of either clock. What flows out is an
// [Estimate] of the other clock's offset and rate, with a bound of its error.
//
//  1. A message takes at least no time. So the other clock is ahead by at most T2 − T1 (what a
//     question shows) and by at least T3 − T4 (what an answer shows): a probe is an interval,
//     as wide as its round trip.
//  2. The probes of the last [Window] are kept, and of each earlier one the probe with the
//     least round trip.
//  3. A clock that runs evenly is a line over time. Lines that pass through all intervals,
//     and are no steeper than [MaxRate], are possible. At any time the possible lines span a
//     range; its middle is the estimate, and half of it the bound.
//
// The bound holds whatever the path does: it is at most half of the least round trip. What is
// left within it is half of the difference between the ways there and back, which no exchange
// of messages shows (RFC 956, section 2). Where no line is left, one of the clocks has been set, or has
// stood still.
package clock

import (
	"errors"
	"math"
	"time"
)

const (
	// Window is how long every probe counts; afterwards one of each.
	Window = 10 * time.Second
	// MaxRate is how much the rates of two clocks may differ: what Linux lets NTP do to one
	// (adjtimex(2): 500 parts per million).
	MaxRate = 500e-6
	// mostWindows bounds the memory: 40 minutes, and older ones say nothing new.
	mostWindows = 240
)

// ErrStepped says that no clock that runs evenly fits the probes.
var ErrStepped = errors.New("the clocks do not run evenly: one of them was set, or the machine was suspended")

// Probe has the times of one exchange: T1 and T4 when the question left and the answer came,
// on the own clock; T2 and T3 when the question came and the answer left, on the other.
type Probe struct{ T1, T2, T3, T4 int64 }

// RoundTrip is how long the messages were under way, in nanoseconds.
func (p Probe) RoundTrip() int64 { return (p.T4 - p.T1) - (p.T3 - p.T2) }

// Estimate is what is known of the other clock at a time.
type Estimate struct {
	// OffsetNanos is what to add to the own clock, BoundNanos how wrong that may be.
	OffsetNanos, BoundNanos int64
	// Rate is how much faster the other clock runs: 20e-6 for 20 µs a second.
	Rate float64
	// Probes is how many there were.
	Probes int
}

// Clock collects probes. Its zero value has none.
type Clock struct {
	// recent are the probes of the last window, best the best one of each window before.
	recent, best []Probe
	probes       int
}

// Add takes a probe. Probes come in the order of their T4; one that cannot be is refused.
func (c *Clock) Add(p Probe) error {
	if p.T4 < p.T1 || p.T3 < p.T2 || p.RoundTrip() < 0 {
		return errors.New("a probe whose answer came before its question")
	}
	c.probes++
	old := 0
	for old < len(c.recent) && p.T4-c.recent[old].T4 > int64(Window) {
		c.keep(c.recent[old])
		old++
	}
	c.recent = append(c.recent[old:], p)
	return nil
}

// Known reports whether there has been a probe.
func (c *Clock) Known() bool { return c.probes > 0 }

// keep takes what has left the last window.
func (c *Clock) keep(p Probe) {
	n := len(c.best)
	if n > 0 && c.best[n-1].T4/int64(Window) == p.T4/int64(Window) {
		if p.RoundTrip() < c.best[n-1].RoundTrip() {
			c.best[n-1] = p
		}
		return
	}
	if n == mostWindows {
		c.best = c.best[1:]
	}
	c.best = append(c.best, p)
}

// At returns what is known at a time of the own clock.
func (c *Clock) At(now int64) (Estimate, error) {
	if !c.Known() {
		return Estimate{}, errors.New("there has been no probe")
	}
	// Offsets are of clocks that began at any time. What follows is relative to the latest
	// probe and to now, so that a float64 holds it to the nanosecond.
	latest := c.recent[len(c.recent)-1]
	base := latest.T2 - latest.T1
	var lines strip
	for _, kept := range [][]Probe{c.best, c.recent} {
		for _, p := range kept {
			lines.upper = append(lines.upper, point{float64(p.T1 - now), float64(p.T2 - p.T1 - base)})
			lines.lower = append(lines.lower, point{float64(p.T4 - now), float64(p.T3 - p.T4 - base)})
		}
	}
	low, high, rate, ok := lines.range0()
	if !ok {
		return Estimate{}, ErrStepped
	}
	return Estimate{
		OffsetNanos: base + int64(math.Round((low+high)/2)), BoundNanos: int64(math.Ceil((high-low)/2)) + 1,
		Rate: rate, Probes: c.probes,
	}, nil
}

type point struct{ x, y float64 }

// strip is the lines a + b·x that pass below all upper and above all lower points.
type strip struct{ upper, lower []point }

// ceiling is the largest a with the slope b, which is concave in b; floor is the smallest.
func (s strip) ceiling(b float64) float64 {
	a := math.Inf(1)
	for _, p := range s.upper {
		a = min(a, p.y-b*p.x)
	}
	return a
}

func (s strip) floor(b float64) float64 {
	a := math.Inf(-1)
	for _, p := range s.lower {
		a = max(a, p.y-b*p.x)
	}
	return a
}

// range0 is between which values the lines are at x = 0, and the slope of the middle one. ok
// says that there is a line.
func (s strip) range0() (low, high, slope float64, ok bool) {
	gap := func(b float64) float64 { return s.ceiling(b) - s.floor(b) }
	widest := highest(gap, -MaxRate, MaxRate)
	if gap(widest) < 0 {
		return 0, 0, 0, false
	}
	from, to := edge(gap, widest, -MaxRate), edge(gap, widest, MaxRate)
	high = s.ceiling(highest(s.ceiling, from, to))
	low = s.floor(highest(func(b float64) float64 { return -s.floor(b) }, from, to))
	return low, high, (from + to) / 2, true
}

// steps halve an interval of slopes, or leave two thirds of it, until what is left makes less
// than a nanosecond in an hour.
const steps = 64

// highest is where a concave function has its maximum.
func highest(f func(float64) float64, from, to float64) float64 {
	for range steps {
		third := (to - from) / 3
		if f(from+third) < f(to-third) {
			from += third
		} else {
			to -= third
		}
	}
	return (from + to) / 2
}

// edge is how far from a place where a concave function is not negative it stays so.
func edge(f func(float64) float64, inside, outside float64) float64 {
	if f(outside) >= 0 {
		return outside
	}
	for range steps {
		if middle := (inside + outside) / 2; f(middle) >= 0 {
			inside = middle
		} else {
			outside = middle
		}
	}
	return inside
}
