package result

import (
	"authbench/bench"
	"authbench/internal/result/limit"
)

// LoadTest is the outcome of a load test of one URL, as scripts read it. Keys without samples
// are absent; lists and maps without content are empty.
type LoadTest struct {
	URL      string   `json:"url"`
	Validity Validity `json:"verdict"`
	// Interrupted says that the user ended it.
	Interrupted bool `json:"interrupted,omitempty"`
	// Requests counts those that ended, Duration is the measured part, in seconds.
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
	// GeneratorCPU does not include polls that found nothing.
	GeneratorCPU float64 `json:"generator_cpu_us_per_request,omitempty"`
	// ServerCPU is what an agent beside the server saw; 0 where there was none.
	ServerCPU float64 `json:"server_cpu_us_per_request,omitempty"`
	BytesOut  int64   `json:"bytes_out"`
	BytesIn   int64   `json:"bytes_in"`

	Times
	// Refused are the times of bad credentials that were refused.
	Refused *Times  `json:"refused,omitempty"`
	Connect *Spread `json:"connect_us,omitempty"`
	TLS     *Spread `json:"tls_us,omitempty"`

	// Statuses counts answers by status. If credentials were sent, Classes counts them by
	// the class of the credential and by status.
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
	Malformed   map[string]int64  `json:"malformed"`
	Resent      int64             `json:"resent,omitempty"`
	Unsolicited int64             `json:"unsolicited,omitempty"`
	Warnings    []LoadTestWarning `json:"warnings"`
	// Limits are those that the user put on figures.
	Limits []limit.Judged `json:"limits,omitempty"`
	// Intervals show the test over time. Together they have all of its requests.
	Intervals []Interval `json:"intervals"`
	// Workers are the machines, if there were several.
	Workers []Worker `json:"workers,omitempty"`
}

// Interval is a part of a load test.
type Interval struct {
	// From is when it begins, after the start of the measured part, in seconds. Intervals
	// after the end of that part have late answers.
	From   float64 `json:"from_s"`
	Length float64 `json:"length_s"`
	// Asked is how many requests of an open load were due per second, Sent how many were
	// sent.
	Asked float64 `json:"asked_rps,omitempty"`
	Sent  int64   `json:"sent,omitempty"`
	// Answers counts whole answers, Unexpected those of them with an unexpected status, and
	// Errors requests without an answer and attempts to connect that failed.
	Answers    int64 `json:"answers"`
	Unexpected int64 `json:"unexpected"`
	Errors     int64 `json:"errors"`
	// Times are the headline's times of the requests that ended within the interval; absent
	// if none did.
	Times *Spread `json:"times_us,omitempty"`
}

// Throughput is how many answers came per second.
func (i Interval) Throughput() float64 { return i.per(i.Answers) }

// Failures is how many requests failed per second: without an answer, or with an unexpected
// one.
func (i Interval) Failures() float64 { return i.per(i.Unexpected + i.Errors) }

func (i Interval) per(n int64) float64 {
	if i.Length <= 0 {
		return 0
	}
	return float64(n) / i.Length
}

// Rate is an open load's: what was asked for, and what could be sent in time.
type Rate struct {
	Arrivals bench.Arrivals `json:"arrivals"`
	// Asked is the mean rate; if a ramp was interrupted, up to then.
	Asked    float64 `json:"asked_rps"`
	Achieved float64 `json:"achieved_rps"`
	// Ramp describes a rate that changes.
	Ramp *bench.Ramp `json:"ramp,omitempty"`
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

// LoadTestWarning is a doubt about the figures.
type LoadTestWarning struct {
	Code  string      `json:"code"`
	Level bench.Level `json:"level"`
	Text  string      `json:"text"`
}

// Headline is the distribution that says how long a request takes: the response time of an
// open load, the service time of a closed one.
func (t LoadTest) Headline() *Spread {
	if t.Rate != nil {
		return t.Response
	}
	return t.Service
}
