package analysis

import (
	"cmp"
	"math"
	"slices"

	"authbench/bench"
	"authbench/internal/result/hist"
)

// buckets is a histogram of nanoseconds reduced to its non-empty buckets, in rising order.
// A run has thousands of histograms of some hundred kilobytes each, nearly all of it zeros;
// without the zeros they fit into memory. A histogram can be subtracted from a sum.
type buckets []hist.Bucket

// decoder decodes a histogram. Nobody changes what it returns.
type decoder func(bench.EncodedHistogram) (buckets, error)

func decodeBuckets(e bench.EncodedHistogram) (buckets, error) {
	if e == "" {
		return nil, nil
	}
	h, err := hist.Decode(string(e))
	if err != nil {
		return nil, err
	}
	return slices.Collect(h.Buckets()), nil
}

// plus returns the sum of two histograms.
func (t buckets) plus(o buckets) buckets { return t.combine(o, 1) }

// minus takes o out of a sum that holds it.
func (t buckets) minus(o buckets) buckets { return t.combine(o, -1) }

func (t buckets) combine(o buckets, sign int64) buckets {
	out := make(buckets, 0, max(len(t), len(o)))
	for len(t) > 0 && len(o) > 0 {
		switch cmp.Compare(t[0].From, o[0].From) {
		case -1:
			out, t = append(out, t[0]), t[1:]
		case 1:
			out, o = o.appendFirst(out, sign), o[1:]
		default:
			b := t[0]
			b.Count += sign * o[0].Count
			if b.Count != 0 {
				out = append(out, b)
			}
			t, o = t[1:], o[1:]
		}
	}
	out = append(out, t...)
	for ; len(o) > 0; o = o[1:] {
		out = o.appendFirst(out, sign)
	}
	return out
}

// appendFirst appends t's first bucket to out, signed.
func (t buckets) appendFirst(out buckets, sign int64) buckets {
	b := t[0]
	b.Count *= sign
	return append(out, b)
}

func (t buckets) count() int64 {
	var n int64
	for _, b := range t {
		n += b.Count
	}
	return n
}

// micros returns the p-quantile in µs: the middle of the first bucket up to which at least
// the share p of the values lies. NaN without values.
func (t buckets) micros(p float64) float64 {
	rank := max(1, int64(math.Ceil(p*float64(t.count()))))
	for _, b := range t {
		rank -= b.Count
		if rank <= 0 {
			return middle(b)
		}
	}
	return math.NaN()
}

// shareAbove returns the share of the values whose buckets' middles lie above a value in µs,
// 0 to 1. NaN for no values.
func (t buckets) shareAbove(micros float64) float64 {
	var above int64
	for _, b := range t {
		if middle(b) > micros {
			above += b.Count
		}
	}
	return quotient(float64(above), float64(t.count()))
}

// middle is a bucket's middle in µs.
func middle(b hist.Bucket) float64 { return (float64(b.From) + float64(b.To)) / 2 / 1e3 }
