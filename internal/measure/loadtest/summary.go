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

// summarise judges what was found and sums it up, with the intervals of a measured part that
// was so long. The verdict is not drawn yet.
func (s Spec) summarise(f Found, intervals []result.Interval, span time.Duration) (*Result, error) {
	o := f.Outcome
	record := bench.Slice{Attempt: 1, Connections: f.Connections, Rate: s.Rate}
	if err := o.Fill(&record); err != nil {
		return nil, err
	}
	out := &Result{Summary: s.figures(f, record), Outcome: o, answers: limit.NewAnswers()}
	out.Summary.Intervals = s.asked(intervals, span)
	out.answers.Add(record, s.expects)
	if share, ok := out.answers.Success(); ok {
		out.Summary.Success = &share
	}
	out.Summary.Warnings = append(s.judge(f, record), s.doubts(out.Summary)...)
	return out, nil
}

// figures are what was found, without what is drawn from it.
func (s Spec) figures(f Found, record bench.Slice) result.LoadTest {
	o := f.Outcome
	out := result.LoadTest{
		URL: s.Shown, Interrupted: f.Interrupted, Requests: validity.Requests(record), Duration: o.Measured.Seconds(),
		Throughput: perSecond(o.Answered, o.Measured), Connections: f.Connections, Threads: f.Threads,
		Engine: f.Engine, Poll: string(s.Poll), Seed: s.Seed, BytesOut: o.BytesOut, BytesIn: o.BytesIn,
		Times: timesOf(o.Valid), Connect: spreadOf(o.Opening.Connect), TLS: spreadOf(o.Opening.Handshake),
		Statuses: map[int]int64{}, Errors: o.Errors, Malformed: o.Malformed, Resent: o.Resent, Unsolicited: o.Unsolicited,
		Expect: s.Expect.String(),
	}
	if o.Answered > 0 {
		out.GeneratorCPU = float64(o.GeneratorCPU-o.GeneratorSpin) / micro / float64(o.Answered)
	}
	if s.Arrivals != "" {
		out.Rate = &result.Rate{Arrivals: s.Arrivals, Asked: s.Rate, Achieved: perSecond(o.Sent-o.Overdue, o.Measured)}
		if len(s.Ramp.Stages) > 0 {
			out.Rate.Ramp = &s.Ramp
			out.Rate.Asked = perSecond(o.Scheduled, o.Measured) // so far, where it was cut off
		}
	}
	for _, counts := range record.Statuses {
		for status, n := range counts {
			out.Statuses[status] += n
		}
	}
	if s.Credentials != nil {
		out.Classes = record.Statuses
		if refused := timesOf(o.Refused); refused.Service != nil {
			out.Refused = &refused
		}
	}
	return out
}

// judge returns what the checks of a load test have to say, at least an empty list.
func (s Spec) judge(f Found, record bench.Slice) []result.LoadTestWarning {
	out := []result.LoadTestWarning{}
	for _, w := range validity.LoadTest(record, validity.Conditions{Overdue: f.Outcome.Overdue, Noise: f.Noise, CPUs: f.CPUs, Success: s.succeeds}) {
		out = append(out, result.LoadTestWarning{Code: w.Code, Level: w.Level, Text: w.Text})
	}
	return out
}

// asked says of intervals how many requests of an open load were due in them. Its schedule ends
// with the measured part.
func (s Spec) asked(out []result.Interval, span time.Duration) []result.Interval {
	due := func(seconds float64) float64 {
		within := min(time.Duration(seconds*1e9), span)
		if len(s.Ramp.Stages) > 0 {
			return s.Ramp.Due(within)
		}
		return s.Rate * within.Seconds()
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
func (s Spec) doubts(found result.LoadTest) []result.LoadTestWarning {
	var out []result.LoadTestWarning
	add := func(code string, level bench.Level, format string, args ...any) {
		out = append(out, result.LoadTestWarning{Code: code, Level: level, Text: fmt.Sprintf(format, args...)})
	}
	if h := found.Headline(); h != nil && float64(h.Count)*0.01 < fewestBeyond {
		add(CodeFewSamples, bench.Info, "p99 and what is above rest on less than %d requests each: send %d for p99, %d for p99.9", fewestBeyond, fewestBeyond*100, fewestBeyond*1000)
	}
	if found.Rate != nil && (found.Engine == load.Portable || s.Poll == load.PollNever) {
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
