package store

import (
	"math/bits"
	"math/rand/v2"

	"authbench/bench"
)

// Filter is a Bloom filter (Bloom 1970): it knows of most ids that they are not among
// those that were added, and of none that was added. It is filled by one goroutine and
// then safe for any number.
type Filter struct {
	words []uint64
	seed  uint64
}

const (
	// bitsPerID and probes leave one unknown id in a hundred that has to be looked
	// up: ten bits each, of which seven are tried (0.69 times ten, the best number).
	bitsPerID = 10
	probes    = 7
)

// NewFilter returns an empty filter for count ids. Where an id's bits lie depends on a
// seed of its own, so that nobody outside can choose ids that pass it.
func NewFilter(count int) *Filter {
	return &Filter{make([]uint64, count*bitsPerID/64+1), rand.Uint64()} //nolint:gosec // ChaCha8, seeded by the system
}

// Add adds an id.
func (f *Filter) Add(id uint64) {
	at, step := f.start(id)
	for range probes {
		word, bit := f.bit(at)
		f.words[word] |= bit
		at += step
	}
}

// mayHold is false only for an id that was not added.
func (f *Filter) mayHold(id uint64) bool {
	at, step := f.start(id)
	for range probes {
		if word, bit := f.bit(at); f.words[word]&bit == 0 {
			return false
		}
		at += step
	}
	return true
}

// start returns where an id's bits begin and how far they are apart: two hashes do as
// well as seven (Kirsch, Mitzenmacher 2006).
func (f *Filter) start(id uint64) (at, step uint64) {
	at = finalise(id ^ f.seed)
	return at, finalise(at) | 1
}

// bit scales a hash to the filter.
func (f *Filter) bit(hash uint64) (word, bit uint64) {
	at, _ := bits.Mul64(hash, uint64(len(f.words))*64)
	return at / 64, 1 << (at % 64)
}

// finalise is SplitMix64's (Steele, Lea, Flood 2014): each bit of x changes each of the
// result with probability 1/2.
func finalise(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// FilteredRecords is a store that is not asked about ids that a filter knows not to be
// in it.
type FilteredRecords struct {
	below  Records
	filter *Filter
	counts Counts
}

var _ Records = (*FilteredRecords)(nil)

// NewFilteredRecords puts a filter, which holds the store's ids, before it.
func NewFilteredRecords(below Records, filter *Filter) *FilteredRecords {
	return &FilteredRecords{below: below, filter: filter}
}

// Lookup implements Records.
func (f *FilteredRecords) Lookup(id uint64) (Record, bool, error) {
	if !f.filter.mayHold(id) {
		f.counts.Of(id).Filtered.Add(1)
		return Record{}, false, nil
	}
	return f.below.Lookup(id)
}

// Lookups returns how many were stopped so far.
func (f *FilteredRecords) Lookups() bench.Lookups { return f.counts.Sum() }
