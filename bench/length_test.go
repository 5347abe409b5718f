package bench

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// noFacts says nothing of any method.
func noFacts(Method) Facts { return Facts{} }

// The estimate is the sum of the slices that the plan takes of quick arms, lengthened ones
// included, and of what lies around each.
func TestDurationIsThePlans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scenarios().Draw(t, "scenario")
		if rate := rapid.SampledFrom([]float64{0, 50, 1000, 1e5}).Draw(t, "rate"); rate > 0 {
			s.Loads = append(s.Loads, Load{Name: "fixed", Kind: Open, Rate: rate}.withDefaults())
		}
		capacity, visits, searches := map[string]float64{}, 0, 0
		for _, a := range s.Arms {
			capacity[a.Name] = 1e7
		}
		var want time.Duration
		steps, _ := play(t, s, 1, capacity, func(step Step, v Visit) (invalid, lost bool) {
			if step.Load.Kind == Capacity { // nobody knows beforehand how long a search is
				searches++
				return false, false
			}
			visits++
			want += v.Settle + v.Measure
			return false, false
		})
		launches := 0
		for _, step := range steps {
			launches += len(step.Visits) * map[StepKind]int{StepLaunch: 1}[step.Kind]
		}
		want += time.Duration(launches)*(startup+s.Warmup.Std()) + time.Duration(visits)*betweenSlices
		got := s.Duration(noFacts)
		if searches == 0 && (got-want).Abs() > time.Microsecond || searches > 0 && got <= want {
			t.Errorf("about %v, and the plan's parts take %v (%d searches)", got, want, searches)
		}
	})
}

// An episode takes until its last credential must have been refused; an arm of which nothing can
// be taken back has none.
func TestDurationOfEpisodes(t *testing.T) {
	s := Scenario{
		Name: "s", Baseline: "a", Population: Population{Credentials: 2000},
		Arms: []Arm{{Name: "a", Replicas: 3}, {Name: "own", Target: &Target{URL: "http://127.0.0.1:1"}}},
	}.WithDefaults(catalogue{})
	without := s.Duration(noFacts)
	second := time.Second.Nanoseconds()
	for name, c := range map[string]struct {
		facts Facts
		e     Episode
		after time.Duration // from the last event to the last answer
	}{
		"at once":              {Facts{Revocation: RevokedByRecord}, Episode{}, probeSteady},
		"a cache":              {Facts{Revocation: RevokedByRecord, RevocationLag: 2 * second}, Episode{ClientRate: 2}, 2*time.Second + probeSteady},
		"a list":               {Facts{Revocation: RevokedByList, RevocationLag: second / 2, RevocationBound: 3 * second}, Episode{ClientRate: 2}, time.Second/2 + probeSteady},
		"a long cache":         {Facts{Revocation: RevokedByRecord, RevocationLag: 3600 * second}, Episode{}, longestProbe},
		"a removed key":        {Facts{KeyRemovalLag: 6 * second}, Episode{Event: RemoveKey, Watch: Duration(15 * time.Second)}, 6 * time.Second},
		"one nobody waits for": {Facts{KeyRemovalLag: 3600 * second}, Episode{Event: RemoveKey, Watch: Duration(15 * time.Second)}, 15 * time.Second},
		"not taken back":       {Facts{Revocation: RevokedByExpiry}, Episode{}, 0},
		"no key to remove":     {Facts{Revocation: RevokedByRecord}, Episode{Event: RemoveKey}, 0},
	} {
		c.e.Revocations = 400
		one := s
		one.Episodes = []Episode{c.e.withDefaults()}
		got := one.Duration(func(Method) Facts { return c.facts }) - without
		if c.after == 0 {
			if got != 0 {
				t.Errorf("%s: %v for nothing", name, got)
			}
			continue
		}
		var want time.Duration
		for _, start := range one.Timelines(1, 0, one.Arms[0], c.facts, 2000) {
			want += startup + start.Revocations[len(start.Revocations)-1].At + c.after
		}
		// The last of 40 random moments, or more, is near the spread's end.
		if got < want || got > want+want/20 {
			t.Errorf("%s: about %v, and the last event, with what follows, is over after %v", name, got, want)
		}
	}
}

// Clients fetch their tokens once before the first slice, and then those that would not last:
// all of them, if the next slice comes as late as the next fetch.
func TestDurationOfRenewals(t *testing.T) {
	s := Scenario{Name: "s", Baseline: "a", Population: Population{Credentials: 1000}, Arms: []Arm{{Name: "a"}, {Name: "b"}}}.WithDefaults(catalogue{})
	s.Launches, s.Rounds = 1, 10
	s.Loads = s.Loads[:1]
	without := s.Duration(noFacts)
	lap := 2 * (s.Slice.Std() + s.Settle.Std() + betweenSlices)
	const all = 1000 * renewing
	for after, want := range map[time.Duration]time.Duration{
		lap / 2: (2 + calibrationRounds + 10) * all, lap: (2 + calibrationRounds + 10) * all, 10 * lap: 2*all + (calibrationRounds+10)*all/10,
	} {
		got := s.Duration(func(Method) Facts { return Facts{Renewal: Renewal{After: after.Nanoseconds()}} }) - without
		if (got - 2*want).Abs() > time.Millisecond {
			t.Errorf("renewed after %v: %v, want %v", after, got, 2*want)
		}
	}
}
