package hist

import hdr "github.com/HdrHistogram/hdrhistogram-go"

// Packed is a histogram in the room that its values take, a few kilobytes, for those
// that are kept by the hundred. Values come into it from other histograms only: to
// record single ones takes longer the more there are.
type Packed struct {
	counts  *hdr.PackedHistogram
	clipped int64
}

// NewPacked returns an empty histogram.
func NewPacked() *Packed { return &Packed{counts: hdr.NewPacked(lowest, highest, digits)} }

// Take replaces what p holds by h's values. It allocates only where p has never had so
// many different ones.
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

// AddTo adds p's values to h. It takes as long as p has different ones, where
// [Histogram.Merge] walks all buckets that there are.
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

// lossless takes what a merge of two histograms dropped.
func lossless(dropped int64) {
	if dropped != 0 {
		panic("hist: histograms of one geometry did not merge")
	}
}
