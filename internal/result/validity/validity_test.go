package validity

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"authbench/bench"
	"authbench/internal/result/hist"
)

const (
	launches = 10
	rounds   = 8
)

// good is a run with nothing to find: two arms, a closed and an open load.
func good() (bench.Header, []bench.Launch, []bench.Slice) {
	var h bench.Header
	h.Scenario.Baseline = "none"
	h.Scenario.Arms = []bench.Arm{{Name: "none"}, {Name: "jwt"}}
	h.Host.GeneratorCPUs = []int{2, 3}
	var ls []bench.Launch
	var taken []bench.Slice
	for launch := range launches + 1 { // the first is the calibration
		ls = append(ls, bench.Launch{Launch: launch, Noise: bench.Noise{Steal: 0.005}})
		for round := range rounds {
			for _, load := range []string{"closed", "open"} {
				for _, arm := range h.Scenario.Arms {
					taken = append(taken, goodSlice(arm.Name, load, launch, round))
				}
			}
		}
	}
	return h, ls, taken
}

func goodSlice(arm, load string, launch, round int) bench.Slice {
	s := bench.Slice{
		Arm: arm, Load: load, Launch: launch, Round: round, Attempt: 1, Counts: launch > 0, Connections: 64,
		Measured: 1e8, Completed: 1000, Answered: 1000,
		GeneratorCPU: 2e8, GeneratorSpin: 1e8, // two CPUs, half of their time polling
	}
	if load == "open" {
		s.Scheduled, s.Sent = 1000, 1000
	} else {
		s.GeneratorSpin = 0 // a closed load keeps the generator as busy as it can be
	}
	return s
}

// found is a warning's identity.
func found(warnings []bench.Warning) []string {
	var out []string
	for _, w := range warnings {
		out = append(out, fmt.Sprintf("%s %s %s %s", w.Code, w.Level, w.Arm, w.Load))
	}
	slices.Sort(out)
	return out
}

func TestSilentOnAGoodRun(t *testing.T) {
	h, ls, taken := good()
	if got := Run(h, ls, taken); len(got) != 0 {
		t.Errorf("a good run has warnings: %v", got)
	}
	for _, s := range taken {
		if got := Slice(s); got != nil {
			t.Fatalf("a good slice is invalid: %v", got)
		}
	}
}

// Each case changes the slices or launches of a good run, and says all that is to
// be found then.
func TestChecks(t *testing.T) {
	for _, c := range []struct {
		name   string
		launch func(*bench.Launch)
		slice  func(*bench.Slice)
		want   []string
	}{
		{name: "steal just below", launch: func(l *bench.Launch) { l.Noise.Steal = 0.01 }},
		{name: "steal", launch: func(l *bench.Launch) { l.Noise.Steal = 0.011 }, want: []string{"steal suspicious  "}},
		{name: "much steal", launch: func(l *bench.Launch) { l.Noise.Steal = 0.11 }, want: []string{"steal void  "}},
		{name: "throttled", launch: func(l *bench.Launch) { l.Noise.Throttled = 1 }, want: []string{"throttled void  "}},
		{name: "pressure just below", launch: func(l *bench.Launch) { l.Noise.Pressure = 0.25 }},
		{name: "pressure", launch: func(l *bench.Launch) { l.Noise.Pressure = 1 }, want: []string{"cpu_pressure suspicious  "}},
		{name: "two sends in a thousand late", slice: on("jwt", "open", func(s *bench.Slice) { s.LateSends = 2 })},
		{name: "late sends", slice: on("jwt", "open", func(s *bench.Slice) { s.LateSends = 3 }), want: []string{"late_sends suspicious jwt open"}},
		{name: "late sends of bad clients only", slice: on("jwt", "open", func(s *bench.Slice) {
			h := hist.New()
			h.Record(1000)
			s.LateSends, s.Refused.Response = 21, encoded(h)
		})},
		{name: "many late sends", slice: on("jwt", "open", func(s *bench.Slice) { s.LateSends = 21 }), want: []string{"late_sends void jwt open"}},
		{name: "damaged histogram", slice: on("jwt", "open", func(s *bench.Slice) { s.Refused.Response = "garbage" }), want: []string{"damaged void jwt open"}},
		{name: "one request not sent", slice: on("jwt", "open", func(s *bench.Slice) { s.Sent-- }), want: []string{"delivered suspicious jwt open"}},
		{name: "clipped", slice: on("jwt", "open", func(s *bench.Slice) { s.Clipped = 1 }), want: []string{"clipped void jwt open"}},
		{name: "busy generator, just below", slice: on("jwt", "open", func(s *bench.Slice) { s.GeneratorSpin = 6e7 })},
		{name: "busy generator", slice: on("jwt", "open", func(s *bench.Slice) { s.GeneratorSpin = 5.9e7 }), want: []string{"generator_cpu suspicious jwt open"}},
		{name: "saturated generator", slice: on("jwt", "open", func(s *bench.Slice) { s.GeneratorSpin = 2.9e7 }), want: []string{"generator_cpu void jwt open"}},
		{name: "one error in a thousand", slice: on("jwt", "open", func(s *bench.Slice) { s.Errors = map[string]int64{"reset": 1} })},
		{name: "many errors", slice: on("jwt", "open", func(s *bench.Slice) { s.Errors = map[string]int64{"reset": 2, "timeout": 2} }), want: []string{"failures void jwt "}},
		{name: "few refusals", slice: on("jwt", "open", func(s *bench.Slice) { s.WrongVerdicts = 1 }), want: []string{"wrong_verdicts suspicious jwt "}},
		{name: "many refusals", slice: on("jwt", "open", func(s *bench.Slice) { s.WrongVerdicts = 5 }), want: []string{"failures void jwt "}},
		{name: "false accepts", slice: on("jwt", "open", func(s *bench.Slice) { s.WrongVerdicts, s.FalseAccepts = 1, 1 }), want: []string{"false_accepts void jwt "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, ls, taken := good()
			if c.launch != nil {
				c.launch(&ls[3])
			}
			for i := range taken {
				if c.slice != nil {
					c.slice(&taken[i])
				}
			}
			warnings := Run(h, ls, taken)
			if got := found(warnings); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
			for _, w := range warnings {
				if w.Text == "" {
					t.Errorf("%s says nothing", w.Code)
				}
			}
		})
	}
}

// on applies a change to one arm's slices under one load.
func on(arm, load string, change func(*bench.Slice)) func(*bench.Slice) {
	return func(s *bench.Slice) {
		if s.Arm == arm && s.Load == load {
			change(s)
		}
	}
}

func TestSlice(t *testing.T) {
	for _, c := range []struct {
		name                         string
		scheduled, sent, connections int64
		timeouts                     int64
		want                         string
	}{
		{"closed load", 0, 0, 32, 0, ""},
		{"all sent", 1000, 1000, 64, 0, ""},
		{"99 % sent", 1000, 990, 64, 0, ""},
		{"less than 99 % sent", 1000, 989, 64, 0, CodeDelivered},
		{"some unanswered", 1000, 900, 64, 3, CodeDelivered},
		{"every connection held by the server", 1000, 900, 64, 64, ""},
	} {
		s := bench.Slice{Scheduled: c.scheduled, Sent: c.sent, Connections: int(c.connections)}
		if c.timeouts > 0 {
			s.Errors = map[string]int64{"timeout": c.timeouts}
		}
		if got := strings.Join(Slice(s), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What the server did never repeats a measurement.
func TestOutcomesAreNotRepeated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1000)
		s := goodSlice("jwt", "open", 1, 1)
		s.WrongVerdicts, s.FalseAccepts, s.Clipped = n.Draw(t, "wrong"), n.Draw(t, "accepts"), n.Draw(t, "clipped")
		s.Errors = map[string]int64{"timeout": n.Draw(t, "timeouts")}
		s.ServerCPU, s.ServerTail, s.Answered, s.Completed = n.Draw(t, "cpu"), n.Draw(t, "tail"), n.Draw(t, "answered"), n.Draw(t, "completed")
		if got := Slice(s); got != nil {
			t.Fatalf("%+v is invalid: %v", s, got)
		}
	})
}

func TestInvalidPairs(t *testing.T) {
	for _, c := range []struct {
		name            string
		jwt, none, both int // slices made invalid, of 160 pairs
		want            []string
	}{
		{"5 %", 8, 0, 0, nil},
		{"more", 0, 0, 9, []string{"invalid_pairs void  "}},
		{"a baseline's slice spoils its pair", 4, 5, 0, []string{"invalid_pairs void  "}},
		{"unequal: 14 of 160 and none", 14, 0, 0, []string{"invalid_pairs void  ", "unequal_invalidity void  "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, ls, taken := good()
			pair := map[string]int{}
			for i := range taken {
				s := &taken[i]
				if s.Launch == 0 {
					continue
				}
				k := pair[s.Arm]
				pair[s.Arm]++
				if k < c.both || s.Arm == "jwt" && k < c.jwt || s.Arm == "none" && k >= 100 && k < 100+c.none {
					s.Invalid, s.Counts = []string{CodeDelivered}, false
				}
			}
			if got := found(Run(h, ls, taken)); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// A run of one arm has no pairs; its slices are judged alone.
func TestInvalidPairsOfOneArm(t *testing.T) {
	h, ls, taken := good()
	h.Scenario.Arms = h.Scenario.Arms[:1]
	taken = slices.DeleteFunc(taken, func(s bench.Slice) bool { return s.Arm != "none" })
	for i := range taken {
		taken[i].Invalid = []string{CodeDelivered}
	}
	if got := found(Run(h, ls, taken)); !slices.Equal(got, []string{"invalid_pairs void  "}) {
		t.Errorf("found %q", got)
	}
}

// Ten noisy launches are one warning, which shows the worst; each launch by
// itself warns at once.
func TestWorstLaunch(t *testing.T) {
	h, ls, taken := good()
	for i := range ls {
		ls[i].Noise.Steal = 0.02 + 0.001*float64(i%7)
	}
	got := Run(h, ls, taken)
	if len(got) != 1 || got[0].Launch != 6 || !strings.Contains(got[0].Text, "in 10 of 10 launches, worst in launch 6: the hypervisor took 2.6 %") {
		t.Errorf("got %v", got)
	}
	one := Launch(ls[4], taken)
	if len(one) != 1 || one[0].Code != CodeSteal || one[0].Launch != 4 {
		t.Errorf("launch 4: %v", one)
	}
}

// A hole found while calibrating is a hole; other trouble of that launch is not
// the run's.
func TestCalibration(t *testing.T) {
	h, ls, taken := good()
	ls[0].Noise.Throttled = 1
	for i := range taken {
		if s := &taken[i]; s.Launch == 0 {
			s.Errors = map[string]int64{"reset": 1000}
			if s.Arm == "jwt" {
				s.FalseAccepts = 1
			}
		}
	}
	if got := found(Run(h, ls, taken)); !slices.Equal(got, []string{"false_accepts void jwt "}) {
		t.Errorf("found %q", got)
	}
}

// Folding hides nothing: what was found of an arm under a load is one warning of
// at least that level, unless that load's latencies are void for another reason.
func TestFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(rapid.Custom(func(t *rapid.T) finding {
			return finding{bench.Warning{
				Code:   rapid.SampledFrom([]string{CodeLag, CodeSteal}).Draw(t, "code"),
				Level:  rapid.SampledFrom([]bench.Level{bench.Suspicious, bench.Void}).Draw(t, "level"),
				Arm:    rapid.SampledFrom([]string{"", "none", "jwt"}).Draw(t, "arm"),
				Load:   rapid.SampledFrom([]string{"", "open"}).Draw(t, "load"),
				Launch: rapid.IntRange(0, 3).Draw(t, "launch"),
				Text:   "text",
			}, rapid.Float64().Draw(t, "size")}
		})).Draw(t, "findings")
		got := fold(all, 3)
		count := func(like func(bench.Warning) bool) (n int) {
			for _, w := range got {
				if like(w) {
					n++
				}
			}
			return n
		}
		for _, f := range all {
			same := count(func(w bench.Warning) bool { return w.Code == f.Code && w.Arm == f.Arm && w.Load == f.Load })
			void := count(func(w bench.Warning) bool { return w.Level == bench.Void && w.Arm == f.Arm && w.Load == f.Load })
			hidden := same == 0 && f.Load != "" && void > 0
			if same != 1 && !hidden || f.Level == bench.Void && void == 0 {
				t.Fatalf("%d warnings like %+v, %d void: %+v", same, f, void, got)
			}
		}
		for _, w := range got {
			if !strings.Contains(w.Text, "text") {
				t.Fatalf("%+v does not say what was found", w)
			}
		}
	})
}
