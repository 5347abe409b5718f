package protocol

import "time"

// Version is that of the messages. It changes with their meaning; their shape is in [Digest].
const Version = 1

// Roles of who joins a run.
const (
	RoleWorker = "worker"
	// RoleTarget is an agent beside the server: it sends no load.
	RoleTarget = "target"
)

// Hello is a worker's first message. It may be repeated.
type Hello struct {
	V int `json:"v"`
	// Instance is random. It tells a process that repeats itself from another one with the
	// same key.
	Instance string `json:"instance"`
	Role     string `json:"role"`
	// Digests must be the coordinator's own.
	Digests
	// System is the operating system and the architecture, Host the machine's name.
	System string `json:"system"`
	Host   string `json:"host"`
	CPUs   int    `json:"cpus"`
}

// Digests say which program somebody runs.
type Digests struct {
	// Protocol is [Digest], Build that of the program's source, Schedule the checksum of a
	// fixed schedule: it differs where a machine computes another one.
	Protocol string `json:"protocol"`
	Build    string `json:"build"`
	Schedule string `json:"schedule"`
}

// Welcome answers a hello.
type Welcome struct {
	V int `json:"v"`
	// Refused says why the worker may not join; "" if it may.
	Refused string `json:"refused,omitempty"`
}

// Plan is a worker's part of the load.
type Plan struct {
	V int `json:"v"`
	// Digest is that of Job, hexadecimal SHA-256.
	Digest string `json:"digest"`
	// Job is what to send, when, and over which connections, as JSON in a string: so its
	// bytes are the same on both sides.
	Job string `json:"job"`
}

// PlanReply answers a plan. Instance, as in all that a worker says once it has joined, is that of
// its [Hello]: the invitation alone does not make another process that worker.
type PlanReply struct {
	V        int    `json:"v"`
	Instance string `json:"instance"`
	Digest   string `json:"digest"`
	Refused  string `json:"refused,omitempty"`
}

// Armed says that a worker's connections stand.
type Armed struct {
	V        int    `json:"v"`
	Instance string `json:"instance"`
	Digest   string `json:"digest"`
	Address  string `json:"address"`
	Clock    Clock  `json:"clock"`
}

// Clock is what a worker knows about the coordinator's clock.
type Clock struct {
	// OffsetNanos is what to add to the worker's clock, BoundNanos how wrong that may be:
	// [ClockUnknown] at most.
	OffsetNanos int64 `json:"offset_ns"`
	BoundNanos  int64 `json:"bound_ns"`
	// RatePPB is how much faster the coordinator's clock runs, in parts per billion.
	RatePPB int64 `json:"rate_ppb"`
	Probes  int   `json:"probes"`
}

// ClockUnknown is the bound of an offset that nothing is known of any more. Rates and round trips
// are bounded: nobody can be as wrong as that who has asked for the time.
const ClockUnknown = time.Hour

// FewestProbes is how many a clock must rest on before a worker is armed.
const FewestProbes = 16

// known reports whether a worker may begin by what it knows.
func (c Clock) known() bool { return c.Probes >= FewestProbes && c.BoundNanos < int64(ClockUnknown) }

// Reading is what a worker knew of the coordinator's clock at a time of its own.
type Reading struct {
	Clock
	At time.Duration
}

// Local is when the coordinator's clock shows t, on the worker's.
func (r Reading) Local(t int64) time.Duration {
	at := time.Duration(t - r.OffsetNanos)
	return at - time.Duration(float64(at-r.At)*float64(r.RatePPB)/1e9)
}

// Given is when a lease that is heard now was given at the latest. Leases wait in buffers while a
// process or its connection stands still: what they say of the coordinator is as old as they are.
// Without a clock, hence without load, it is now.
func (r Reading) Given(l Lease, now time.Duration) time.Duration {
	if !r.known() {
		return now
	}
	return min(now, r.Local(l.At)+time.Duration(r.BoundNanos))
}

// Probe asks for the time, and ProbeReply tells it: T2 is when the question came, T3 when the
// answer left, on the coordinator's clock in nanoseconds.
type Probe struct {
	V int `json:"v"`
}

// ProbeReply answers a [Probe].
type ProbeReply struct {
	V  int   `json:"v"`
	T2 int64 `json:"t2"`
	T3 int64 `json:"t3"`
}

// Start says when the load begins.
type Start struct {
	V int `json:"v"`
	// T0 is on the coordinator's clock, in nanoseconds.
	T0 int64 `json:"t0"`
}

// Beat says how a worker is. Seq counts from 0.
type Beat struct {
	V        int    `json:"v"`
	Instance string `json:"instance"`
	Seq      int64  `json:"seq"`
	Phase    Phase  `json:"phase"`
	Clock    Clock  `json:"clock"`
	Load     Counts `json:"load"`
	// Failed says why the worker cannot go on, in whatever phase it is.
	Failed string `json:"failed,omitempty"`
}

// Counts is how far a worker's load is.
type Counts struct {
	Sent     int64 `json:"sent"`
	Answered int64 `json:"answered"`
	Failed   int64 `json:"failed"`
}

func (c Counts) plus(o Counts) Counts {
	return Counts{c.Sent + o.Sent, c.Answered + o.Answered, c.Failed + o.Failed}
}

// Lease says that the coordinator lived at a time of its own clock, in nanoseconds.
type Lease struct {
	V   int   `json:"v"`
	Seq int64 `json:"seq"`
	At  int64 `json:"at"`
}

// Delta is what a worker found in its n-th second. Data is JSON in a string.
type Delta struct {
	V        int    `json:"v"`
	Instance string `json:"instance"`
	N        int    `json:"n"`
	Data     string `json:"data"`
}

// Final is all that a worker found.
type Final struct {
	V        int    `json:"v"`
	Instance string `json:"instance"`
	// Deltas is how many there were.
	Deltas int `json:"deltas"`
	// Cut says why the load ended before its time; "" if it did not.
	Cut   string `json:"cut,omitempty"`
	Clock Clock  `json:"clock"`
	// Data is JSON in a string, "" if nothing was measured.
	Data string `json:"data"`
}

// Stop ends the load everywhere.
type Stop struct {
	V      int    `json:"v"`
	Reason string `json:"reason"`
	// Done says that all is well: every final has come.
	Done bool `json:"done,omitempty"`
}

// Phase is how far a worker is.
type Phase string

// The phases, in their order.
const (
	Joining   Phase = "joining"
	Waiting   Phase = "waiting"   // for its plan
	Arming    Phase = "arming"    // it opens its connections
	Ready     Phase = "ready"     // armed
	Counting  Phase = "counting"  // it knows the start
	Loading   Phase = "loading"   // the load has begun
	Reporting Phase = "reporting" // the load has ended, the final is under way
	Reported  Phase = "reported"  // the final was acknowledged
	Failed    Phase = "failed"
	Gone      Phase = "gone"
)
