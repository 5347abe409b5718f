package gate

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"authbench/bench"
)

func TestJudge(t *testing.T) {
	quiet, slow := around(0, 40), around(0.05, 40)
	loud := normal(0, 0.4, FirstLook)
	for name, c := range map[string]struct {
		in   Input
		want Verdict
	}{
		"all pass":            {Input{Series: []Series{series("a", cpu, quiet), series("b", cpu, quiet)}}, Pass},
		"one fails":           {Input{Series: []Series{series("a", cpu, quiet), series("b", cpu, slow)}}, Fail},
		"one fails, one open": {Input{Series: []Series{series("a", cpu, quiet[:9]), series("b", cpu, slow)}}, Fail},
		"one open":            {Input{Series: []Series{series("a", cpu, quiet[:9]), series("b", cpu, quiet)}}, Open},
		"time is up":          {Input{Series: []Series{series("a", cpu, quiet[:9]), series("b", cpu, quiet)}, Ended: true}, Inconclusive},
		"one cell is noisy":   {Input{Series: []Series{series("a", cpu, quiet), series("a", MetricP99, loud)}}, Pass},
		"one arm is noisy":    {Input{Series: []Series{series("a", cpu, quiet), series("b", cpu, loud)}, Ended: true}, Inconclusive},
		"CPU is not judged":   {Input{Series: []Series{{Arm: "a", Metric: cpu, Withheld: "spoilt"}, series("a", MetricP99, quiet)}}, Inconclusive},
		"p99 is not judged":   {Input{Series: []Series{series("a", cpu, quiet), {Arm: "a", Metric: MetricP99, Withheld: "spoilt"}}}, Pass},
		"p99 is spoilt":       {Input{Series: []Series{series("a", cpu, quiet), {Arm: "a", Metric: MetricP99, Withheld: "lag", Spoilt: true}}}, Open},
		"p99 stays spoilt":    {Input{Series: []Series{series("a", cpu, quiet), {Arm: "a", Metric: MetricP99, Withheld: "lag", Spoilt: true}}, Ended: true}, Inconclusive},
		"an arm is missing":   {Input{Series: []Series{series("a", cpu, quiet)}, Sides: []Sides{{Arm: "a"}, {Arm: "b"}}}, Inconclusive},
		"nothing":             {Input{Ended: true}, Inconclusive},
		"an alarm at once": {Input{
			Series: []Series{series("a", cpu, nil)}, Sides: []Sides{{Arm: "a", Head: Side{FalseAccepts: 1, Requests: 10}}},
		}, Fail},
	} {
		r := Judge(c.in)
		if r.Verdict != c.want {
			t.Errorf("%s: %s, want %s", name, r.Verdict, c.want)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := Judge(Input{Series: []Series{series("a", cpu, quiet), series("b", cpu, quiet[:9]), series("b", "response_p50_us", quiet[:9])}})
	if got := r.Undecided(); !slices.Equal(got, []string{"b"}) {
		t.Errorf("undecided arms %v", got)
	}
	for want, s := range map[bool][]Series{true: {series("a", cpu, quiet)}, false: {series("a", cpu, quiet), series("a", MetricP99, loud)}} {
		if r := Judge(Input{Series: s}); r.AllPassed() != want || r.Verdict != Pass {
			t.Errorf("whole %v, want %v: %+v", r.AllPassed(), want, r)
		}
	}
}

// A head that answers far less than base, at a rate at which no latency can be judged, is
// not known.
func TestOverwhelmed(t *testing.T) {
	quiet := around(0, FirstLook)
	unjudged := Series{Arm: "a", Metric: MetricP50, Withheld: "too few"}
	for name, c := range map[string]struct {
		base, head float64
		latency    Series
		want       string
	}{
		"half of it":           {20_000, 10_000, unjudged, ""},
		"hardly any":           {20_000, 60, unjudged, "head answered 60 requests per second at most, base 20000"},
		"none":                 {20_000, 0, unjudged, "head answered 0 "},
		"more":                 {60, 20_000, unjudged, ""},
		"not calibrated":       {0, 0, unjudged, ""},
		"latencies are judged": {20_000, 60, series("a", MetricP50, quiet), ""},
		"those of another arm": {20_000, 60, Series{Arm: "b", Metric: MetricP50, Withheld: "too few"}, ""},
	} {
		s := Sides{Arm: "a", Base: Side{Capacity: c.base}, Head: Side{Capacity: c.head}}
		got := Judge(Input{Series: []Series{series("a", cpu, quiet), c.latency}, Sides: []Sides{s}}).Overwhelmed(s)
		if !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// One killed server may be an accident, two of whichever arms are none; head's own are
// not counted here.
func TestInterference(t *testing.T) {
	for _, c := range []struct {
		killed []int
		arm    string
	}{
		{[]int{0, 0}, ""}, {[]int{1, 0}, ""}, {[]int{2, 0}, "arm0"}, {[]int{1, 1}, "arm0, arm1"},
	} {
		var in Input
		for i, n := range c.killed {
			in.Sides = append(in.Sides, Sides{Arm: fmt.Sprint("arm", i), Base: Side{Killed: n}, Head: Side{Killed: 3}})
		}
		r := Judge(in)
		if c.arm == "" && len(r.Alarms) > 0 || c.arm != "" && (len(r.Alarms) != 1 || r.Alarms[0].Code != CodeInterference || r.Alarms[0].Arm != c.arm || r.Verdict != Fail) {
			t.Errorf("%v: %+v", c.killed, r)
		}
	}
}

func TestSettle(t *testing.T) {
	doubt := []bench.Warning{{Code: "throttled", Level: bench.Void}}
	for name, c := range map[string]struct {
		d    Document
		want Verdict
	}{
		"as the cells say":   {Document{Report: Report{Verdict: Pass, Cells: []Cell{{}}}}, Pass},
		"void":               {Document{Report: Report{Verdict: Fail, Cells: []Cell{{}}}, Warnings: doubt}, Invalid},
		"suspicious only":    {Document{Report: Report{Verdict: Pass, Cells: []Cell{{}}}, Warnings: []bench.Warning{{Level: bench.Suspicious}}}, Pass},
		"an alarm outweighs": {Document{Report: Report{Verdict: Open, Alarms: []Alarm{{}}}, Warnings: doubt}, Fail},
		"head's arms alone":  {Document{Report: Report{Verdict: Inconclusive}, Added: []Added{{}}}, Inconclusive},
		"no cell":            {Document{Report: Report{Verdict: Pass}}, Inconclusive},
		"an unproven arm":    {Document{Report: Report{Verdict: Pass, Cells: []Cell{{}}}, Unproven: []Unproven{{}}}, Inconclusive},
		"unproven and slow":  {Document{Report: Report{Verdict: Fail, Cells: []Cell{{}}}, Unproven: []Unproven{{}}}, Fail},
		"proven":             {Document{Report: Report{Verdict: Pass, Cells: []Cell{{}}}}, Pass},
		"some are head's":    {Document{Report: Report{Verdict: Inconclusive, Cells: []Cell{{}}}, Added: []Added{{}}}, Inconclusive},
	} {
		if c.d.Conclude(); c.d.Verdict != c.want {
			t.Errorf("%s: %s, want %s", name, c.d.Verdict, c.want)
		}
	}
}

func TestAlarms(t *testing.T) {
	failures := func(ids ...string) *bench.Conformance {
		c := &bench.Conformance{Passed: 90, Failed: len(ids)}
		for _, id := range ids {
			c.Failures = append(c.Failures, bench.CaseFailure{ID: id, Title: "a case"})
		}
		return c
	}
	fine := Side{Requests: 100_000, Conformance: failures("T-9")}
	for name, c := range map[string]struct {
		change func(base, head *Side)
		want   string
	}{
		"alike":                 {func(*Side, *Side) {}, ""},
		"a false accept":        {func(_, h *Side) { h.FalseAccepts = 1 }, CodeFalseAccepts},
		"both accept":           {func(b, h *Side) { b.FalseAccepts, h.FalseAccepts = 3, 9 }, ""},
		"head accepts far more": {func(b, h *Side) { b.FalseAccepts, h.FalseAccepts = 3, 90 }, CodeFalseAccepts},
		"fails by worse": {func(b, h *Side) {
			b.Conformance, h.Conformance = failures("T-9"), failures("T-9")
			h.Conformance.Failures[0].Proven = []string{"false accept"}
		}, CodeConformance},
		"fails in one more sub-case": {func(b, h *Side) {
			b.Conformance, h.Conformance = failures("T-9"), failures("T-9")
			b.Conformance.Failures[0].Proven = []string{"false accept (sub-case 1)"}
			h.Conformance.Failures[0].Proven = []string{"false accept (sub-case 1)", "false accept (sub-case 2)"}
		}, CodeConformance},
		"fails by less": {func(b, h *Side) {
			b.Conformance, h.Conformance = failures("T-9"), failures("T-9")
			b.Conformance.Failures[0].Proven = []string{"false accept"}
		}, ""},
		"base accepted":         {func(b, _ *Side) { b.FalseAccepts = 3 }, ""},
		"a new failure":         {func(_, h *Side) { h.Conformance = failures("T-9", "T-1") }, CodeConformance},
		"a failure less":        {func(_, h *Side) { h.Conformance = failures() }, ""},
		"base was not examined": {func(b, h *Side) { b.Conformance, h.Conformance = nil, failures("T-1") }, ""},
		"a failing request":     {func(_, h *Side) { h.Failures = 1 }, ""},
		"many failing requests": {func(_, h *Side) { h.Failures = 100 }, CodeFailures},
		"both fail as often":    {func(b, h *Side) { b.Failures, h.Failures = 90, 110 }, ""},
		"base fails more":       {func(b, _ *Side) { b.Failures = 100 }, ""},
		"head died":             {func(_, h *Side) { h.Lost = "exit status 2" }, CodeLost},
		"both died":             {func(b, h *Side) { b.Lost, h.Lost = "x", "y" }, ""},
	} {
		s := Sides{Arm: "a", Base: fine, Head: fine}
		c.change(&s.Base, &s.Head)
		var got []string
		for _, a := range alarms(s, 3) {
			got = append(got, a.Code)
			if a.Arm != "a" || a.Text == "" {
				t.Errorf("%s: %+v", name, a)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}

// Swapping base and head turns a failure into a pass and never one into another; the
// unit of a metric does not matter, since only ratios flow in.
func TestSwap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		centre := rapid.Float64Range(-0.08, 0.08).Draw(t, "centre")
		spread := rapid.Float64Range(0.001, 0.03).Draw(t, "spread")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		x, mirrored := make([]float64, LastLook), make([]float64, LastLook)
		for i := range x {
			x[i] = centre + spread*random.NormFloat64()
			mirrored[i] = -x[i]
		}
		forth := judge(x, 9, false)
		back := judge(mirrored, 9, false)
		if forth.Verdict == Fail && back.Verdict == Fail {
			t.Fatalf("%v fails both ways", x)
		}
		if forth.Verdict == Fail && back.Verdict != Pass {
			t.Fatalf("fails, and the reverse is %s", back.Verdict)
		}
	})
}

// More launches never open what was decided.
func TestDecisionsAreFinal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-0.1, 0.1), 10, LastLook).Draw(t, "x")
		var decided Cell
		for n := range len(x) + 1 {
			c := judge(x[:n], 9, false)
			if decided.Verdict != "" && (c.Verdict != decided.Verdict || c.Launches != decided.Launches) {
				t.Fatalf("%d launches: %+v, was %+v", n, c, decided)
			}
			if c.Verdict != Open {
				decided = c
			}
		}
	})
}
