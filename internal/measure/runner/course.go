package runner

import (
	"fmt"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/result/hist"
)

// course collects what a slice under a ramp finds part by part. A nil one, of every other
// load, collects nothing.
type course struct {
	live  load.Live
	parts []bench.Part
	times []*hist.Packed // of the parts
}

func courseOf(l bench.Load) *course {
	if l.Kind != bench.Ramped {
		return nil
	}
	c := &course{}
	c.live = load.Live{Every: l.Part(), Take: c.take}
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
		c.parts, c.times = append(c.parts, bench.Part{}), append(c.times, hist.NewPacked())
	}
}

// take adds what one thread found in a part. The last calls come when the slice ends.
func (c *course) take(i load.Interval) {
	c.reach(i.Index)
	p := &c.parts[i.Index]
	p.Sent, p.Completed = p.Sent+i.Sent, p.Completed+i.Completed
	p.WrongVerdicts, p.Errors = p.WrongVerdicts+i.WrongVerdicts, p.Errors+i.Errors
	c.times[i.Index].Merge(i.Times)
}

// fill writes the parts of a slice that has ended into its record.
func (c *course) fill(s *bench.Slice) error {
	if c == nil {
		return nil
	}
	for i, times := range c.times {
		whole := hist.New()
		times.AddTo(whole)
		text, err := whole.Encode()
		if err != nil {
			return fmt.Errorf("encode a histogram: %w", err)
		}
		c.parts[i].Response = bench.EncodedHistogram(text)
	}
	s.Course = c.parts
	return nil
}
