package analysis

import (
	"slices"
	"testing"

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
	a, err := SoFar(r)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := doubts(a), []string{bench.WarnTargetLost}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	r.Slices[0].Valid.Service = "!"
	if _, err := SoFar(r); err == nil {
		t.Error("a damaged histogram was taken for good")
	}
}
