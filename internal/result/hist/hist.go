// Package hist records times in histograms, merges them and turns them into
// text. It owns github.com/HdrHistogram/hdrhistogram-go.
//
// Nanoseconds flow in, one call per value, without allocation. Quantiles, means
// and buckets flow out, and the texts that HdrHistogram's own tools read. A
// histogram has one writer; those of several writers are merged afterwards.
package hist

import (
	"iter"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// All histograms have one geometry, so that any two can be merged without loss.
// A histogram takes 229 KB, of which one slice's values touch a few kilobytes.
const (
	// lowest is the clock's unit. A coarser one would save 8 KB per power of two, but blur
	// the generator's lag of some hundred nanoseconds.
	lowest = 1
	// highest is two minutes in nanoseconds: a request may wait for a connection
	// and then for its answer, up to a timeout (at most 60 s) each.
	highest = 120_000_000_000
	// digits bounds the relative error at 0.1 %, a tenth of the smallest
	// difference that a comparison resolves.
	digits = 3
)

// Histogram counts times in nanoseconds, each with an error of at most 0.1 %.
// It has no locks.
type Histogram struct {
	counts  *hdr.Histogram
	clipped int64
}

// New returns an empty histogram.
func New() *Histogram { return &Histogram{counts: hdr.New(lowest, highest, digits)} }

// Record counts one time. One outside 0 to 120 s is counted at the nearer edge,
// and as clipped.
func (h *Histogram) Record(nanos int64) { h.RecordMany(nanos, 1) }

// RecordMany counts n equal times.
func (h *Histogram) RecordMany(nanos, n int64) {
	if uint64(nanos) > highest { // negative ones are huge as unsigned
		h.clipped += n
		nanos = min(max(nanos, 0), highest)
	}
	if err := h.counts.RecordValues(nanos, n); err != nil {
		panic("hist: a clipped value is out of range: " + err.Error())
	}
}

// Clipped returns how many values lay outside the range.
func (h *Histogram) Clipped() int64 { return h.clipped }

// Count returns how many values were recorded.
func (h *Histogram) Count() int64 { return h.counts.TotalCount() }

// Quantile returns the time that the share q (0 to 1) of the values does not
// exceed, 0 if there are none.
func (h *Histogram) Quantile(q float64) int64 { return h.counts.ValueAtQuantile(100 * q) }

// Mean returns the mean in nanoseconds, 0 if there are no values.
func (h *Histogram) Mean() float64 { return h.counts.Mean() }

// Max returns the upper edge of the highest value's bucket, 0 if there are no
// values.
func (h *Histogram) Max() int64 { return h.counts.Max() }

// Merge adds o's values to h.
func (h *Histogram) Merge(o *Histogram) {
	h.clipped += o.clipped
	if o.Count() == 0 {
		return // to walk the buckets of an empty histogram takes as long as of a full one
	}
	lossless(h.counts.Merge(o.counts))
}

// Reset forgets all values. It touches the whole memory, so that no page fault happens while
// values are recorded.
func (h *Histogram) Reset() {
	h.counts.Reset()
	h.clipped = 0
}

// Bucket counts the values from From to To, both inclusive.
type Bucket struct{ From, To, Count int64 }

// subBuckets is the number of buckets of equal width that the library has for each power of
// two, as three digits require. The narrowest are 1 ns wide.
const subBuckets = 1024

// Buckets yields the non-empty buckets in rising order. The library's Distribution
// makes a list of all of them, 1.3 MB of mostly zeros, and with it took half the time
// of an analysis.
func (h *Histogram) Buckets() iter.Seq[Bucket] {
	return func(yield func(Bucket) bool) {
		for i, n := range h.counts.Export().Counts {
			if n == 0 {
				continue
			}
			from, width := int64(i), int64(1)
			if power := i/subBuckets - 1; power > 0 {
				from, width = int64(subBuckets+i%subBuckets)<<power, 1<<power
			}
			if !yield(Bucket{from, from + width - 1, n}) {
				return
			}
		}
	}
}
