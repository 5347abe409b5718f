package analysis

import (
	"math"
	"testing"

	"authbench/bench"
	"authbench/internal/result"
)

// laddered is a run of four arms on a ladder, each with its method.
func laddered(t *testing.T) (synthetic, []bench.Ladder, map[string]string) {
	t.Helper()
	m := quick()
	m.arms = []truth{{"none", 10, 50}, {"carry-a", 10.5, 51}, {"parse-a", 16, 60}, {"whole-a", 40, 90}}
	return m, []bench.Ladder{{"none", "carry-a", "parse-a", "whole-a"}},
		map[string]string{"none": "none", "carry-a": "carry", "parse-a": "parse", "whole-a": "jwt"}
}

func TestLadder(t *testing.T) {
	m, ladders, methods := laddered(t)
	r := m.run(t)
	r.Header.Scenario.Ladders = ladders
	for i := range r.Header.Scenario.Arms {
		a := &r.Header.Scenario.Arms[i]
		a.Method.ID = methods[a.Name]
	}
	a, err := Analyze(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Summary.Ladders) != 1 {
		t.Fatalf("%d ladders", len(a.Summary.Ladders))
	}
	l := a.Summary.Ladders[0]
	if l.Arm != "whole-a" || l.Load != "closed" {
		t.Errorf("ladder of %s under %s", l.Arm, l.Load)
	}
	want := []struct {
		part   Part
		micros float64
	}{{PartServer, 10}, {PartTransport, 0.5}, {PartParsing, 5.5}, {PartVerification, 24}}
	for i, w := range want {
		s := l.Steps[i]
		if s.Part != w.part {
			t.Errorf("step %d is %s, want %s", i, s.Part, w.part)
		}
		if s.Micros.Lo == nil || *s.Micros.Lo > w.micros || *s.Micros.Hi < w.micros {
			t.Errorf("%s: %+v does not hold %v", s.Part, s.Micros, w.micros)
		}
	}
	// What the steps add up to is the whole.
	sum := 0.0
	for _, s := range l.Steps {
		sum += s.Micros.Value
	}
	if whole := a.Summary.Arms[3].Loads[0].Metrics["cpu_us_per_request"].Value; math.Abs(sum-whole) > 0.02*whole {
		t.Errorf("the steps add up to %v, the whole is %v", sum, whole)
	}
}

// TestLadderWithAHole: a step that must not be compared leaves no ladder.
func TestLadderWithAHole(t *testing.T) {
	m, ladders, _ := laddered(t)
	r := m.run(t)
	r.Header.Scenario.Ladders = ladders
	r.Header.Arms[2].Skipped = "not installed"
	hole(t, r, "parse-a is skipped")
}

// hole expects one ladder without steps, for a reason.
func hole(t *testing.T, r *result.Run, reason string) {
	t.Helper()
	a, err := Analyze(r)
	if err != nil {
		t.Fatal(err)
	}
	if l := a.Summary.Ladders; len(l) != 1 || len(l[0].Steps) != 0 || l[0].Missing != reason {
		t.Errorf("%+v; want none, because %s", l, reason)
	}
}

func TestLadderNeedsLaunches(t *testing.T) {
	m, ladders, _ := laddered(t)
	m.launches = 3
	r := m.run(t)
	r.Header.Scenario.Ladders = ladders
	hole(t, r, "needs 6 launches")
}

func TestPart(t *testing.T) {
	for _, c := range []struct {
		before, method string
		want           Part
	}{
		{"", "none", PartServer}, {"none", "carry", PartTransport}, {"carry", "parse", PartParsing},
		{"parse", "jwt", PartVerification}, {"carry", "apikey", PartVerification}, {"none", "apikey", PartVerification},
		{"jwt", "jwt", PartOther}, {"", "carry", PartServer},
	} {
		var before *bench.Facts
		if c.before != "" {
			f := factsOf(c.before)
			before = &f
		}
		if got := part(before, factsOf(c.method)); got != c.want {
			t.Errorf("%s after %q is %s, want %s", c.method, c.before, got, c.want)
		}
	}
}

// factsOf are those of a method with its defaults.
func factsOf(method string) bench.Facts {
	return result.FactsOf(bench.Header{}, bench.Arm{Method: bench.Method{ID: method}})
}
