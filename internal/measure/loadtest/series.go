package loadtest

import (
	"time"

	"authbench/internal/measure/load"
	"authbench/internal/result"
	"authbench/internal/result/hist"
)

const (
	// shortestInterval shows a test of some seconds, too; doubled, it makes whole seconds.
	shortestInterval = time.Second / 8
	// mostIntervals bounds the memory of a test without an end, at some kilobytes each, and
	// is as many as a page can show beside each other.
	mostIntervals = 240
)

// series is what a load test found over time: intervals of equal length, one after
// another. When there are too many, each two become one, and from then on they are twice
// as long.
type series struct {
	doubled int // how often
	rows    []row
}

// row is one interval. Times is nil where there are none.
type row struct {
	load.Counts
	times  *hist.Packed
	spread *result.Spread // of times; nil until somebody asks
}

// step is how long an interval is by now.
func (s *series) step() time.Duration { return shortestInterval << s.doubled }

// add adds what one thread found in one of the shortest intervals.
func (s *series) add(i load.Interval) {
	s.reach(i.Index)
	s.rows[i.Index>>s.doubled].add(i.Counts, i.Times)
}

// reach makes room up to one of the shortest intervals.
func (s *series) reach(index int) {
	for index>>s.doubled >= mostIntervals {
		s.double()
	}
	for len(s.rows) <= index>>s.doubled {
		s.rows = append(s.rows, row{})
	}
}

func (s *series) double() {
	s.doubled++
	half := make([]row, (len(s.rows)+1)/2)
	for i, r := range s.rows {
		if i%2 == 0 {
			half[i/2] = r
		} else {
			half[i/2].add(r.Counts, r.times)
		}
	}
	s.rows = half
}

func (r *row) add(c load.Counts, times *hist.Packed) {
	r.Counts = r.Counts.Plus(c)
	if times == nil || times.Count() == 0 {
		return
	}
	if r.spread = nil; r.times == nil {
		r.times = hist.NewPacked()
	}
	r.times.Merge(times)
}

// upTo returns the intervals that had ended at a time since the beginning.
func (s *series) upTo(elapsed time.Duration) []result.Interval {
	if elapsed < shortestInterval {
		return nil
	}
	s.reach(int(elapsed/shortestInterval) - 1)
	return s.list(min(len(s.rows), int(elapsed/s.step())), 0)
}

// whole returns all intervals of a test whose measured part took so long. The last of
// this part ends with it; those behind it have the answers that came later.
func (s *series) whole(measured time.Duration) []result.Interval {
	s.reach(int((measured+shortestInterval-1)/shortestInterval) - 1)
	return s.list(len(s.rows), measured)
}

// list returns the first n intervals. One that would go on across a time ends with it; 0:
// none does.
func (s *series) list(n int, across time.Duration) []result.Interval {
	out := make([]result.Interval, n)
	for i := range out {
		r, from, length := &s.rows[i], time.Duration(i)*s.step(), s.step()
		if from < across && across < from+length {
			length = across - from
		}
		if r.spread == nil && r.times != nil {
			r.spread = spreadOf(r.times)
		}
		out[i] = result.Interval{From: from.Seconds(), Length: length.Seconds(), Sent: r.Sent,
			Answers: r.Completed, Unexpected: r.WrongVerdicts, Errors: r.Errors, Times: r.spread}
	}
	return out
}
