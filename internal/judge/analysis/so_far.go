package analysis

import (
	"slices"

	"authbench/bench"
	"authbench/internal/result"
)

// Running analyzes a run again and again while it goes on. It keeps what it has decoded,
// so that a call costs little more than decoding what is new.
type Running struct {
	decoded map[bench.EncodedHistogram]buckets
}

// SoFar says what the launches of a run so far say: [Analyze], without the warnings that
// it is not finished. Before a launch is whole it says what the rounds say that all arms
// have behind them, and that this is provisional.
func (k *Running) SoFar(r *result.Run) (*Analysis, error) {
	begun, provisional := firstRounds(r)
	if provisional {
		r = begun
	}
	_, a, err := understand(r, k.decode)
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

// firstRounds returns a run of which no launch is whole as if the first were, with the
// rounds that all arms have behind them. It reports whether there are any.
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
	arms := taking(r)
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

// taking returns the arms that take part in a run, those that were lost left out.
func taking(r *result.Run) []string {
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
