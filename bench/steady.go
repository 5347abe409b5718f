package bench

import "time"

// longestMemory is the longest one that a run waits out in each launch and under each load. The
// slices of an arm that remembers for longer are taken in turns with the others'.
const longestMemory = 10 * time.Second

// MemoryOf is for how long each arm's servers remember ([Facts.Memory]), by the arms' names.
func MemoryOf(arms []ArmInfo) map[string]time.Duration {
	out := map[string]time.Duration{}
	for _, a := range arms {
		if a.Facts != nil && a.Facts.Memory > 0 {
			out[a.Name] = time.Duration(a.Facts.Memory)
		}
	}
	return out
}

// steadyAfter is for how long an arm that remembers for a time must be under a load before what
// its servers remember is of that load alone; 0 where its slices are taken in turns with those of
// other arms, as most are.
//
// Between two slices of an arm lie those of all others. A cache whose entries live for less than
// that is empty at the beginning of each slice, and how many look-ups it answers is a property
// of the turns. So the slices of such an arm in a launch are joined to one.
//
// Those of a gate stay apart: both of a pair have the same cache, and their turns as well. A
// sweep and a search have another rate in each slice, and a ramp is one slice.
func (s Scenario) steadyAfter(l Load, memory time.Duration) time.Duration {
	if memory <= s.Settle.Std() || memory > longestMemory || len(s.Pairs) > 0 || l.Kind != Closed && l.Kind != Open {
		return 0
	}
	return memory
}

// WaitedOut reports whether a run measures an arm that remembers for a time in the state that
// it has under a load that goes on ([Visit.Warm]), or need not: it remembers nothing for long.
func (s Scenario) WaitedOut(l Load, memory time.Duration) bool {
	return memory <= s.Settle.Std() || s.steadyAfter(l, memory) > 0
}

// steadyRound is the round of a launch in which an arm whose slices are joined is visited: a
// random one, so that not always the same goes before it.
func (s Scenario) steadyRound(seed uint64, launch int, l Load, arm string) int {
	return int(mix(seed, uint64(launch), hashName(l.Name), hashName(arm), hashName("steady")) % uint64(s.Rounds))
}

// steady joins the slices of an arm in a launch, of which v is one, to one slice after a warm-up.
// It measures whole lives of what is remembered: the warm-up begins with an empty cache, so that
// the entries that are used most end nearly together, again and again.
func (s Scenario) steady(v Visit, memory time.Duration) Visit {
	v.Warm, v.WarmSeed = memory, mix(v.Seed, hashName("warm"))
	v.Measure = s.joined(v.Measure, memory)
	return v
}

// joined is how long the joined slices of a launch are, of which each would be of a length.
func (s Scenario) joined(slice, memory time.Duration) time.Duration {
	lives := (time.Duration(s.Rounds)*slice + memory - 1) / memory
	return lives * memory
}
