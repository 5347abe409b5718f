package trial

import (
	"fmt"
	"maps"
	"slices"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/measure/load"
	"authbench/internal/result/hist"
	"authbench/internal/result/limit"
	"authbench/internal/result/validity"
)

// Summary is what a trial found, as scripts read it. Keys without samples are
// absent; lists and maps that hold nothing are empty.
type Summary struct {
	URL     string           `json:"url"`
	Verdict analysis.Verdict `json:"verdict"`
	// Interrupted says that the user ended it.
	Interrupted bool `json:"interrupted,omitempty"`
	// Requests counts those that came to an end, Duration is the measured part.
	Requests int64   `json:"requests"`
	Duration float64 `json:"duration_s"`
	// Throughput counts the answers that came within the measured part.
	Throughput  float64 `json:"throughput_rps"`
	Rate        *Rate   `json:"rate,omitempty"`
	Connections int     `json:"connections"`
	Threads     int     `json:"threads"`
	Engine      string  `json:"engine"`
	Poll        string  `json:"poll"`
	Seed        uint64  `json:"seed"`
	// GeneratorCPU is without the polls that found nothing.
	GeneratorCPU float64 `json:"generator_cpu_us_per_request,omitempty"`
	BytesOut     int64   `json:"bytes_out"`
	BytesIn      int64   `json:"bytes_in"`

	Times
	// Refused are the times of bad credentials that were refused.
	Refused *Times  `json:"refused,omitempty"`
	Connect *Spread `json:"connect_us,omitempty"`
	TLS     *Spread `json:"tls_us,omitempty"`

	// Statuses counts answers by status, Classes by the class of their credential
	// first, where credentials were sent.
	Statuses map[int]int64                 `json:"status"`
	Classes  map[bench.Class]map[int]int64 `json:"classes,omitempty"`
	// Expect are the statuses that count as success, Success is the share of the
	// requests that were answered as they should; nil if there were none.
	Expect  string           `json:"expect_status"`
	Success *float64         `json:"success,omitempty"`
	Errors  map[string]int64 `json:"errors"`
	// Malformed counts the malformed answers among the errors by what was wrong with
	// them, Resent the requests that were sent a second time, and Unsolicited the
	// connections that were dropped for bytes that nobody had asked for.
	Malformed   map[string]int64 `json:"malformed"`
	Resent      int64            `json:"resent,omitempty"`
	Unsolicited int64            `json:"unsolicited,omitempty"`
	Warnings    []Warning        `json:"warnings"`
	// Limits are those that the user put on figures.
	Limits []limit.Judged `json:"limits,omitempty"`

	answers *limit.Answers
}

// Rate is an open load's: what was asked for, and what could be sent in time.
type Rate struct {
	Arrivals bench.Arrivals `json:"arrivals"`
	Asked    float64        `json:"asked_rps"`
	Achieved float64        `json:"achieved_rps"`
}

// Times are those of valid credentials, or of requests without any. A closed load
// has no response, queue or lag.
type Times struct {
	Response  *Spread `json:"response_us,omitempty"`
	Service   *Spread `json:"service_us,omitempty"`
	FirstByte *Spread `json:"first_byte_us,omitempty"`
	Transfer  *Spread `json:"transfer_us,omitempty"`
	Queue     *Spread `json:"queue_us,omitempty"`
	Lag       *Spread `json:"lag_us,omitempty"`
}

// Spread is a distribution in short, in microseconds.
type Spread struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p999"`
	Max   float64 `json:"max"`
}

// Warning is a doubt about the figures.
type Warning struct {
	Code  string      `json:"code"`
	Level bench.Level `json:"level"`
	Text  string      `json:"text"`
}

const micro = 1e3 // ns

func spreadOf(h *hist.Histogram) *Spread {
	if h == nil || h.Count() == 0 {
		return nil
	}
	at := func(q float64) float64 { return float64(h.Quantile(q)) / micro }
	return &Spread{
		Count: h.Count(), Mean: h.Mean() / micro, P50: at(0.5), P90: at(0.9), P95: at(0.95), P99: at(0.99), P999: at(0.999),
		Max: float64(h.Max()) / micro,
	}
}

func timesOf(l load.Latencies) Times {
	return Times{
		Response: spreadOf(l.Response), Service: spreadOf(l.Service), FirstByte: spreadOf(l.FirstByte),
		Transfer: spreadOf(l.Transfer), Queue: spreadOf(l.Queue), Lag: spreadOf(l.Lag),
	}
}

// summarise judges an outcome and sums it up.
func (t *test) summarise(o *load.Outcome, noise bench.Noise, interrupted bool) (Summary, error) {
	record := bench.Slice{Attempt: 1, Connections: t.Connections, Rate: t.Rate}
	if err := o.Fill(&record); err != nil {
		return Summary{}, err
	}
	s := Summary{
		URL: t.Shown, Interrupted: interrupted, Requests: validity.Requests(record), Duration: o.Measured.Seconds(),
		Throughput: perSecond(o.Answered, o.Measured), Connections: t.Connections, Threads: max(1, len(t.CPUs)),
		Engine: t.engine.Name(), Poll: string(t.Poll), Seed: t.Seed, BytesOut: o.BytesOut, BytesIn: o.BytesIn,
		Times: timesOf(o.Valid), Connect: spreadOf(o.Opening.Connect), TLS: spreadOf(o.Opening.Handshake),
		Statuses: map[int]int64{}, Errors: o.Errors, Malformed: o.Malformed, Resent: o.Resent, Unsolicited: o.Unsolicited,
		Warnings: []Warning{}, Expect: t.Expect.String(),
	}
	if o.Answered > 0 {
		s.GeneratorCPU = float64(o.GeneratorCPU-o.GeneratorSpin) / micro / float64(o.Answered)
	}
	if t.Arrivals != "" {
		s.Rate = &Rate{t.Arrivals, t.Rate, perSecond(o.Sent-o.Overdue, o.Measured)}
	}
	for _, counts := range record.Statuses {
		for status, n := range counts {
			s.Statuses[status] += n
		}
	}
	s.answers = limit.NewAnswers()
	s.answers.Add(record, t.expects)
	if share, ok := s.answers.Success(); ok {
		s.Success = &share
	}
	if t.Credentials != nil {
		s.Classes = record.Statuses
		if refused := timesOf(o.Refused); refused.Service != nil {
			s.Refused = &refused
		}
	}
	for _, w := range validity.Trial(record, validity.Conditions{Overdue: o.Overdue, Noise: noise, CPUs: t.cpus(), Success: t.succeeds}) {
		s.Warnings = append(s.Warnings, Warning{w.Code, w.Level, w.Text})
	}
	s.Warnings = append(s.Warnings, t.doubts(s)...)
	s.rank()
	return s, nil
}

// The codes of a trial's own warnings.
const (
	CodeFewSamples = "few_samples"
	CodeWakeUp     = "wake_up"
)

// fewestBeyond is how many requests a percentile must have beyond it to be worth
// quoting, as in a run's figures.
const fewestBeyond = 50

// doubts are what only a trial has to say.
func (t *test) doubts(s Summary) []Warning {
	var out []Warning
	add := func(code string, level bench.Level, format string, args ...any) {
		out = append(out, Warning{code, level, fmt.Sprintf(format, args...)})
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
func (s *Summary) rank() {
	order := []bench.Level{bench.Void, bench.Suspicious, bench.Info}
	slices.SortStableFunc(s.Warnings, func(a, b Warning) int {
		return slices.Index(order, a.Level) - slices.Index(order, b.Level)
	})
	s.Verdict = analysis.Good
	if len(s.Warnings) > 0 {
		switch s.Warnings[0].Level {
		case bench.Void:
			s.Verdict = analysis.Bad
		case bench.Suspicious:
			s.Verdict = analysis.Doubtful
		}
	}
}

// Headline is the distribution that answers how long a request takes: the response
// time of an open load, the service time of a closed one.
func (s Summary) Headline() *Spread {
	if s.Rate != nil {
		return s.Response
	}
	return s.Service
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

// StatusList returns the statuses that occurred, in rising order.
func (s Summary) StatusList() []int { return slices.Sorted(maps.Keys(s.Statuses)) }
