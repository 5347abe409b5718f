package analysis

import (
	"slices"

	"authbench/bench"
	"authbench/internal/result"
)

// Running analyses a run repeatedly while it goes on. It keeps decoded histograms, so that
// a call costs little more than decoding the new ones.
type Running struct {
	decoded map[bench.EncodedHistogram]buckets
}

// SoFar analyses the launches of a run so far, like [Analyze], but without the warnings that
// the run is not finished. Before the first launch is whole it analyses the rounds that all
// arms have completed, and marks the analysis as provisional.
func (k *Running) SoFar(r *result.Run) (*Analysis, error) {
	begun, provisional := firstRounds(r)
	if provisional {
		r = begun
	}
	_, a, err := analyzeWith(r, k.decode)
	if err != nil {
		return nil, err
	}
	if provisional {
		a.Provisional, a.Summary.Launches = true, 0
	}
	a.Summary.Warnings = slices.DeleteFunc(a.Summary.Warnings, func(w bench.Warning) bool {
		return w.Code == codeUnfinished || w.Code == codeFewLaunches || w.Code == codeNoLaunches
	})
	return a, nil
}

// firstRounds takes a run without a whole launch. It returns the run as if the first launch
// were whole, with the rounds that all arms have completed, and whether there are any.
func firstRounds(r *result.Run) (*result.Run, bool) {
	if slices.ContainsFunc(r.Launches, func(l bench.Launch) bool { return l.Launch > 0 }) {
		return nil, false
	}
	type round struct {
		load  string
		index int
	}
	visited := map[round]map[string]bool{}
	for _, s := range r.Slices {
		if at := (round{s.Load, s.Round}); s.Launch == 1 {
			if visited[at] == nil {
				visited[at] = map[string]bool{}
			}
			visited[at][s.Arm] = true
		}
	}
	arms := participants(r)
	out := *r
	out.Launches, out.Slices = append(slices.Clone(r.Launches), bench.Launch{Launch: 1}), nil
	for _, s := range r.Slices {
		seen := visited[round{s.Load, s.Round}]
		if s.Launch == 1 && !slices.ContainsFunc(arms, func(arm string) bool { return !seen[arm] }) {
			out.Slices = append(out.Slices, s)
		}
	}
	return &out, len(out.Slices) > 0
}

// participants returns the arms that still take part in a run; lost ones do not.
func participants(r *result.Run) []string {
	var out []string
	for _, a := range r.Header.Scenario.Arms {
		skipped := slices.ContainsFunc(r.Header.Arms, func(i bench.ArmInfo) bool { return i.Name == a.Name && i.Skipped != "" })
		lost := slices.ContainsFunc(r.Warnings, func(w bench.Warning) bool { return w.Arm == a.Name && w.Code == bench.WarnTargetLost })
		if !skipped && !lost {
			out = append(out, a.Name)
		}
	}
	return out
}

func (k *Running) decode(e bench.EncodedHistogram) (buckets, error) {
	if t, known := k.decoded[e]; known {
		return t, nil
	}
	t, err := decodeBuckets(e)
	if err != nil {
		return nil, err
	}
	if k.decoded == nil {
		k.decoded = map[bench.EncodedHistogram]buckets{}
	}
	k.decoded[e] = t
	return t, nil
}
