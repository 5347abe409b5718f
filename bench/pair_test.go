package bench

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestInPairs(t *testing.T) {
	s := Scenario{Baseline: "none", Arms: []Arm{{Name: "none", Method: Method{ID: "none"}}, {Name: "jwt", Method: Method{ID: "jwt"}}}, Ladders: []Ladder{{"none", "jwt"}}}
	got, err := s.InPairs()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range got.Arms {
		names = append(names, a.Name+" "+a.Method.ID)
	}
	if want := []string{"none.base none", "none.head none", "jwt.base jwt", "jwt.head jwt"}; !slices.Equal(names, want) {
		t.Errorf("arms %v, want %v", names, want)
	}
	if got.Baseline != "none.base" || len(got.Ladders) != 0 || len(s.Arms) != 2 || s.Baseline != "none" {
		t.Errorf("%+v from %+v", got, s)
	}
	if got.Partner("jwt.base") != "jwt.head" || got.Partner("jwt.head") != "jwt.base" || got.Partner("jwt") != "" || s.Partner("jwt") != "" {
		t.Error("partners are not each other's")
	}
	left := got.WithoutPairs([]string{"none"})
	if len(left.Arms) != 2 || len(left.Pairs) != 1 || left.Baseline != "jwt.base" || len(got.Arms) != 4 {
		t.Errorf("%+v", left)
	}
	if none := got.WithoutPairs([]string{"none", "jwt"}); len(none.Arms)+len(none.Pairs) != 0 {
		t.Errorf("%+v", none)
	}
	for _, arms := range [][]Arm{{{Name: strings.Repeat("x", 60)}}, {{Name: "a"}, {Name: "a.base"}}} {
		if _, err := (Scenario{Arms: arms}).InPairs(); err == nil {
			t.Errorf("no error for %v", arms)
		}
	}
}

// Whatever is lost, done or repeated: partners are visited next to each other, at one
// rate and for one time, and an invalid slice is repeated with its partner's.
func TestPairsStayTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Scenario{Name: "drawn"}
		for i := range rapid.IntRange(1, 4).Draw(t, "arms") {
			s.Arms = append(s.Arms, Arm{Name: fmt.Sprint("arm", i), Method: Method{ID: "none"}})
		}
		s.Baseline = "arm0"
		s.Launches, s.Rounds, s.Loads = 3, 3, []Load{{Name: "open", Kind: Open}}
		s, err := s.WithDefaults(catalogue{}).InPairs()
		if err != nil {
			t.Fatal(err)
		}
		capacity := map[string]float64{}
		for _, a := range s.Arms {
			capacity[a.Name] = rapid.Float64Range(2_000, 200_000).Draw(t, a.Name)
		}
		lost := map[string]bool{}
		steps, _ := play(t, s, rapid.Uint64().Draw(t, "seed"), capacity, func(step Step, v Visit) (bool, bool) {
			fate := rapid.IntRange(0, 99).Draw(t, "fate")
			lost[v.Arm] = lost[v.Arm] || fate == 0
			return fate < 10, fate == 0
		})
		for _, step := range steps {
			if step.Kind != StepRound || step.Launch == 0 {
				continue
			}
			for i, v := range step.Visits {
				partner := s.Partner(v.Arm)
				at := slices.IndexFunc(step.Visits, func(other Visit) bool { return other.Arm == partner })
				switch {
				case at < 0 && !lost[partner]:
					t.Fatalf("%s is visited without its partner: %v", v.Arm, step.Visits)
				case at >= 0 && at != i-1 && at != i+1:
					t.Fatalf("%s and its partner are not next to each other: %v", v.Arm, step.Visits)
				case at >= 0 && (step.Visits[at].Rate != v.Rate || step.Visits[at].Measure != v.Measure || step.Visits[at].Seed != v.Seed):
					t.Fatalf("%+v and its partner %+v differ", v, step.Visits[at])
				}
			}
		}
	})
}

// Over many rounds each variant comes first about as often, and each pair.
func TestPairsAreShuffled(t *testing.T) {
	s := Scenario{Name: "s", Baseline: "a", Arms: []Arm{{Name: "a", Method: Method{ID: "none"}}, {Name: "b", Method: Method{ID: "none"}}}, Loads: []Load{{Name: "open", Kind: Open, Rate: 1000}}}
	s.Rounds, s.Launches = 400, 1
	s, err := s.WithDefaults(catalogue{}).InPairs()
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]int{}
	for i, r := range roundsOf(s, 7, 1) {
		step := roundStep(s, 7, 1, r, 1, live(s, Outcomes{}), Outcomes{Calibrations: []Calibration{{Arm: "a.base", Capacity: 1e4}}})
		if len(step.Visits) != 4 {
			t.Fatalf("round %d: %v", i, step.Visits)
		}
		first[step.Visits[0].Arm]++
	}
	for _, a := range s.Arms {
		if n := first[a.Name]; n < 70 || n > 130 { // 100 ± 3.5 standard deviations
			t.Errorf("%s comes first in %d of 400 rounds", a.Name, n)
		}
	}
}

// Arms that are done are not visited any more, and the run ends with them.
func TestDone(t *testing.T) {
	s := Scenario{Name: "s", Baseline: "a", Arms: []Arm{{Name: "a", Method: Method{ID: "none"}}, {Name: "b", Method: Method{ID: "none"}}}, Loads: []Load{{Name: "open", Kind: Open, Rate: 1000}}}
	s = s.WithDefaults(catalogue{})
	o := Outcomes{Launches: 3, Done: []string{"a"}, Last: []Slice{}}
	if step := Next(s, 1, o); step.Kind != StepRound || len(step.Visits) != 1 || step.Visits[0].Arm != "b" {
		t.Errorf("%+v", step)
	}
	o.Done = []string{"a", "b"}
	if step := Next(s, 1, o); step.Kind != StepDone {
		t.Errorf("%+v", step)
	}
}
