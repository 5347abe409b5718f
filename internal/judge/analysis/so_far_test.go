package analysis

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"authbench/bench"
)

// A run under way is not doubtful for that, and a doubt of another kind stays.
func TestSoFar(t *testing.T) {
	m := quick()
	m.launches = 3
	r := m.run(t)
	r.Footer = nil
	r.Warnings = []bench.Warning{{Code: bench.WarnTargetLost, Level: bench.Void, Arm: "jwt", Text: "gone"}}
	doubts := func(a *Analysis) (codes []string) {
		for _, w := range a.Summary.Warnings {
			if w.Level != bench.Info {
				codes = append(codes, w.Code)
			}
		}
		return codes
	}
	if got, want := doubts(analyze(t, r)), []string{codeUnfinished, bench.WarnTargetLost, codeFewLaunches}; !slices.Equal(got, want) {
		t.Fatalf("analyzed as a whole: %v, want %v", got, want)
	}
	var running Running
	a, err := running.SoFar(r)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := doubts(a), []string{bench.WarnTargetLost}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	r.Slices[0].Valid.Service = "!"
	if _, err := running.SoFar(r); err == nil {
		t.Error("a damaged histogram was taken for good")
	}
}

// At each launch, what is said of those so far is what is said of a run that ended
// there, whatever was kept from the launches before.
func TestSoFarIsTheAnalysis(t *testing.T) {
	m := quick()
	m.launches = 8
	whole := m.run(t)
	part := *whole
	perLaunch := len(whole.Slices) / m.launches
	var running Running
	for n := 1; n <= m.launches; n++ {
		part.Launches, part.Slices = whole.Launches[:n], whole.Slices[:n*perLaunch]
		got, err := running.SoFar(&part)
		if err != nil {
			t.Fatal(err)
		}
		want := analyze(t, &part)
		got.Summary.Warnings, want.Summary.Warnings, want.Figures = nil, nil, nil
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("after %d launches (-analysis +so far):\n%s", n, diff)
		}
	}
	if again, err := running.SoFar(&part); err != nil || len(running.decoded) == 0 || again.Summary.Launches != m.launches {
		t.Errorf("again: %v, %d decoded", err, len(running.decoded))
	}
}

// Before the first launch is whole, what its rounds say is said, and marked; an arm that
// takes no part in them holds nothing up.
func TestSoFarOfTheFirstRounds(t *testing.T) {
	m := quick()
	m.launches = 2
	whole := m.run(t)
	part := *whole
	part.Launches, part.Footer = nil, nil
	arms, loads := len(whole.Header.Scenario.Arms), len(whole.Header.Scenario.Loads)
	var running Running
	told := 0
	for n := range len(whole.Slices) / m.launches {
		part.Slices = whole.Slices[:n+1]
		a, err := running.SoFar(&part)
		if err != nil {
			t.Fatal(err)
		}
		if n+1 < arms && a.Provisional {
			t.Fatalf("something is said after %d visits to %d arms", n+1, arms)
		}
		if !a.Provisional {
			continue
		}
		told++
		if len(a.Points)%arms != 0 || a.Summary.Launches != 0 || len(a.Points) > n+1 {
			t.Fatalf("%d points of %d arms after %d visits, %d launches", len(a.Points), arms, n+1, a.Summary.Launches)
		}
		for _, arm := range a.Summary.Arms {
			if _, ok := arm.Loads[0].Metrics["cpu_us_per_request"]; !ok && len(a.Points) >= arms*loads {
				t.Errorf("arm %s has no figure after %d visits: %+v", arm.Name, n+1, arm)
			}
			if len(arm.Loads[0].VersusBaseline) > 0 {
				t.Error("one launch that is not whole is compared")
			}
		}
	}
	if told == 0 {
		t.Fatal("nothing is said before the first launch is whole")
	}
	last := whole.Header.Scenario.Arms[arms-1].Name
	part.Slices = slices.DeleteFunc(slices.Clone(whole.Slices[:arms*loads]), func(s bench.Slice) bool { return s.Arm == last })
	if a, err := running.SoFar(&part); err != nil || a.Provisional {
		t.Errorf("an arm is left out: %v, provisional %v", err, a.Provisional)
	}
	part.Warnings = []bench.Warning{{Code: bench.WarnTargetLost, Level: bench.Void, Arm: last, Text: "gone"}}
	if a, err := running.SoFar(&part); err != nil || !a.Provisional {
		t.Errorf("a lost arm holds the others up: %v", err)
	}
	part.Launches, part.Slices, part.Warnings = whole.Launches[:1], whole.Slices, nil
	if a, err := running.SoFar(&part); err != nil || a.Provisional || a.Summary.Launches != 1 {
		t.Errorf("with a whole launch: %v, provisional %v", err, a.Provisional)
	}
}
