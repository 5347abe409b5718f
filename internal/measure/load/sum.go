package load

import (
	"encoding/json"
	"errors"
	"fmt"

	"authbench/bench"
	"authbench/internal/result/hist"
)

// NewOutcome returns one of nothing, to which others can be added. The breakdown is that of
// their endpoints.
func NewOutcome(breakdown bool) *Outcome {
	out := &Outcome{Errors: map[string]int64{}, Malformed: map[string]int64{}, Valid: newLatencies(), Refused: newLatencies()}
	if out.Opening = newOpening(Endpoint{Breakdown: breakdown}); !breakdown {
		return out
	}
	for _, l := range []*Latencies{&out.Valid, &out.Refused} {
		l.FirstByte, l.Transfer = hist.New(), hist.New()
	}
	return out
}

// Add adds what another engine found of the same slice at the same time. Nothing is lost:
// all histograms have one geometry.
func (o *Outcome) Add(p *Outcome) {
	o.addCounts(p)
	o.Measured = max(o.Measured, p.Measured)
	o.Clipped += p.Clipped
	o.GeneratorCPU += p.GeneratorCPU
	o.GeneratorSpin += p.GeneratorSpin
	o.Valid.merge(p.Valid)
	o.Refused.merge(p.Refused)
	o.Opening.merge(p.Opening)
}

// addCounts adds what is counted request by request.
func (o *Outcome) addCounts(p *Outcome) {
	from := p.counts()
	for i, to := range o.counts() {
		*to += *from[i]
	}
	o.Occupancy += p.Occupancy
	o.SentSum += p.SentSum
	o.UnsentSum += p.UnsentSum
	for class := range p.Statuses {
		for status, n := range p.Statuses[class] {
			o.Statuses[class][status] += n
		}
	}
	for kind, n := range p.Errors {
		o.Errors[kind] += n
	}
	for reason, n := range p.Malformed {
		o.Malformed[reason] += n
	}
}

// counts are the outcome's plain counts.
func (o *Outcome) counts() []*int64 {
	return []*int64{
		&o.Scheduled, &o.Sent, &o.Overdue, &o.Completed, &o.Answered, &o.WrongVerdicts, &o.FalseAccepts, &o.LateSends,
		&o.BytesOut, &o.BytesIn, &o.Resent, &o.Unsolicited,
	}
}

// Check reports what is wrong with an outcome that came from elsewhere: what could not be
// added to others.
func (o *Outcome) Check() error {
	for _, n := range o.counts() {
		if *n < 0 {
			return fmt.Errorf("the outcome of a slice: a count of %d", *n)
		}
	}
	for _, l := range []Latencies{o.Valid, o.Refused} {
		if l.Response == nil || l.Service == nil || l.Queue == nil || l.Lag == nil {
			return errors.New("the outcome of a slice: no histogram of a part of the times")
		}
	}
	return nil
}

// byClass returns the statuses that occurred, by class.
func (s *Statuses) byClass() map[bench.Class]map[int]int64 {
	out := map[bench.Class]map[int]int64{}
	for class := range s {
		for status, n := range s[class] {
			if n == 0 {
				continue
			}
			c := bench.Classes[class]
			if out[c] == nil {
				out[c] = map[int]int64{}
			}
			out[c][status] = n
		}
	}
	return out
}

// MarshalJSON writes the statuses that occurred, by class.
func (s Statuses) MarshalJSON() ([]byte, error) { return json.Marshal(s.byClass()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Statuses) UnmarshalJSON(text []byte) error {
	var all map[bench.Class]map[int]int64
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	*s = Statuses{}
	for c, counts := range all {
		class := c.Index()
		if class < 0 {
			return fmt.Errorf("answers to credentials of class %q: there is no such class", c)
		}
		for status, n := range counts {
			if status < 0 || status > maxStatus || n < 0 {
				return fmt.Errorf("%d answers of status %d: there are none such", n, status)
			}
			s[class][status] = n
		}
	}
	return nil
}
