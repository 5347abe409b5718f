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
