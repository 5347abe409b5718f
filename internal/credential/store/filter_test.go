package store

import (
	"testing"

	"pgregory.net/rapid"
)

// TestFilterHoldsWhatWasAdded, whatever the ids.
func TestFilterHoldsWhatWasAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOf(rapid.OneOf(rapid.Uint64Range(0, 64), rapid.Uint64())).Draw(t, "ids")
		f := NewFilter(len(ids))
		for _, id := range ids {
			f.Add(id)
		}
		for _, id := range ids {
			if !f.mayHold(id) {
				t.Fatalf("%d was added", id)
			}
		}
	})
}

// TestFilterStopsOthers: a full filter lets 0.8 % of other ids through. That it were
// twice as many of so many ids happens by chance less than once in 10^100 runs.
func TestFilterStopsOthers(t *testing.T) {
	const count = 100_000
	f := NewFilter(count)
	for id := range uint64(count) {
		f.Add(id)
	}
	passed := 0
	for id := range uint64(count) {
		if f.mayHold(count + id) {
			passed++
		}
	}
	if passed > count*16/1000 || passed == 0 {
		t.Errorf("%d of %d other ids pass", passed, count)
	}
	if one, other := NewFilter(1), NewFilter(1); one.seed == other.seed {
		t.Error("two filters have the same seed")
	}
}
