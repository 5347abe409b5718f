package clock

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// other is another machine's clock, and the path to it.
type other struct {
	offset float64 // at 0, ns
	rate   float64
}

// shows is what it shows at a time of the own clock.
func (o other) shows(own float64) float64 { return own + o.offset + o.rate*own }

// probe is an exchange that begins at a time, with the delays of both ways in ns.
func (o other) probe(at, there, stay, back float64) Probe {
	return Probe{int64(at), int64(o.shows(at + there)), int64(o.shows(at + there + stay)), int64(at + there + stay + back)}
}

// Whatever the ways take, the error is within the bound, and the bound within half of the
// least round trip of the last window.
func TestErrorIsWithinBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := other{
			offset: float64(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "offset")),
			rate:   rapid.Float64Range(-MaxRate/2, MaxRate/2).Draw(t, "rate"),
		}
		least := [2]float64{rapid.Float64Range(1e3, 1e7).Draw(t, "there"), rapid.Float64Range(1e3, 1e7).Draw(t, "back")}
		extra := func() float64 { return math.Abs(rapid.Float64Range(0, 5e7).Draw(t, "extra")) }
		var c Clock
		at, shortest := 0.0, math.Inf(1)
		for i := range rapid.IntRange(1, 120).Draw(t, "probes") {
			there, back := least[0]+extra(), least[1]+extra()
			if err := c.Add(o.probe(at, there, 1e4, back)); err != nil {
				t.Fatal(err)
			}
			if shortest = min(shortest, there+back); i < 16 {
				at += 5e7
			} else {
				at += 1e9
			}
		}
		for _, later := range []float64{0, 1e9} {
			got, err := c.At(int64(at + later))
			if err != nil {
				t.Fatal(err)
			}
			wrong := float64(got.OffsetNanos) - (o.shows(at+later) - (at + later))
			if math.Abs(wrong) > float64(got.BoundNanos)+4 {
				t.Fatalf("wrong by %v ns, bound %v", wrong, got.BoundNanos)
			}
			if most := shortest/2 + 2*MaxRate*(Window.Seconds()*1e9+later) + 4; len(c.best) == 0 && float64(got.BoundNanos) > most {
				t.Fatalf("bound %v, want at most %v", got.BoundNanos, most)
			}
		}
	})
}

// The error is half the difference of the ways: 5 ms there and 1 ms back make 2 ms.
func TestAsymmetryStays(t *testing.T) {
	o := other{offset: 3e12}
	var c Clock
	for i := range 60 {
		if err := c.Add(o.probe(float64(i)*1e9, 5e6, 0, 1e6)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := c.At(60e9)
	if err != nil {
		t.Fatal(err)
	}
	if wrong := float64(got.OffsetNanos) - 3e12; math.Abs(wrong-2e6) > 0.3e6 || got.BoundNanos > 3.3e6 || got.Probes != 60 {
		t.Errorf("wrong by %v ns, %+v", wrong, got)
	}
}

// Over minutes the rate shows, and with it the offset between probes.
func TestRateShows(t *testing.T) {
	o := other{offset: -7e15, rate: 20e-6}
	var c Clock
	for i := range 300 {
		if err := c.Add(o.probe(float64(i)*1e9, 1e5+1e5*float64(i%7), 0, 1e5+1e5*float64(i%5))); err != nil {
			t.Fatal(err)
		}
	}
	got, err := c.At(300e9)
	if err != nil || math.Abs(got.Rate-20e-6) > 2e-6 || got.BoundNanos > 2e5 {
		t.Errorf("%+v, %v", got, err)
	}
	if len(c.recent)+len(c.best) > 11+30 {
		t.Errorf("%d and %d probes are kept", len(c.recent), len(c.best))
	}
}

// A clock that is set, and one that nobody asked, have no offset.
func TestNoEstimate(t *testing.T) {
	var c Clock
	if _, err := c.At(0); err == nil {
		t.Error("an estimate without a probe")
	}
	for i := range 20 {
		o := other{offset: 1e9}
		if i >= 10 {
			o.offset += 50e6
		}
		if err := c.Add(o.probe(float64(i)*1e9, 1e5, 0, 1e5)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := c.At(20e9); !errors.Is(err, ErrStepped) {
		t.Errorf("%+v, %v; want ErrStepped", got, err)
	}
	for _, p := range []Probe{{10, 0, 0, 9}, {0, 10, 9, 100}, {0, 0, 100, 99}} {
		if err := c.Add(p); err == nil {
			t.Errorf("%+v is taken", p)
		}
	}
}

// Memory does not grow with time.
func TestMemoryIsBounded(t *testing.T) {
	var c Clock
	for i := range int(2 * mostWindows * Window / time.Second) {
		if err := c.Add(other{offset: 5}.probe(float64(i)*1e9, 1e5, 0, 1e5)); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.best) != mostWindows || len(c.recent) > 11 {
		t.Errorf("%d and %d probes are kept", len(c.best), len(c.recent))
	}
}
