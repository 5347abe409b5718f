package analysis

import (
	"slices"

	"authbench/bench"
	"authbench/internal/result"
)

// SoFar says what the launches of a run that still goes on say: [Analyze], without
// the warnings that it is not finished.
func SoFar(r *result.Run) (*Analysis, error) {
	a, err := Analyze(r)
	if err != nil {
		return nil, err
	}
	a.Summary.Warnings = slices.DeleteFunc(a.Summary.Warnings, func(w bench.Warning) bool {
		return w.Code == codeUnfinished || w.Code == codeFewLaunches || w.Code == codeNoLaunches
	})
	return a, nil
}
