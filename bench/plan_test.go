package bench

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// scenarios draws scenarios with their defaults.
func scenarios() *rapid.Generator[Scenario] {
	return rapid.Custom(func(t *rapid.T) Scenario {
		s := Scenario{Name: "drawn"}
		for i := range rapid.IntRange(1, 5).Draw(t, "arms") {
			s.Arms = append(s.Arms, Arm{Name: fmt.Sprint("arm", i), Method: Method{ID: "none"}})
		}
		s.Baseline = rapid.SampledFrom(s.Arms).Draw(t, "baseline").Name
		s.Launches, s.Rounds = rapid.IntRange(1, 4).Draw(t, "launches"), rapid.IntRange(1, 4).Draw(t, "rounds")
		s.Loads = rapid.SliceOfNDistinct(rapid.SampledFrom([]Load{
			{Name: "closed", Kind: Closed}, {Name: "open", Kind: Open},
			{Name: "sweep", Kind: Sweep, Fractions: []float64{0.2, 0.9, 0.5}}, {Name: "capacity", Kind: Capacity, SLO: "p99 < 2ms"},
			{Name: "ramp", Kind: Ramped, Stages: []RampStage{{Duration(time.Second), 100}}},
		}), 1, 3, func(l Load) string { return l.Name }).Draw(t, "loads")
		return s.WithDefaults(catalogue{})
	})
}

// fate decides what becomes of a visit: an invalid slice, or a lost target.
type fate func(step Step, v Visit) (invalid, lost bool)

// play executes a plan as a runner does and returns all steps. What the plan is
// told is kept apart from what it said.
func play(t *rapid.T, s Scenario, seed uint64, capacity map[string]float64, decide fate) (steps []Step, outcomes []Outcomes) {
	var o Outcomes
	for {
		step := Next(s, seed, o)
		steps, outcomes = append(steps, step), append(outcomes, o)
		if len(steps) > 10_000 {
			t.Fatal("the plan does not end")
		}
		o.Lost, o.Last = slices.Clone(o.Lost), slices.Clone(o.Last) // what was told stays as it was
		switch step.Kind {
		case StepDone:
			return steps, outcomes
		case StepLaunch:
			if step.Launch == 1 {
				o.Calibrations = Calibrate(o.Last)
			}
			o.Launches, o.Last = o.Launches+1, nil
			continue
		}
		for position, v := range step.Visits {
			invalid, lost := decide(step, v)
			if lost {
				o.Lost = append(o.Lost, v.Arm)
				continue
			}
			slice := Slice{
				Arm: v.Arm, Load: step.Load.Name, Launch: step.Launch, Round: step.Round, Attempt: step.Attempt,
				Position: position, Measured: v.Measure.Nanoseconds(), Answered: int64(capacity[v.Arm] * v.Measure.Seconds()),
			}
			if step.Load.Kind == Capacity {
				// Steep, around some rate near the capacity, and now and then wrong.
				slice.Rate = v.Rate
				slice.Probe = new(fraction(0.01 * math.Pow(v.Rate/(0.9*capacity[v.Arm]), 9)))
				if rapid.IntRange(0, 9).Draw(t, "luck") == 0 {
					slice.Probe = new(fraction(rapid.SampledFrom([]float64{0, 1}).Draw(t, "wrong")))
				}
			}
			if invalid {
				slice.Invalid = []string{"delivered"}
			}
			o.Last = append(o.Last, slice)
		}
	}
}

func visited(step Step) []string {
	var out []string
	for _, v := range step.Visits {
		out = append(out, v.Arm)
	}
	slices.Sort(out)
	return out
}

// Whatever happens to its visits, a plan ends, is the same when it is replayed,
// visits in each round every arm that is alive exactly once, and never uses a
// schedule twice.
func TestPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scenarios().Draw(t, "scenario")
		seed := rapid.Uint64().Draw(t, "seed")
		capacity := map[string]float64{}
		for _, a := range s.Arms {
			capacity[a.Name] = rapid.Float64Range(10, 1e5).Draw(t, "capacity")
		}
		percent := rapid.IntRange(0, 99)
		steps, outcomes := play(t, s, seed, capacity, func(Step, Visit) (invalid, lost bool) {
			n := percent.Draw(t, "fate")
			return n >= 70, n == 69
		})
		used := map[uint64]bool{}
		for i, step := range steps {
			if step.Kind == StepRound {
				if used[step.Visits[0].Seed] {
					t.Fatalf("step %d has the schedule of an earlier one", i)
				}
				used[step.Visits[0].Seed] = true
			}
			if again := Next(s, seed, outcomes[i]); !reflect.DeepEqual(step, again) {
				t.Fatalf("step %d: %+v when replayed, was %+v", i, again, step)
			}
			alive := live(s, outcomes[i])
			slices.Sort(alive)
			first := step.Kind == StepRound && step.Attempt == 1 && step.Load.Kind != Capacity
			if (first || step.Kind == StepLaunch) && !slices.Equal(visited(step), alive) {
				t.Fatalf("step %d visits %v, alive are %v", i, visited(step), alive)
			}
			checkRound(t, s, step)
			if step.Kind == StepRound && step.Attempt > 1 {
				checkRepetition(t, s, step, outcomes[i])
			}
		}
		if done := steps[len(steps)-1]; len(live(s, outcomes[len(outcomes)-1])) > 0 {
			checkComplete(t, s, steps, done)
		}
	})
}

// checkRound: the arms of a round share a seed, and no slice is shorter than the
// protocol's, but for a ramp's, which is as long as the ramp.
func checkRound(t *rapid.T, s Scenario, step Step) {
	if step.Kind != StepRound {
		return
	}
	for _, v := range step.Visits {
		if v.Seed != step.Visits[0].Seed {
			t.Fatalf("%s has seed %d, %s has %d", v.Arm, v.Seed, step.Visits[0].Arm, step.Visits[0].Seed)
		}
		ramp := v.Load.Kind == Ramped && v.Measure == time.Second && v.Settle == 0
		if !ramp && (v.Measure < s.Slice.Std() || v.Measure > longestSlice || v.Settle != s.Settle.Std()) {
			t.Fatalf("%+v is out of the protocol %+v", v, s.Protocol)
		}
		if scheduled := v.Load.Kind.Scheduled(); scheduled != (v.Rate > 0) {
			t.Fatalf("%+v: every load has a rate, but for closed ones", v)
		}
	}
}

// checkRepetition: only what was invalid at the last attempt is repeated, with
// the baseline, in a counted launch, at most three times.
func checkRepetition(t *rapid.T, s Scenario, step Step, o Outcomes) {
	if step.Attempt > maxAttempts || step.Launch == 0 {
		t.Fatalf("attempt %d in launch %d", step.Attempt, step.Launch)
	}
	var want []string
	for _, slice := range o.Last {
		if slice.Load == step.Load.Name && slice.Round == step.Round && slice.Attempt == step.Attempt-1 && slice.Invalid != nil {
			want = append(want, slice.Arm)
		}
	}
	if !slices.Contains(want, s.Baseline) && step.Load.Kind != Capacity {
		want = append(want, s.Baseline)
	}
	want = slices.DeleteFunc(want, func(a string) bool { return slices.Contains(o.Lost, a) })
	slices.Sort(want)
	if !slices.Equal(visited(step), want) {
		t.Fatalf("attempt %d visits %v, want %v", step.Attempt, visited(step), want)
	}
}

// checkComplete: each launch was begun once, in order, and has all its rounds.
func checkComplete(t *rapid.T, s Scenario, steps []Step, done Step) {
	launches, rounds := 0, 0
	for _, step := range steps {
		if step.Kind == StepLaunch {
			if step.Launch != launches {
				t.Fatalf("launch %d came as number %d", step.Launch, launches)
			}
			launches++
		}
		if step.Kind == StepRound && step.Attempt == 1 && step.Launch > 0 && step.Load.Kind != Capacity {
			rounds++
		}
	}
	perLaunch := 0
	for _, l := range s.Loads {
		switch l.Kind {
		case Capacity:
		case Ramped:
			perLaunch++
		default:
			perLaunch += s.Rounds * max(1, len(l.Fractions))
		}
	}
	if done.Kind != StepDone || launches != s.Launches+1 || rounds != s.Launches*perLaunch {
		t.Fatalf("%d launches and %d rounds of %+v", launches, rounds, s.Protocol)
	}
}

// Every order of three arms comes up, and a schedule seed never twice.
func TestOrdersAndSeedsVary(t *testing.T) {
	s := Scenario{Baseline: "a", Arms: []Arm{{Name: "a"}, {Name: "b"}, {Name: "c"}}}
	s.Rounds, s.Launches = 30, 10
	s = s.WithDefaults(catalogue{})
	orders, seeds := map[string]int{}, map[uint64]bool{}
	count := 0
	for launch := range 10 {
		for _, r := range roundsOf(s, 1, launch+1) {
			step := roundStep(s, 1, launch+1, r, 1, live(s, Outcomes{}), Outcomes{})
			orders[step.Visits[0].Arm+step.Visits[1].Arm+step.Visits[2].Arm]++
			seeds[step.Visits[0].Seed] = true
			count++
		}
	}
	if len(seeds) != count {
		t.Errorf("%d seeds in %d rounds", len(seeds), count)
	}
	for order, n := range orders { // 100 each on average
		if n < 60 || n > 140 {
			t.Errorf("order %s came %d times of %d", order, n, count)
		}
	}
	if len(orders) != 6 {
		t.Errorf("orders %v, want all six", orders)
	}
}

func TestVisitFitsTheLoad(t *testing.T) {
	closed := Load{Name: "closed", Kind: Closed, Connections: 32, Timeout: defaultTimeout}
	half := Load{Name: "open", Kind: Open, Connections: 64, Utilisation: 0.5, Arrivals: Poisson, Timeout: defaultTimeout}
	fixed := Load{Name: "open", Kind: Open, Connections: 64, Rate: 500, Arrivals: Poisson, Timeout: defaultTimeout}
	busy, steady, quiet := fixed, fixed, fixed
	busy.Rate, steady.Rate, quiet.Rate = 10_000, 5000, 2000
	rare := fixed
	rare.Rate = 1e-9
	sweep := Load{Name: "sweep", Kind: Sweep, Connections: 64, Fractions: []float64{0.25}, Arrivals: Poisson, Timeout: defaultTimeout}
	o := Outcomes{Calibrations: []Calibration{{Arm: "fast", Capacity: 100_000}, {Arm: "middle", Capacity: 40_000}, {Arm: "slow", Capacity: 1000}, {Arm: "glacial", Capacity: 10}, {Arm: "mute", Capacity: 0}}}
	s := Scenario{Protocol: DefaultProtocol}
	for _, c := range []struct {
		name        string
		load        Load
		arm         string
		rate        float64
		measure     time.Duration
		connections int
	}{
		{"closed", closed, "fast", 0, 100 * time.Millisecond, 32},
		{"closed, 1000 requests/s hold 200 in 200 ms", closed, "slow", 0, 200 * time.Millisecond, 32},
		{"closed, too slow", closed, "glacial", 0, longestSlice, 1},
		{"half of the slowest comparable one", half, "fast", 500, 400 * time.Millisecond, 64},
		{"enough requests for a p99", busy, "fast", 10_000, 100 * time.Millisecond, 64},
		{"longer for a p99: 5,500 requests in 8 rounds", steady, "fast", 5000, 137500 * time.Microsecond, 64},
		{"not longer than thrice for a p99", quiet, "fast", 2000, 300 * time.Millisecond, 64},
		{"not comparable: half of its own", half, "glacial", 0, longestSlice, 1},
		{"a fixed rate", fixed, "glacial", 500, 400 * time.Millisecond, 64},
		{"a quarter of its own", sweep, "fast", 25_000, 100 * time.Millisecond, 64},
		{"a sweep's p99 is over all launches", sweep, "slow", 250, 800 * time.Millisecond, 64},
		{"a sweep too slow", sweep, "glacial", 0, longestSlice, 1},
		{"a rate so small that its duration overflows", rare, "fast", 0, longestSlice, 1},
		{"no answer while calibrating", half, "mute", 0, longestSlice, 1},
		{"closed, no answer while calibrating", closed, "mute", 0, longestSlice, 1},
	} {
		v := visit(s, c.arm, round{load: c.load}, 7, o)
		if v.Rate != c.rate || v.Measure != c.measure || v.Load.Connections != c.connections || v.Load.Name != c.load.Name || v.Seed != 7 {
			t.Errorf("%s: %+v, want rate %v, %v, %d connections", c.name, v, c.rate, c.measure, c.connections)
		}
		if slow := c.connections == 1; slow && v.Load.Kind != Closed {
			t.Errorf("%s: %+v, want it closed", c.name, v)
		}
	}
}

func TestComparable(t *testing.T) {
	o := Outcomes{Calibrations: []Calibration{{Arm: "a", Capacity: 1000}, {Arm: "b", Capacity: 100}, {Arm: "c", Capacity: 99.9}, {Arm: "d", Capacity: 1100}, {Arm: "e", Capacity: 2000}}}
	for arm, want := range map[string]bool{"a": true, "b": true, "c": false, "d": true, "e": true, "unknown": false} {
		if got := o.Comparable(arm); got != want {
			t.Errorf("%s: %v, want %v: the median is 1000", arm, got, want)
		}
	}
	if !(Outcomes{}).Comparable("a") {
		t.Error("without a calibration nothing is incomparable")
	}
}

// A server is calibrated over no more connections than the scenario keeps busy.
func TestCalibrationLoad(t *testing.T) {
	for _, c := range []struct {
		loads []Load
		want  int
	}{
		{[]Load{{Kind: Closed, Connections: 4}, {Kind: Open, Connections: 64}, {Kind: Closed, Connections: 2}}, 4},
		{[]Load{{Kind: Open, Connections: 64}}, defaultConnections},
	} {
		if got := CalibrationLoad(Scenario{Loads: c.loads}); got.Connections != c.want || got.Kind != Closed {
			t.Errorf("%+v: %+v, want %d connections", c.loads, got, c.want)
		}
	}
}

func TestCalibrate(t *testing.T) {
	var taken []Slice
	for i, answered := range []int64{100, 5000, 300} {
		taken = append(taken, Slice{Arm: "b", Round: i, Answered: answered, Measured: 1e8})
	}
	taken = append(taken, Slice{Arm: "a", Answered: 20, Measured: 2e9}, Slice{Arm: "c"})
	want := []Calibration{{Kind: KindCalibration, Arm: "a", Capacity: 10}, {Kind: KindCalibration, Arm: "b", Capacity: 3000}}
	if got := Calibrate(taken); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v: the median of each arm", got, want)
	}
}

func TestWithin(t *testing.T) {
	s := Scenario{Baseline: "a", Arms: []Arm{{Name: "a"}, {Name: "b"}}}.WithDefaults(catalogue{})
	for _, budget := range []time.Duration{time.Hour, s.Duration(noFacts), s.Duration(noFacts) - 1, s.Duration(noFacts) * 7 / 10} {
		fitted, err := s.Within(budget, noFacts)
		if err != nil || fitted.Duration(noFacts) > budget || fitted.Launches < fewestLaunches {
			t.Errorf("%v: %d launches of %v, %v", budget, fitted.Launches, fitted.Duration(noFacts), err)
		}
		if longer := fitted; fitted.Launches < s.Launches {
			longer.Launches++
			if longer.Duration(noFacts) <= budget {
				t.Errorf("%v: %d launches, one more would fit", budget, fitted.Launches)
			}
		}
	}
	if _, err := s.Within(time.Second, noFacts); err == nil {
		t.Error("a second is enough for six launches")
	}
}

// Flipping any input bit flips about half of the output's.
func TestMix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		bit := uint64(1) << rapid.IntRange(0, 63).Draw(t, "bit")
		for _, other := range []uint64{mix(a^bit, b), mix(a, b^bit)} {
			changed := 0
			for d := mix(a, b) ^ other; d != 0; d &= d - 1 {
				changed++
			}
			if math.Abs(float64(changed)-32) > 28 {
				t.Fatalf("%d bits change", changed)
			}
		}
	})
}

// written is a step, or several, as text.
func written(t interface{ Fatal(...any) }, of any) string {
	text, err := json.Marshal(of)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestEpisodesChangeNoPlan: what a run measures, and when, does not depend on whether
// credentials are taken back afterwards.
func TestEpisodesChangeNoPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, seed := scenarios().Draw(t, "scenario"), rapid.Uint64().Draw(t, "seed")
		capacity := map[string]float64{}
		for _, a := range s.Arms {
			capacity[a.Name] = 10_000
		}
		well := func(Step, Visit) (invalid, lost bool) { return false, false }
		if slices.ContainsFunc(s.Loads, func(l Load) bool { return l.Kind == Capacity }) {
			t.Skip("what its probes find is drawn")
		}
		eventful := s
		eventful.Episodes = []Episode{Episode{Name: "worst"}.withDefaults(), Episode{Name: "typical", ClientRate: 2}.withDefaults()}
		without, _ := play(t, s, seed, capacity, well)
		with, _ := play(t, eventful, seed, capacity, well)
		if a, b := written(t, without), written(t, with); a != b {
			t.Fatalf("with episodes the plan is\n%s\nwithout\n%s", b, a)
		}
	})
}

// TestPlanIsWhatItWas: a change of the plan is a change of what old results say, and never a
// by-product. Whoever means to change it writes the new sum down.
func TestPlanIsWhatItWas(t *testing.T) {
	s := Scenario{Name: "quick", Baseline: "a", Loads: []Load{{Name: "closed", Kind: Closed}, {Name: "open", Kind: Open}, {Name: "sweep", Kind: Sweep, Fractions: []float64{0.2, 0.9}}}}
	for _, name := range []string{"a", "b", "c"} {
		s.Arms = append(s.Arms, Arm{Name: name, Method: Method{ID: "none"}})
	}
	s = s.WithDefaults(catalogue{})
	var o Outcomes
	hash := sha256.New()
	for {
		step := Next(s, 7, o)
		fmt.Fprintln(hash, written(t, step))
		switch step.Kind {
		case StepDone:
			const want = "e7dcda80ec22d0f1bfb05c379be1713d3dfd843cabbb93e501507671979c1ab9"
			if got := fmt.Sprintf("%x", hash.Sum(nil)); got != want {
				t.Errorf("the sum of the plan is %s, and was %s", got, want)
			}
			return
		case StepLaunch:
			if step.Launch == 1 {
				o.Calibrations = Calibrate(o.Last)
			}
			o.Launches, o.Last = o.Launches+1, nil
			continue
		}
		for position, v := range step.Visits {
			o.Last = append(o.Last, Slice{
				Arm: v.Arm, Load: step.Load.Name, Launch: step.Launch, Round: step.Round, Attempt: step.Attempt,
				Position: position, Measured: v.Measure.Nanoseconds(), Answered: v.Measure.Milliseconds() * 10, Counts: true,
			})
		}
	}
}
