package bench

import (
	"slices"
	"testing"
	"time"
)

// remembering is a scenario whose arms remember for different times, and what a plan is told of
// them.
func remembering(names ...string) (Scenario, map[string]time.Duration) {
	all := map[string]time.Duration{
		"none": 0, "brief": 15 * time.Millisecond, "half": 500 * time.Millisecond, "second": time.Second, "seven": 7 * time.Second,
		"at-most": longestMemory, "long": longestMemory + 1,
	}
	s := Scenario{Name: "s", Baseline: names[0], Protocol: Protocol{Launches: 8, Rounds: 3}}
	memory := map[string]time.Duration{}
	for _, name := range names {
		s.Arms = append(s.Arms, Arm{Name: name, Method: Method{ID: name}})
		memory[name] = all[name]
	}
	s.Loads = []Load{
		{Name: "closed", Kind: Closed}, {Name: "open", Kind: Open, Rate: 1000}, {Name: "sweep", Kind: Sweep, Fractions: []float64{0.2, 0.5}},
		{Name: "ramp", Kind: Ramped, Stages: []RampStage{{Duration(time.Second), 100}}},
	}
	return s.WithDefaults(catalogue{}), memory
}

// taking plays a plan in which each slice is good, unless spoilt says otherwise, and returns its
// visits with their steps.
func taking(t *testing.T, s Scenario, memory map[string]time.Duration, spoilt func(Step, Visit) bool) (steps []Step) {
	t.Helper()
	o := Outcomes{Memory: memory}
	for {
		step := Next(s, 1, o)
		if step.Kind == StepDone {
			return steps
		}
		if steps = append(steps, step); len(steps) > 10_000 {
			t.Fatal("the plan does not end")
		}
		if step.Kind == StepLaunch {
			if step.Launch == 1 {
				o.Calibrations = Calibrate(o.Last)
			}
			o.Launches, o.Last = o.Launches+1, nil
			continue
		}
		if len(step.Visits) == 0 {
			t.Fatalf("a round without visits: %+v", step)
		}
		for _, v := range step.Visits {
			one := Slice{
				Arm: v.Arm, Load: step.Load.Name, Launch: step.Launch, Round: step.Round, Attempt: step.Attempt,
				Measured: v.Measure.Nanoseconds(), Answered: int64(1e7 * v.Measure.Seconds()),
			}
			if spoilt(step, v) {
				one.Invalid = []string{"delivered"}
			}
			o.Last = append(o.Last, one)
		}
	}
}

func good(Step, Visit) bool { return false }

// The slices of an arm that remembers are joined to one, after a warm-up of what it remembers
// for, and measure whole lives of that; others, and other loads, are left alone.
func TestJoinedSlices(t *testing.T) {
	ms := time.Millisecond
	usual := map[string][]time.Duration{ // by load: the visits of an arm whose slices are not joined
		"closed": {100 * ms, 100 * ms, 100 * ms}, "open": {300 * ms, 300 * ms, 300 * ms}, "sweep": slices.Repeat([]time.Duration{100 * ms}, 6), "ramp": {time.Second},
	}
	for arm, joined := range map[string]map[string]time.Duration{
		"none": nil, "brief": nil, "long": nil,
		"half":    {"closed": 500 * ms, "open": time.Second},
		"second":  {"closed": time.Second, "open": time.Second},
		"seven":   {"closed": 7 * time.Second, "open": 7 * time.Second},
		"at-most": {"closed": longestMemory, "open": longestMemory},
	} {
		s, memory := remembering("none", arm)
		if arm == "none" { // a cache may be all that there is
			s, memory = remembering("half")
			arm, joined = "half", map[string]time.Duration{"closed": 500 * ms, "open": time.Second}
		}
		found, rounds := map[string]map[int][]Visit{}, map[int]bool{}
		for _, step := range taking(t, s, memory, good) {
			for _, v := range step.Visits {
				if step.Kind != StepRound || v.Arm != arm {
					continue
				}
				if step.Launch == 0 {
					if v.Warm != 0 || v.Measure != s.Slice.Std() {
						t.Errorf("%s: calibrated by %+v", arm, v)
					}
					continue
				}
				if found[step.Load.Name] == nil {
					found[step.Load.Name] = map[int][]Visit{}
				}
				found[step.Load.Name][step.Launch] = append(found[step.Load.Name][step.Launch], v)
				if v.Warm > 0 {
					rounds[step.Round] = true
				}
			}
		}
		for load, want := range usual {
			warm := time.Duration(0)
			if joined[load] > 0 {
				want, warm = []time.Duration{joined[load]}, memory[arm]
			}
			for launch := 1; launch <= s.Launches; launch++ {
				var measured []time.Duration
				for _, v := range found[load][launch] {
					measured = append(measured, v.Measure)
					if v.Warm != warm || (warm > 0) != (v.WarmSeed != 0) || v.WarmSeed == v.Seed {
						t.Errorf("%s, %s: %+v, want %v before it", arm, load, v, warm)
					}
				}
				if !slices.Equal(measured, want) && load != "sweep" || len(measured) != len(want) {
					t.Errorf("%s, %s, launch %d: measured %v, want %v", arm, load, launch, measured, want)
				}
			}
		}
		if len(joined) > 0 && len(rounds) < 2 {
			t.Errorf("%s: always visited in rounds %v", arm, rounds)
		}
	}
}

// What was spoilt is taken again with what it is compared with: a joined slice with the baseline,
// and not because the baseline was spoilt in another round.
func TestJoinedSlicesAreTakenAgain(t *testing.T) {
	for _, spoilt := range []string{"second", "none", "long"} {
		s, memory := remembering("none", "second", "long")
		var again []string
		for _, step := range taking(t, s, memory, func(step Step, v Visit) bool {
			return step.Launch == 1 && step.Attempt == 1 && step.Load.Name == "open" && v.Arm == spoilt
		}) {
			if step.Attempt == 2 {
				again = append(again, visited(step)...)
			}
		}
		want := map[string][]string{
			"second": {"none", "second"}, "none": {"none", "none", "none"}, "long": {"long", "none", "long", "none", "long", "none"},
		}[spoilt]
		if !slices.Equal(again, want) {
			t.Errorf("%s was spoilt: %v are taken again, want %v", spoilt, again, want)
		}
	}
}

// A gate's slices stay in pairs.
func TestPairsAreNotJoined(t *testing.T) {
	s, memory := remembering("second", "half")
	s.Loads, s.Pairs = s.Loads[1:2], []Pair{{Arm: "x", Base: "second", Head: "half"}}
	for _, step := range taking(t, s, memory, good) {
		if step.Kind == StepRound && (len(step.Visits) != 2 || step.Visits[0].Warm+step.Visits[1].Warm != 0) {
			t.Fatalf("%+v", step)
		}
	}
}

// The estimate counts the joined slices, and what goes before them.
func TestDurationOfJoinedSlices(t *testing.T) {
	for _, names := range [][]string{{"none"}, {"none", "second"}, {"none", "half", "seven", "long"}, {"at-most"}} {
		s, memory := remembering(names...)
		var want time.Duration
		visits := 0
		for _, step := range taking(t, s, memory, good) {
			if step.Kind == StepRound && step.Launch > 0 {
				visits += len(step.Visits)
			}
			for _, v := range step.Visits {
				if step.Kind == StepLaunch {
					want += startup + s.Warmup.Std()
					continue
				}
				want += v.Warm + v.Settle + v.Measure + betweenSlices
				if v.Warm > 0 {
					want += betweenSlices
				}
			}
		}
		got := s.Duration(func(m Method) Facts { return Facts{Memory: memory[m.ID].Nanoseconds()} })
		if (got - want).Abs() > time.Microsecond {
			t.Errorf("%v: about %v, and the plan's parts take %v", names, got, want)
		}
		if got := s.Launches * s.Visits(memory); got != visits {
			t.Errorf("%v: about %d visits, and the plan has %d", names, got, visits)
		}
	}
}

func TestMemoryOf(t *testing.T) {
	got := MemoryOf([]ArmInfo{{Name: "skipped"}, {Name: "none", Facts: &Facts{}}, {Name: "cached", Facts: &Facts{Memory: 5}}})
	if len(got) != 1 || got["cached"] != 5 {
		t.Errorf("%v", got)
	}
}
