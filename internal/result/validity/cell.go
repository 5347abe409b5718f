package validity

import (
	"cmp"
	"fmt"
	"slices"

	"authbench/bench"
	"authbench/internal/result/hist"
)

// cell is an arm under one load, with its counted slices by launch.
type cell struct {
	group
	blocks []block
}

// block is a cell's part of one launch.
type block struct {
	launch int
	rounds []round
	// response and lag are those of the valid credentials under an open load: the
	// requests whose latencies are shown.
	response, lag spread
	// occupancy is what the engine counted, responses the sum of its histograms, over the
	// slices for which both include all requests; ns.
	occupancy, responses float64
	measured             int64 // ns of those slices
}

// round is one slice; times are in ns.
type round struct {
	index         int
	cpu, answered int64
	response      float64 // median; 0 in a closed load
}

// spread is a distribution in short, ns.
type spread struct {
	count       int64
	median, p99 float64
}

// cellsOf sorts a run's slices into cells. A histogram that cannot be decoded voids the
// latencies of its cell, and the cell is not judged further.
func cellsOf(taken []bench.Slice) (out []cell, damaged []finding) {
	for _, g := range byArmAndLoad(taken) {
		c, err := newCell(g)
		if err != nil {
			damaged = append(damaged, g.finding(CodeDamaged, bench.Void, 1, fmt.Sprintf(
				"the result file is damaged (%v): take a copy of it that is whole, or run again", err)))
			continue
		}
		out = append(out, c)
	}
	return out, damaged
}

func newCell(g group) (cell, error) {
	c := cell{group: g}
	for rest := latest(g.slices); len(rest) > 0; {
		n := slices.IndexFunc(rest, func(s bench.Slice) bool { return s.Launch != rest[0].Launch })
		if n < 0 {
			n = len(rest)
		}
		b, err := newBlock(rest[:n])
		if err != nil {
			return cell{}, fmt.Errorf("launch %d: %w", b.launch, err)
		}
		c.blocks, rest = append(c.blocks, b), rest[n:]
	}
	return c, nil
}

// latest keeps the last of several attempts at a round, and sorts by launch and round.
func latest(taken []bench.Slice) []bench.Slice {
	type place struct{ launch, round int }
	byPlace := map[place]bench.Slice{}
	for _, s := range taken {
		at := place{s.Launch, s.Round}
		if s.Attempt >= byPlace[at].Attempt {
			byPlace[at] = s
		}
	}
	out := make([]bench.Slice, 0, len(byPlace))
	for _, s := range byPlace {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b bench.Slice) int {
		return cmp.Or(cmp.Compare(a.Launch, b.Launch), cmp.Compare(a.Round, b.Round))
	})
	return out
}

// newBlock adds up the slices of one launch.
func newBlock(taken []bench.Slice) (block, error) {
	b := block{launch: taken[0].Launch}
	var responses, lags *hist.Histogram
	for _, s := range taken {
		r := round{index: s.Round, cpu: s.CPU(), answered: s.Answered}
		if s.Scheduled > 0 {
			h, err := decode(s.Valid.Response, s.Valid.Lag, s.Refused.Response)
			if err != nil {
				return b, err
			}
			response, lag, refused := h[0], h[1], h[2]
			r.response = quantile(response, 0.50)
			b.occupy(s, response, refused)
			responses, lags = merge(responses, response), merge(lags, lag)
		}
		b.rounds = append(b.rounds, r)
	}
	b.response, b.lag = spreadOf(responses), spreadOf(lags)
	return b, nil
}

// decode returns the histograms, nil for those without values: an empty one takes
// as much memory as a full one.
func decode(texts ...bench.EncodedHistogram) ([]*hist.Histogram, error) {
	out := make([]*hist.Histogram, len(texts))
	for i, text := range texts {
		if text == "" {
			continue
		}
		var err error
		if out[i], err = hist.Decode(string(text)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// merge returns the sum of two histograms, in the first if there is one.
func merge(sum, h *hist.Histogram) *hist.Histogram {
	if sum == nil || h == nil {
		return cmp.Or(sum, h)
	}
	sum.Merge(h)
	return sum
}

func quantile(h *hist.Histogram, q float64) float64 {
	if h == nil {
		return 0
	}
	return float64(h.Quantile(q))
}

func spreadOf(h *hist.Histogram) spread {
	if h == nil {
		return spread{}
	}
	return spread{h.Count(), quantile(h, 0.50), quantile(h, 0.99)}
}

// occupy adds a slice to both sides of Little's law. It leaves out slices with requests
// that failed or were not sent, which the engine counts but the histograms do not, and slices
// of older results, which have no count.
func (b *block) occupy(s bench.Slice, all ...*hist.Histogram) {
	if s.Occupancy == 0 || unanswered(s) > 0 || s.WrongVerdicts > 0 || s.Sent < s.Scheduled {
		return
	}
	b.occupancy += float64(s.Occupancy)
	b.measured += s.Measured
	for _, h := range all {
		if h != nil {
			b.responses += h.Mean() * float64(h.Count())
		}
	}
}
