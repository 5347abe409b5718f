package load

import (
	"fmt"

	"authbench/bench"
	"authbench/internal/result/hist"
)

// Fill copies what o found into a slice's record.
func (o *Outcome) Fill(s *bench.Slice) error {
	s.Measured = o.Measured.Nanoseconds()
	s.Scheduled, s.Sent, s.Completed, s.Answered = o.Scheduled, o.Sent, o.Completed, o.Answered
	s.Statuses, s.Errors, s.Malformed = o.StatusCounts(), o.Errors, o.Malformed
	s.Resent, s.Unsolicited = o.Resent, o.Unsolicited
	s.WrongVerdicts, s.FalseAccepts = o.WrongVerdicts, o.FalseAccepts
	s.GeneratorCPU, s.GeneratorSpin = o.GeneratorCPU.Nanoseconds(), o.GeneratorSpin.Nanoseconds()
	s.BytesOut, s.BytesIn = o.BytesOut, o.BytesIn
	s.LateSends, s.Clipped, s.Occupancy = o.LateSends, o.Clipped, o.Occupancy.Nanoseconds()
	var err error
	if s.Valid, err = o.Valid.encode(); err != nil {
		return err
	}
	s.Refused, err = o.Refused.encode()
	return err
}

func (l Latencies) encode() (out bench.Latencies, err error) {
	for _, h := range []struct {
		from *hist.Histogram
		to   *bench.EncodedHistogram
	}{{l.Response, &out.Response}, {l.Service, &out.Service}, {l.Queue, &out.Queue}, {l.Lag, &out.Lag}} {
		text, e := h.from.Encode()
		if e != nil {
			return out, fmt.Errorf("encode a histogram: %w", e)
		}
		*h.to = bench.EncodedHistogram(text)
	}
	return out, nil
}
