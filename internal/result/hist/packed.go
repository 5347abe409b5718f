package hist

import hdr "github.com/HdrHistogram/hdrhistogram-go"

// Packed is a histogram that takes only the memory that its values need, a few kilobytes, so
// that hundreds can be kept. Its values come from other histograms: to record single values
// would take longer the more there are.
type Packed struct {
	counts  *hdr.PackedHistogram
	clipped int64
}

// NewPacked returns an empty histogram.
func NewPacked() *Packed { return &Packed{counts: hdr.NewPacked(lowest, highest, digits)} }

// Take replaces p's values by h's. It allocates only if p has never held so many different
// values.
func (p *Packed) Take(h *Histogram) {
	p.counts.Reset()
	p.clipped = h.clipped
	if h.Count() > 0 {
		lossless(p.counts.MergeFrom(h.counts))
	}
}

// Merge adds o's values to p.
func (p *Packed) Merge(o *Packed) {
	p.clipped += o.clipped
	lossless(p.counts.Merge(o.counts))
}

// AddTo adds p's values to h. Its time grows with the number of different values, while
// [Histogram.Merge] walks all buckets.
func (p *Packed) AddTo(h *Histogram) {
	h.clipped += p.clipped
	lossless(p.counts.MergeInto(h.counts))
}

// Count returns how many values p has.
func (p *Packed) Count() int64 { return p.counts.TotalCount() }

// Mean is that of [Histogram.Mean].
func (p *Packed) Mean() float64 { return p.counts.Mean() }

// Max is that of [Histogram.Max].
func (p *Packed) Max() int64 { return p.counts.Max() }

// Quantile is that of [Histogram.Quantile].
func (p *Packed) Quantile(q float64) int64 { return p.counts.ValueAtPercentile(100 * q) }

// lossless panics if a merge of two histograms dropped values.
func lossless(dropped int64) {
	if dropped != 0 {
		panic("hist: histograms of one geometry did not merge")
	}
}
