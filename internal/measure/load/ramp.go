package load

import (
	"math"
	"time"

	"authbench/bench"
)

// ramp says when the n-th request is due, for a rate that changes. It maps the arrivals of a
// process with rate 1 to the arrivals of the ramp: exponential gaps give a Poisson process
// (Lewis and Shedler 1979, by inversion), equal gaps give one request for each unit of the
// rate's integral.
type ramp struct {
	pieces []piece
	at     int // the piece of the latest answer: questions come in rising order
	end    int64
}

// piece is a stage: when it begins (ns since the start of the slice), how many requests
// are due until then, and its rate, per ns, with what it grows by in each.
type piece struct {
	start, due, rate, growth float64
	length, count            float64 // how long it is, and how many are due in it
}

// newRamp returns nil for none.
func newRamp(r bench.Ramp) *ramp {
	if len(r.Stages) == 0 {
		return nil
	}
	out := &ramp{end: int64(r.Length())}
	var start, due float64
	from := r.From / float64(time.Second)
	for _, s := range r.Stages {
		to, length := s.To/float64(time.Second), float64(s.Length)
		if p := (piece{start: start, due: due, rate: from, length: length, count: (from + to) / 2 * length}); p.count > 0 {
			p.growth = (to - from) / length
			out.pieces = append(out.pieces, p)
		}
		start, due, from = start+length, due+(from+to)/2*length, to
	}
	return out
}

// when returns the time at which so many requests are due, and the end of the ramp if that
// never is.
func (r *ramp) when(due float64) int64 {
	for r.at < len(r.pieces) && due >= r.pieces[r.at].due+r.pieces[r.at].count {
		r.at++
	}
	if r.at == len(r.pieces) {
		return r.end
	}
	p := &r.pieces[r.at]
	// The rate p.rate + p.growth·t is integrated to y; of the two roots this form of the
	// solution is the one that loses no digits where the rate hardly changes.
	y := max(0, due-p.due)
	root := math.Sqrt(max(0, p.rate*p.rate+2*p.growth*y))
	if p.rate+root == 0 {
		return int64(p.start) // the first request of a ramp from 0
	}
	return int64(p.start + min(2*y/(p.rate+root), p.length))
}
