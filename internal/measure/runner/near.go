package runner

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/result/hist"
)

const (
	// partLength is that of an episode's parts, nearLength that of those around revocations.
	partLength = 100 * time.Millisecond
	nearLength = 10 * time.Millisecond
	// nearBefore and nearAfter say how far around a revocation: it may be ordered some
	// milliseconds late, and what it does to others is over after a few look-ups.
	nearBefore = 20 * time.Millisecond
	nearAfter  = 100 * time.Millisecond
)

// nearCourse is the course of an episode's load, with counts of shorter parts around its
// revocations, and the response times of all parts that are as far from one.
//
// Rejected: response times of each short part. In some hundred of them an arm has five each,
// which tell nothing by themselves, and would make a result half as large again.
type nearCourse struct {
	course
	// planned are the revocations' times from the episode's beginning, in order; began is when
	// the load's measured part began, from there, ns.
	planned    []time.Duration
	began      atomic.Int64
	near       map[int]*bench.NearPart // by their index in the load
	byDistance map[int]*hist.Packed    // by how many short parts they are from a revocation
}

func newNearCourse(t bench.Timeline) *nearCourse {
	c := &nearCourse{near: map[int]*bench.NearPart{}, byDistance: map[int]*hist.Packed{}}
	for _, p := range t.Revocations {
		c.planned = append(c.planned, p.At)
	}
	c.live = load.Live{Every: nearLength, Take: c.take}
	return c
}

// take adds what one thread found in a short part to the part that it belongs to.
func (c *nearCourse) take(i load.Interval) {
	at := time.Duration(c.began.Load()) + time.Duration(i.Index)*nearLength
	if c.isNear(at) {
		p := c.near[i.Index]
		if p == nil {
			p = &bench.NearPart{At: at.Nanoseconds(), Part: bench.Part{Statuses: map[bench.Class]map[int]int64{}}}
			c.near[i.Index] = p
		}
		count(&p.Part, i)
		distance := c.distance(at)
		if c.byDistance[distance] == nil {
			c.byDistance[distance] = hist.NewPacked()
		}
		c.byDistance[distance].Merge(i.Times)
	}
	i.Index /= int(partLength / nearLength)
	c.course.take(i)
}

// isNear reports whether a short part that begins at a time is near a revocation.
func (c *nearCourse) isNear(at time.Duration) bool {
	next, _ := slices.BinarySearch(c.planned, at-nearAfter)
	return next < len(c.planned) && c.planned[next] < at+nearLength+nearBefore
}

// distance is how many short parts one that begins at a time is behind the last revocation, 0
// if that falls into it; below 0 it is before the next one, if it is near no earlier one.
func (c *nearCourse) distance(at time.Duration) int {
	next, _ := slices.BinarySearch(c.planned, at+nearLength)
	if next > 0 && at-c.planned[next-1] <= nearAfter {
		return int((at - c.planned[next-1] + nearLength - 1) / nearLength)
	}
	return -int((c.planned[next] - at) / nearLength)
}

// distances are the response times by how far from a revocation they are.
func (c *nearCourse) distances() ([]bench.Distance, error) {
	var out []bench.Distance
	for _, n := range slices.Sorted(maps.Keys(c.byDistance)) {
		whole := hist.New()
		c.byDistance[n].AddTo(whole)
		text, err := whole.Encode()
		if err != nil {
			return nil, fmt.Errorf("encode a histogram: %w", err)
		}
		out = append(out, bench.Distance{Parts: n, Response: bench.EncodedHistogram(text)})
	}
	return out, nil
}

// around are the short parts in order of time.
func (c *nearCourse) around() []bench.NearPart {
	var out []bench.NearPart
	for _, p := range c.near {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b bench.NearPart) int { return int(a.At - b.At) })
	return out
}
