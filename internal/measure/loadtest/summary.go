package loadtest

import (
	"fmt"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/result"
	"authbench/internal/result/hist"
	"authbench/internal/result/limit"
	"authbench/internal/result/validity"
)

const micro = 1e3 // ns

// distribution is a histogram, packed or not.
type distribution interface {
	*hist.Histogram | *hist.Packed
	Count() int64
	Mean() float64
	Quantile(float64) int64
	Max() int64
}

// spreadOf sums a distribution up, nil if there is none or nothing in it.
func spreadOf[D distribution](h D) *result.Spread {
	if h == nil || h.Count() == 0 {
		return nil
	}
	at := func(q float64) float64 { return float64(h.Quantile(q)) / micro }
	return &result.Spread{
		Count: h.Count(), Mean: h.Mean() / micro, P50: at(0.5), P90: at(0.9), P95: at(0.95), P99: at(0.99), P999: at(0.999),
		Max: float64(h.Max()) / micro,
	}
}

func timesOf(l load.Latencies) result.Times {
	return result.Times{
		Response: spreadOf(l.Response), Service: spreadOf(l.Service), FirstByte: spreadOf(l.FirstByte),
		Transfer: spreadOf(l.Transfer), Queue: spreadOf(l.Queue), Lag: spreadOf(l.Lag),
	}
}

// summarise judges an outcome and sums it up.
func (t *test) summarise(o *load.Outcome, noise bench.Noise, interrupted bool) (result.LoadTest, *limit.Answers, error) {
	record := bench.Slice{Attempt: 1, Connections: t.Connections, Rate: t.Rate}
	if err := o.Fill(&record); err != nil {
		return result.LoadTest{}, nil, err
	}
	s := result.LoadTest{
		URL: t.Shown, Interrupted: interrupted, Requests: validity.Requests(record), Duration: o.Measured.Seconds(),
		Throughput: perSecond(o.Answered, o.Measured), Connections: t.Connections, Threads: max(1, len(t.CPUs)),
		Engine: t.engine.Name(), Poll: string(t.Poll), Seed: t.Seed, BytesOut: o.BytesOut, BytesIn: o.BytesIn,
		Times: timesOf(o.Valid), Connect: spreadOf(o.Opening.Connect), TLS: spreadOf(o.Opening.Handshake),
		Statuses: map[int]int64{}, Errors: o.Errors, Malformed: o.Malformed, Resent: o.Resent, Unsolicited: o.Unsolicited,
		Warnings: []result.LoadTestWarning{}, Expect: t.Expect.String(), Intervals: t.intervals(),
	}
	if o.Answered > 0 {
		s.GeneratorCPU = float64(o.GeneratorCPU-o.GeneratorSpin) / micro / float64(o.Answered)
	}
	if t.Arrivals != "" {
		s.Rate = &result.Rate{Arrivals: t.Arrivals, Asked: t.Rate, Achieved: perSecond(o.Sent-o.Overdue, o.Measured)}
		if len(t.Ramp.Stages) > 0 {
			s.Rate.Ramp = &t.Ramp
			s.Rate.Asked = perSecond(o.Scheduled, o.Measured) // so far, where it was cut off
		}
	}
	for _, counts := range record.Statuses {
		for status, n := range counts {
			s.Statuses[status] += n
		}
	}
	answers := limit.NewAnswers()
	answers.Add(record, t.expects)
	if share, ok := answers.Success(); ok {
		s.Success = &share
	}
	if t.Credentials != nil {
		s.Classes = record.Statuses
		if refused := timesOf(o.Refused); refused.Service != nil {
			s.Refused = &refused
		}
	}
	for _, w := range validity.LoadTest(record, validity.Conditions{Overdue: o.Overdue, Noise: noise, CPUs: t.cpus(), Success: t.succeeds}) {
		s.Warnings = append(s.Warnings, result.LoadTestWarning{Code: w.Code, Level: w.Level, Text: w.Text})
	}
	s.Warnings = append(s.Warnings, t.doubts(s)...)
	rank(&s)
	return s, answers, nil
}

// intervals are how the test went over time, with how many requests of an open load were
// due. Its schedule ends with the measured part.
func (t *test) intervals() []result.Interval {
	out, span := t.gauge.intervals()
	due := func(seconds float64) float64 {
		within := min(time.Duration(seconds*1e9), span)
		if len(t.Ramp.Stages) > 0 {
			return t.Ramp.Due(within)
		}
		return t.Rate * within.Seconds()
	}
	for k := range out {
		i := &out[k]
		i.Asked = (due(i.From+i.Length) - due(i.From)) / i.Length
	}
	return out
}

// The codes of a load test's own warnings.
const (
	CodeFewSamples = "few_samples"
	CodeWakeUp     = "wake_up"
)

// fewestBeyond is how many requests a percentile must have beyond it to be worth
// quoting, as in a run's figures.
const fewestBeyond = 50

// doubts are what only a load test has to say.
func (t *test) doubts(s result.LoadTest) []result.LoadTestWarning {
	var out []result.LoadTestWarning
	add := func(code string, level bench.Level, format string, args ...any) {
		out = append(out, result.LoadTestWarning{Code: code, Level: level, Text: fmt.Sprintf(format, args...)})
	}
	if h := s.Headline(); h != nil && float64(h.Count)*0.01 < fewestBeyond {
		add(CodeFewSamples, bench.Info, "p99 and what is above rest on less than %d requests each: send %d for p99, %d for p99.9", fewestBeyond, fewestBeyond*100, fewestBeyond*1000)
	}
	if s.Rate != nil && (s.Engine == load.Portable || t.Poll == load.PollNever) {
		add(CodeWakeUp, bench.Info, "the generator slept between requests: its waking up, some 50 µs and with the portable engine up to 1 ms, is part of the times")
	}
	return out
}

// rank sorts the warnings, the worst first, and draws the verdict from them.
func rank(s *result.LoadTest) {
	order := []bench.Level{bench.Void, bench.Suspicious, bench.Info}
	slices.SortStableFunc(s.Warnings, func(a, b result.LoadTestWarning) int {
		return slices.Index(order, a.Level) - slices.Index(order, b.Level)
	})
	s.Validity = result.Valid
	if len(s.Warnings) > 0 {
		switch s.Warnings[0].Level {
		case bench.Void:
			s.Validity = result.Invalid
		case bench.Suspicious:
			s.Validity = result.Suspicious
		}
	}
}

// Histogram is the headline's.
func (r *Result) Histogram() *hist.Histogram {
	if r.Summary.Rate != nil {
		return r.Outcome.Valid.Response
	}
	return r.Outcome.Valid.Service
}

// Intervals are the histograms of valid credentials, by the names of the summary,
// over the measured part.
func (r *Result) Intervals() []hist.Interval {
	l, o := r.Outcome.Valid, r.Outcome.Opening
	end := r.Began.Add(r.Outcome.Measured)
	var out []hist.Interval
	for _, h := range []struct {
		tag  string
		hist *hist.Histogram
	}{
		{"response", l.Response}, {"service", l.Service}, {"first_byte", l.FirstByte}, {"transfer", l.Transfer},
		{"queue", l.Queue}, {"lag", l.Lag}, {"connect", o.Connect}, {"tls", o.Handshake},
	} {
		out = append(out, hist.Interval{Tag: h.tag, Start: r.Began, End: end, Histogram: h.hist})
	}
	return out
}
