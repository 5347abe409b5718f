package bench

import "time"

// FormatVersion is the version of the result file's records. Readers refuse
// higher ones.
const FormatVersion = 3

// Kind tells the records of a result file apart.
type Kind string

// The kinds of records, in the order in which a run writes them.
const (
	KindHeader      Kind = "header"
	KindConformance Kind = "conformance"
	KindCalibration Kind = "calibration"
	KindSlice       Kind = "slice"
	KindLaunch      Kind = "launch"
	KindEpisode     Kind = "episode"
	KindRevocation  Kind = "revocation" // an arm's only one; format 1 and older results of 2
	KindWarning     Kind = "warning"
	KindFooter      Kind = "footer"
)

// Header opens a result: what was asked, where, by which program.
type Header struct {
	Kind     Kind      `json:"kind"`
	Version  int       `json:"version"`
	Scenario Scenario  `json:"scenario"`
	Seed     uint64    `json:"seed"`
	Started  time.Time `json:"started"`
	Host     Host      `json:"host"`
	Build    Build     `json:"build"`
	// Engine is the generator's engine, Poll how it waits during slices.
	Engine string    `json:"engine"`
	Poll   string    `json:"poll"`
	Arms   []ArmInfo `json:"arms"`
	// Command is the command line that started the run.
	Command []string `json:"command"`
	// DigestKey names the key of the digests of what is hidden; see [Veil].
	DigestKey string `json:"digest_key,omitempty"`
}

// ArmInfo is what a run knows of an arm before it measures.
type ArmInfo struct {
	Name string `json:"name"`
	// CredentialBytes is the mean size of a valid credential as it is sent.
	CredentialBytes float64 `json:"credential_bytes"`
	// Credentials is how many valid ones were minted: fewer than asked for
	// where signing them would have taken too long.
	Credentials int `json:"credentials"`
	// HasCPU says that the server's CPU clock can be read (not for URLs).
	HasCPU bool `json:"has_cpu"`
	// Backends are the stores and issuers that its server asks.
	Backends []Backend `json:"backends,omitempty"`
	// Restarts says that the arm's server is started afresh at each launch.
	Restarts bool `json:"restarts"`
	// Facts are what is true of its method by design; nil for an arm that was skipped.
	Facts *Facts `json:"facts,omitempty"`
	// Revokes says that its server can be told to take a credential back.
	Revokes bool `json:"revokes,omitempty"`
	// RemovesKeys says that its servers fetch their keys from an issuer that can be told to
	// remove one.
	RemovesKeys bool `json:"removes_keys,omitempty"`
	// Skipped says why the arm was not measured at all; empty if it was.
	Skipped string `json:"skipped,omitempty"`
}

// Takes reports whether an event can take the arm's credentials back.
func (i ArmInfo) Takes(e Event) bool {
	if e == RemoveKey {
		return i.RemovesKeys
	}
	return i.Revokes
}

// Host is the machine that a result comes from.
type Host struct {
	OS          string `json:"os"`
	Arch        string `json:"arch"`
	Kernel      string `json:"kernel,omitempty"`
	CPUModel    string `json:"cpu_model,omitempty"`
	CPUs        int    `json:"cpus"`
	MemoryBytes int64  `json:"memory_bytes,omitempty"`
	// CPUQuota is the control group's limit in CPUs, 0 for none.
	CPUQuota       float64 `json:"cpu_quota,omitempty"`
	Virtualization string  `json:"virtualization,omitempty"`
	// ServerCPUs and GeneratorCPUs are those that the run used.
	ServerCPUs    []int `json:"server_cpus"`
	GeneratorCPUs []int `json:"generator_cpus"`
}

// Build is the program that a result comes from.
type Build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
}

// Calibration is what the uncounted first launch found for one arm.
type Calibration struct {
	Kind Kind   `json:"kind"`
	Arm  string `json:"arm"`
	// Capacity is the closed load's throughput in requests per second.
	Capacity float64 `json:"capacity_rps"`
}

// EncodedHistogram is a histogram of nanoseconds: an HdrHistogram V2 compressed
// payload in base64, which HdrHistogram's own tools read. Empty: no values.
type EncodedHistogram string

// Latencies are the histograms of one kind of requests in one slice.
type Latencies struct {
	// Response is last byte − intended start (open load only).
	Response EncodedHistogram `json:"response,omitempty"`
	// Service is last byte − send.
	Service EncodedHistogram `json:"service,omitempty"`
	// Queue is the wait for a free connection (open load only): the server's doing.
	Queue EncodedHistogram `json:"queue,omitempty"`
	// Lag is send − max(intended start, connection free): the generator's own.
	Lag EncodedHistogram `json:"lag,omitempty"`
}

// Slice is one visit of an arm. Counts cover its measured part; requests belong
// to it by their intended start (open load) or their completion (closed load).
type Slice struct {
	Kind    Kind   `json:"kind"`
	Arm     string `json:"arm"`
	Load    string `json:"load"`
	Launch  int    `json:"launch"`
	Round   int    `json:"round"`
	Attempt int    `json:"attempt"`
	// Position is the place in the round's order, from 0.
	Position int `json:"position"`
	// Counts is false for calibration and for slices found invalid, whose
	// reasons are in Invalid. Of several attempts the latest that counts is used.
	Counts  bool     `json:"counts"`
	Invalid []string `json:"invalid,omitempty"`

	Start    int64   `json:"start_ns"`    // since the run began
	Measured int64   `json:"measured_ns"` // length of the measured part
	Rate     float64 `json:"rate_rps,omitempty"`
	// Connections is how many were kept busy, or could be.
	Connections int `json:"connections"`

	// Probe is set under a capacity load only.
	Probe *Probe `json:"probe,omitempty"`
	// Course is set under a ramp only: what ended in each of its [RampParts], and in further
	// parts of the same length after its end.
	Course []Part `json:"course,omitempty"`

	// Scheduled and Sent are equal on a good slice; not in a closed load.
	Scheduled int64 `json:"scheduled,omitempty"`
	Sent      int64 `json:"sent,omitempty"`
	// Completed counts the slice's requests that were answered, whatever the
	// answer.
	Completed int64 `json:"completed"`
	// Answered counts the answers that came within the measured part, whichever
	// slice or part their requests belong to: what CPU time and throughput are
	// divided by. Equal to Completed in a closed load.
	Answered int64 `json:"answered"`
	// Statuses counts answers by class, then status.
	Statuses map[Class]map[int]int64 `json:"statuses"`
	// Errors counts unanswered requests by kind (timeout, reset, refused, …).
	Errors map[string]int64 `json:"errors,omitempty"`
	// Malformed counts the malformed answers among them by what was wrong with them.
	Malformed map[string]int64 `json:"malformed,omitempty"`
	// Resent counts requests that were sent a second time, because their connection
	// was closed before a byte of answer; Unsolicited the connections that brought
	// bytes that nobody had asked for.
	Resent      int64 `json:"resent,omitempty"`
	Unsolicited int64 `json:"unsolicited,omitempty"`
	// WrongVerdicts counts answers that their class must not get, FalseAccepts
	// those of them that let a bad credential in.
	WrongVerdicts int64 `json:"wrong_verdicts"`
	FalseAccepts  int64 `json:"false_accepts"`

	// ServerCPU is the process tree's CPU time within the measured part;
	// ServerTail what it still used after the last answer (garbage collection).
	// Both 0 where HasCPU is false.
	ServerCPU  int64 `json:"server_cpu_ns"`
	ServerTail int64 `json:"server_tail_ns"`
	// Backends are what those used that the server asks and that the harness started, by
	// their names.
	Backends map[string]BackendCPU `json:"backends,omitempty"`
	// GeneratorCPU is the generator threads' CPU time, GeneratorSpin the part
	// of it that they spent polling with nothing to do.
	GeneratorCPU  int64 `json:"generator_cpu_ns"`
	GeneratorSpin int64 `json:"generator_spin_ns"`
	BytesOut      int64 `json:"bytes_out"`
	BytesIn       int64 `json:"bytes_in"`
	// Pressure is the share of the slice's time in which something that could have run
	// waited for a CPU; 0 also where the kernel does not tell, and in older results.
	Pressure float64 `json:"pressure,omitempty"`
	// LateSends counts requests sent more than 1 ms late by the generator.
	LateSends int64 `json:"late_sends,omitempty"`
	// Clipped counts times beyond the histograms' range.
	Clipped int64 `json:"clipped,omitempty"`
	// Occupancy is the time that an open load's requests spent in the system, from
	// intended start to last byte, summed: the integral of their number over time.
	// The engine counts it apart from the histograms; 0 where it was not counted.
	Occupancy int64 `json:"occupancy_ns,omitempty"`

	// Valid are the latencies of valid credentials that were let in, Refused
	// those of bad ones that were refused.
	Valid   Latencies `json:"valid"`
	Refused Latencies `json:"refused,omitzero"`
	// Refreshes is nil unless clients hold credentials of a short life.
	Refreshes *Refreshes `json:"refreshes,omitempty"`
	// Warmed is for how long the arm was under the same load right before ([Visit.Warm]), ns.
	Warmed int64 `json:"warmed_ns,omitempty"`
	// Lookups are those of the server's cache in the slice, with the settling part; nothing
	// where it has no cache, and in older results.
	Lookups Lookups `json:"lookups,omitzero"`
}

// CPU is the CPU time that the slice's requests cost, ns: the server's, what it left
// behind, and its backends'.
func (s Slice) CPU() int64 {
	sum := s.ServerCPU + s.ServerTail
	for _, b := range s.Backends {
		sum += b.CPU + b.Tail
	}
	return sum
}

// Probe is how one slice of a capacity load fared against the load's objective.
// It holds counts because counts of several slices add up. Rejected: the slice's
// quantile. Requests over the limit come in clusters, so that most short slices
// hold few of them: near saturation the median of their p99 is half of the true one.
type Probe struct {
	// Requests counts the requests with valid credentials.
	Requests int64 `json:"requests"`
	// Missed counts those that were answered at the limit or later, failed or were not
	// sent.
	Missed int64 `json:"missed"`
}

// Part is one of equal parts of a slice under a ramp, or of an episode: the requests that ended
// within it.
type Part struct {
	Sent int64 `json:"sent"`
	// Completed counts answers, whatever they say, WrongVerdicts those of them that their
	// class must not get, Errors requests without an answer.
	Completed     int64 `json:"completed"`
	WrongVerdicts int64 `json:"wrong_verdicts,omitempty"`
	Errors        int64 `json:"errors,omitempty"`
	// Statuses count the answers, by class and status.
	Statuses map[Class]map[int]int64 `json:"statuses,omitempty"`
	// Response has the response times of valid credentials.
	Response EncodedHistogram `json:"response,omitempty"`
}

// Launch closes one launch: what is known per arm, and how noisy the machine was.
type Launch struct {
	Kind   Kind        `json:"kind"`
	Launch int         `json:"launch"`
	Start  int64       `json:"start_ns"`
	Length int64       `json:"length_ns"`
	Arms   []ArmLaunch `json:"arms"`
	Noise  Noise       `json:"noise"`
}

// ArmLaunch is one arm's processes over one launch.
type ArmLaunch struct {
	Arm string `json:"arm"`
	// PSS is the proportional set size of the process tree at the end, bytes.
	PSS int64 `json:"pss_bytes"`
	// BackendPSS is the same of the backends that the harness started, by their names.
	// Other arms may ask them too.
	BackendPSS map[string]int64 `json:"backend_pss_bytes,omitempty"`
	// CPU is all that the server's processes used from the first slice to the end,
	// between the slices too, ns; 0 where nothing tells.
	CPU int64 `json:"cpu_ns,omitempty"`
	// Counters cover the time from the end of the warm-up; nil where the target
	// is not the built-in one.
	Counters *Counters `json:"counters,omitempty"`
	// Rotation is nil unless the issuer's key was replaced.
	Rotation *Rotation `json:"rotation,omitempty"`
}

// Rotation is how the replacement of an issuer's key went within one launch.
type Rotation struct {
	// Learned is how long after its publication the target had fetched the new key,
	// ns; 0 if it did not.
	Learned int64 `json:"learned_ns"`
	// Used says that clients held credentials of the new key in a part of the launch:
	// else it was too short, and shows nothing.
	Used bool `json:"used"`
}

// Noise is what the machine did beside the run.
type Noise struct {
	// Steal is the share of CPU time that the hypervisor gave to others.
	Steal float64 `json:"steal"`
	// Throttled is how long the control group held the run back, ns.
	Throttled int64 `json:"throttled_ns"`
	// Pressure is the share of the time of open-load slices in which something
	// that could have run waited for a CPU.
	Pressure float64 `json:"pressure,omitempty"`
}

// Level says how much a warning matters.
type Level string

const (
	// Info is worth knowing and changes nothing.
	Info Level = "info"
	// Suspicious flags numbers that may be off.
	Suspicious Level = "suspicious"
	// Void makes the arm, or the run if no arm is named, invalid.
	Void Level = "void"
)

// Warning is doubt about a run, as data. Code is stable; Text is for people and
// says what to do.
type Warning struct {
	Kind   Kind   `json:"kind,omitempty"`
	Code   string `json:"code"`
	Level  Level  `json:"level"`
	Arm    string `json:"arm"`
	Load   string `json:"load,omitempty"`
	Launch int    `json:"launch,omitempty"`
	Text   string `json:"text"`
}

// Status is how a run ended.
type Status string

// How a run may end. A result without footer was cut off: the harness was killed.
const (
	Completed   Status = "completed"
	Interrupted Status = "interrupted"
	Failed      Status = "failed"
)

// Footer closes a result.
type Footer struct {
	Kind   Kind   `json:"kind"`
	Status Status `json:"status"`
	Reason string `json:"reason,omitempty"`
	Length int64  `json:"length_ns"`
}
