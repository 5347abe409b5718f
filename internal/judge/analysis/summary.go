package analysis

import (
	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/limit"
)

// SummaryVersion is the version of summary.json.
const SummaryVersion = 1

// ArmStatus says what became of an arm.
type ArmStatus string

const (
	// ArmOK: measured, and every verdict was right.
	ArmOK ArmStatus = "ok"
	// ArmUnsafe: it let a bad credential in, or one that was taken back for longer than its
	// method promises, or the attack catalogue found that it would. Its figures are void.
	ArmUnsafe ArmStatus = "unsafe"
	// ArmShown: the attack catalogue found that it would let a bad credential in,
	// and the scenario shows it nevertheless. Its figures hold and are compared with
	// the baseline's alone, apart from those of the arms that are safe.
	ArmShown ArmStatus = "unsafe_shown"
	// ArmFailed: its target died or refused valid credentials.
	ArmFailed ArmStatus = "failed"
	// ArmSkipped: it was not measured.
	ArmSkipped ArmStatus = "skipped"
)

// Measured reports whether figures of an arm with the status may be shown.
func (s ArmStatus) Measured() bool { return s == ArmOK || s == ArmShown }

// Word is the status in one word, as figures and tables mark an arm with it.
func (s ArmStatus) Word() string {
	if s == ArmShown {
		return string(ArmUnsafe)
	}
	return string(s)
}

// Summary is what a result says: the content of summary.json, and all that the
// reports and figures draw.
type Summary struct {
	Version  int             `json:"version"`
	Scenario string          `json:"scenario"`
	Question string          `json:"question"`
	Started  string          `json:"started"` // RFC 3339, UTC
	Validity result.Validity `json:"verdict"`
	Status   bench.Status    `json:"status"`
	Reason   string          `json:"reason,omitempty"`
	Warnings []bench.Warning `json:"warnings"`
	Host     bench.Host      `json:"host"`
	Build    bench.Build     `json:"build"`
	Seed     uint64          `json:"seed"`
	Engine   string          `json:"engine"`
	Baseline string          `json:"baseline"`
	// Protocol is what was asked for; Launches is how many were measured whole.
	Protocol bench.Protocol `json:"protocol"`
	Launches int            `json:"launches"`
	Command  []string       `json:"command"`
	Arms     []Arm          `json:"arms"`
	// Contrasts are those that the scenario declares, in its order. Without any, every
	// arm is compared with the baseline.
	Contrasts []Contrast `json:"contrasts,omitempty"`
	// Ladders are the scenario's, in its order.
	Ladders []Ladder `json:"ladders,omitempty"`
	// BreakEvens are there if arms differ by the distance of their store alone.
	BreakEvens []BreakEven `json:"break_evens,omitempty"`
	// Exchanges are there if arms exchange API keys for tokens beside arms that hold such.
	Exchanges []Exchange `json:"exchanges,omitempty"`
	// Staleness is what the scenario's episodes found, in the order of the scenario.
	Staleness []Staleness `json:"staleness,omitempty"`
	// Fronts say of each episode, under each load of which costs are shown, which arms no other
	// one beats.
	Fronts []Front `json:"fronts,omitempty"`
	// Reversals are the pairs of arms of which one costs less under one load and more under
	// another, the largest first.
	Reversals []Reversal `json:"reversals,omitempty"`
	// Limits are those that the user put on figures.
	Limits []limit.Judged `json:"limits,omitempty"`
	// Health is the generator's: whether the instrument was fit for the numbers.
	Health Health `json:"generator"`
}

// Arm is what was found for one arm, in the scenario's order.
type Arm struct {
	Name   string `json:"name"`
	Method string `json:"method"`
	// Kind says of credentials that have records where these are, such as "in Redis,
	// cached for 10s"; empty for others, and for servers of the user's.
	Kind   string         `json:"kind,omitempty"`
	Params map[string]any `json:"params,omitempty"`
	// Facts are what is true of the method by its design.
	Facts bench.Facts `json:"-"`
	// Replicas is how many of its servers ran at once, where that was more than one.
	Replicas int `json:"replicas,omitempty"`
	// Own: its server is not the built-in one.
	Own bool `json:"own,omitempty"`
	// Backends are those that its server asks.
	Backends        []bench.Backend `json:"backends,omitempty"`
	CredentialBytes float64         `json:"credential_bytes"`
	Status          ArmStatus       `json:"status"`
	Reason          string          `json:"reason,omitempty"`
	// Conformance is what the attack catalogue says of the arm; nil if the run did
	// not ask.
	Conformance *bench.Conformance `json:"conformance,omitempty"`
	// Metrics of the arm as a whole: memory_bytes, allocations_per_request,
	// allocated_bytes_per_request, gc_cycles_per_second. Where the server fetches its
	// keys: key_fetches_per_second and, of all launches, failed_key_fetches. Where the
	// issuer replaced its key: key_replacements, and new_key_learned_us, the longest
	// time from a new key's publication until the server had fetched it.
	// Where the scenario has episodes: revoked_works_us, the longest time from a credential's
	// revocation until its first request that was refused, whose interval starts with
	// the last that was let in.
	// Of its backends, by their names: redis_memory_bytes, postgres_memory_bytes,
	// issuer_memory_bytes. Of its store: store_lookups_per_request, store_wait_share.
	// Of what stands before it: the parts of all questions that the cache answered,
	// cache_hit_share, of which cache_negative_share that there is no such key; that it
	// could not answer, cache_miss_share, of which cache_coalesced_share waited for an
	// equal one; and that the filter answered, filtered_share.
	Metrics map[string]Estimate `json:"metrics,omitempty"`
	// Answers count what became of its requests under all loads but searches for
	// capacity and ramps, those of slices that were taken again included. Nil where it got
	// none.
	Answers *limit.Answers `json:"answers,omitempty"`
	Loads   []Load         `json:"loads"`
}

// Load is what was found for one arm under one load.
type Load struct {
	Name string         `json:"name"`
	Kind bench.LoadKind `json:"kind"`
	// Rate is the mean rate asked for, requests per second; 0 if closed.
	Rate float64 `json:"rate_rps,omitempty"`
	// Utilisation is Rate over the arm's own capacity.
	Utilisation float64 `json:"utilisation,omitempty"`
	Requests    int64   `json:"requests"`
	Failures    int64   `json:"failures"`
	// Metrics by name: cpu_us_per_request, of which redis_cpu_us_per_request,
	// postgres_cpu_us_per_request and issuer_cpu_us_per_request are those backends'
	// that its server asks, throughput_rps, service_p50_us,
	// service_p90_us, service_p99_us (closed) or response_p50_us, response_p90_us,
	// response_p99_us, response_p999_us (open), request_bytes, response_bytes,
	// wrong_verdicts. Of a capacity load: capacity_rps, the highest rate that
	// meets SLO, or, where the generator was the limit in any launch,
	// capacity_at_least_rps, the highest rate that was seen to meet it. A metric
	// that cannot be given honestly is absent.
	Metrics map[string]Estimate `json:"metrics"`
	// Refreshes is nil unless clients hold credentials of a short life.
	Refreshes *Refreshing `json:"refreshes,omitempty"`
	// SLO is a capacity load's objective, such as "p99 < 2ms".
	SLO string `json:"slo,omitempty"`
	// Levels are what a sweep found, in the order of the scenario's fractions.
	Levels []Level `json:"levels,omitempty"`
	// Ramp describes the rate of a ramp.
	Ramp string `json:"ramp,omitempty"`
	// Course is what a ramp found: its parts in the order of time.
	Course []RampPart `json:"course,omitempty"`
	// VersusBaseline compares metrics with the baseline's in the same launches.
	VersusBaseline map[string]Comparison `json:"vs_baseline,omitempty"`
	// Ties letters the groups that no direct comparison separates, by metric:
	// arms that share a letter are not told apart ("a", "ab"). Where the launches are too few
	// to compare all pairs, each arm is compared with the first of its group alone.
	Ties map[string]string `json:"ties,omitempty"`
}

// Level is a sweep at one fraction of the arm's own closed-load capacity.
type Level struct {
	Fraction float64 `json:"fraction"`
	// Rate is the mean rate asked for, requests per second.
	Rate     float64 `json:"rate_rps"`
	Requests int64   `json:"requests"`
	Failures int64   `json:"failures"`
	// Metrics by name: throughput_rps, cpu_us_per_request, wrong_verdicts, and
	// response_p50_us, response_p90_us, response_p99_us, which are of all launches
	// together (jackknife intervals) and absent where too few samples lie beyond.
	Metrics map[string]Estimate `json:"metrics"`
}

// RampPart is a ramp between two times since it began. Requests belong to it by their end.
type RampPart struct {
	// From is when it begins, seconds after the ramp.
	From float64 `json:"from_s"`
	// Length is how long it is, in seconds.
	Length float64 `json:"length_s"`
	// Rate is how many requests were due per second.
	Rate float64 `json:"rate_rps"`
	// Requests counts those that ended.
	Requests int64 `json:"requests"`
	// Failures counts those of them without an answer, or with a wrong one.
	Failures int64 `json:"failures"`
	// Metrics by name: throughput_rps, and response_p50_us, response_p90_us and
	// response_p99_us, which are of all launches together (jackknife intervals) and absent
	// where too few samples lie beyond.
	Metrics map[string]Estimate `json:"metrics"`
}

// Estimate is one number with its interval over N launches. Where no interval
// can be given, Lo and Hi are nil.
type Estimate struct {
	Value float64  `json:"value"`
	Lo    *float64 `json:"lo,omitempty"`
	Hi    *float64 `json:"hi,omitempty"`
	N     int      `json:"n,omitempty"`
}

// Comparison is a metric beside the baseline's, paired within launches: the
// ratio, and the difference in the metric's unit, each with its 95 % interval.
type Comparison struct {
	Ratio        float64 `json:"ratio"`
	Lo           float64 `json:"lo"`
	Hi           float64 `json:"hi"`
	Difference   float64 `json:"difference"`
	DifferenceLo float64 `json:"difference_lo"`
	DifferenceHi float64 `json:"difference_hi"`
	N            int     `json:"n"`
}

// Health says how the generator itself fared.
type Health struct {
	// Sending is nil where no open load and no sweep was measured: nothing was due.
	*Sending
	// EpisodeLag is that of the episode whose open load was sent latest, nil without episodes.
	EpisodeLag *EpisodeLag `json:"episode_lag,omitempty"`
	// Repeated is the share of slices that were taken again.
	Repeated float64 `json:"repeated"`
	// Steal is the mean share of CPU time that the hypervisor took.
	Steal float64 `json:"steal"`
}

// EpisodeLag says how late the open load of an arm's episode was sent.
type EpisodeLag struct {
	// Arm is whose episode it was.
	Arm string `json:"arm"`
	// Episode is its name.
	Episode string `json:"episode"`
	// Rate is the load's, requests per second.
	Rate float64 `json:"rate_rps"`
	// P99 is how late its requests were sent at p99, µs.
	P99 float64 `json:"lag_p99_us"`
}

// Sending says how well the generator kept to the schedules of open loads and sweeps.
type Sending struct {
	// LagP50 and LagP99 are how late open-load requests were sent, µs.
	LagP50 float64 `json:"lag_p50_us"`
	LagP99 float64 `json:"lag_p99_us"`
	// LateShare is the part of them sent more than 1 ms late.
	LateShare float64 `json:"late_share"`
	// Delivered is the part of the scheduled requests that was sent.
	Delivered float64 `json:"delivered"`
	// CPU is the busy share of the generator's CPUs, polling excluded, at most
	// over the open loads of all arms.
	CPU float64 `json:"cpu"`
}

// Analysis is a result understood: the summary, and what the figures draw.
type Analysis struct {
	// Header is the result's own.
	Header  bench.Header
	Summary Summary
	// Figures are the summary's, with the values by launch that they rest on. A run that
	// goes on has none yet.
	Figures []Figure
	// Distributions has one entry per arm and closed or open load, merged
	// over all counted slices, valid credentials only.
	Distributions []Distribution
	// Points has one entry per counted slice, in the order of time.
	Points []Point
	// Provisional: no launch is whole, and all this is from the first one's rounds so far.
	// Only [Running] says such things.
	Provisional bool
}

// Distribution is a latency distribution: response times of an open load,
// service times of a closed one.
type Distribution struct {
	Arm, Load string
	Kind      bench.LoadKind
	Count     int64
	// Quantiles rise in both coordinates, up to the highest one that at least
	// 50 samples lie beyond.
	Quantiles []Quantile
	// Bins have equal width in the logarithm and cover all values.
	Bins []Bin
}

// Quantile says that the share P of the requests took at most Micros.
type Quantile struct{ P, Micros float64 }

// Bin counts the requests that took from LoMicros to HiMicros.
type Bin struct {
	LoMicros, HiMicros float64
	Count              int64
}

// Point is one counted slice. Values that are not known are NaN.
type Point struct {
	Arm, Load     string
	Launch, Round int
	// Seconds is the slice's start since the run began.
	Seconds       float64
	CPUMicros     float64 // server CPU per request
	ThroughputRPS float64
	MedianMicros  float64 // of the response (open) or service time (closed)
}

// Remote reports whether the arm's records lie behind a connection.
func (a *Arm) Remote() bool {
	kind := bench.Params(a.Params).Text("store")
	return kind == "redis" || kind == "postgres"
}

// Told reports whether each server must be told that a credential was taken back. Of others the
// credentials expire, or the servers ask somebody who knows or hear from him; a server that has not
// heard for too long lets nobody in.
func (a *Arm) Told() bool {
	switch a.Facts.Revocation {
	case bench.RevokedByRecord:
		return !a.Remote()
	case bench.RevokedByList:
		return a.Facts.Longest() == 0
	}
	return false
}
