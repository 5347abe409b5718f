package runner

import (
	"fmt"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/result/hist"
)

// course collects part by part what a slice under a ramp, or an episode's load, finds. A nil
// one, of every other load, collects nothing.
type course struct {
	live  load.Live
	parts []bench.Part
	times []*hist.Packed // of the parts
}

func newCourse(part time.Duration) *course {
	c := &course{}
	c.live = load.Live{Every: part, Take: c.take}
	return c
}

// courseOf returns the course of a load under a ramp, nil for every other one.
func courseOf(l bench.Load) *course {
	if l.Kind != bench.Ramped {
		return nil
	}
	c := newCourse(l.Part())
	c.reach(bench.RampParts - 1)
	return c
}

// watch returns what hands a slice over, until the function that it returns is called.
func (c *course) watch() (*load.Live, func()) {
	if c == nil {
		return nil, func() {}
	}
	return &c.live, c.live.Watch()
}

// reach makes room up to a part.
func (c *course) reach(index int) {
	for len(c.parts) <= index {
		c.parts = append(c.parts, bench.Part{Statuses: map[bench.Class]map[int]int64{}})
		c.times = append(c.times, hist.NewPacked())
	}
}

// take adds what one thread found in a part. The last calls come when the slice ends.
func (c *course) take(i load.Interval) {
	c.reach(i.Index)
	count(&c.parts[i.Index], i)
	c.times[i.Index].Merge(i.Times)
}

// count adds what was counted in an interval to a part.
func count(p *bench.Part, i load.Interval) {
	p.Sent, p.Completed = p.Sent+i.Sent, p.Completed+i.Completed
	p.WrongVerdicts, p.Errors = p.WrongVerdicts+i.WrongVerdicts, p.Errors+i.Errors
	for _, a := range i.Answers {
		if p.Statuses[a.Class] == nil {
			p.Statuses[a.Class] = map[int]int64{}
		}
		p.Statuses[a.Class][a.Status] += a.N
	}
}

// encoded are the parts of a slice that has ended, nil for a nil course.
func (c *course) encoded() ([]bench.Part, error) {
	if c == nil {
		return nil, nil
	}
	whole := hist.New()
	for i, times := range c.times {
		whole.Reset()
		times.AddTo(whole)
		text, err := whole.Encode()
		if err != nil {
			return nil, fmt.Errorf("encode a histogram: %w", err)
		}
		c.parts[i].Response = bench.EncodedHistogram(text)
	}
	return c.parts, nil
}
