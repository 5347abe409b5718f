package protocol

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Setup is what a coordinator knows from the beginning.
type Setup struct {
	Digests Digests
	Places  []Place
	// Length is how long the load takes at most, from the start to its last answer; 0 if nobody
	// knows.
	Length time.Duration
	// Patience is how long all may take to join and to be armed.
	Patience time.Duration
	// Expires is when all must have ended, on the coordinator's clock: nobody can be told anything
	// later. 0 for never.
	Expires time.Duration
}

// Place is one that a worker or an agent is to take, and what it is to do there.
type Place struct{ Name, Role, Job string }

// Verdict is how a run ended.
type Verdict struct {
	// Started says that load was sent, Why why the run was cut off: "" if it was not.
	Started bool
	Why     string
	// Interrupted says that the user cut it off.
	Interrupted bool
	// Members say how each fared, in the order of the setup.
	Members []Member
}

// Whole reports whether all that was measured has come.
func (v Verdict) Whole() bool {
	return !v.Started || !slices.ContainsFunc(v.Members, func(m Member) bool { return !m.Reported })
}

// stage is how far a run is.
type stage int

const (
	gathering stage = iota // until all are armed
	starting               // until T0
	running                // until all have reported
	stopping               // until all that live have reported
	over
)

// Coordinator is the coordinator's state. It is changed in place: to copy thousands of workers
// for each message would take too long.
type Coordinator struct {
	setup                Setup
	members              []*Member
	byName               map[string]*Member
	stage                stage
	began, leased, said  time.Duration
	t0, ends             time.Duration // ends is the latest that the stage may take
	lease                int64
	why                  string
	started, interrupted bool
}

// What happens to a coordinator besides [From] and [Tick].
type (
	// From is a message of a worker: [Hello], [PlanReply], [Armed], [Beat], [Delta] or [Final].
	From struct {
		Name    string
		Message any
	}
	// Interrupt is the user's, Fault something that the coordinator itself cannot do.
	Interrupt struct{ Why string }
	Fault     struct{ Why string }
)

// What a coordinator is to do. [Start], [Lease] and [Stop] go to all.
type (
	// To sends a [Welcome], which answers a hello, or a [Plan].
	To struct {
		Name    string
		Message any
	}
	// Over ends the run.
	Over struct{ Verdict Verdict }
)

// NewCoordinator returns one that waits for its workers.
func NewCoordinator(s Setup, now time.Duration) *Coordinator {
	c := &Coordinator{setup: s, byName: map[string]*Member{}, began: now, leased: now - LeaseEvery, ends: now + s.Patience}
	for _, p := range s.Places {
		m := &Member{Name: p.Name, Role: p.Role, Phase: Joining, plan: Plan{V: Version, Digest: DigestOf(p.Job), Job: p.Job}}
		c.members = append(c.members, m)
		c.byName[p.Name] = m
	}
	return c
}

// Members show how the run goes. They may be read until the next event.
func (c *Coordinator) Members() []*Member { return c.members }

// T0 is when the load begins on the coordinator's clock, and whether that is known.
func (c *Coordinator) T0() (time.Duration, bool) { return c.t0, c.t0 != 0 }

// Next is what the coordinator does after an event. Now is its clock's time since any fixed
// moment.
func (c *Coordinator) Next(now time.Duration, event any) []any {
	if c.stage == over {
		return nil
	}
	switch e := event.(type) {
	case Tick:
		return c.tick(now)
	case Interrupt:
		c.interrupted = c.interrupted || c.stage != stopping
		return c.stop(now, e.Why)
	case Fault:
		return c.stop(now, e.Why)
	case From:
		m := c.byName[e.Name]
		if m == nil {
			return nil // the wire lets nobody else speak
		}
		return c.hear(now, m, e.Message)
	}
	return nil
}

func (c *Coordinator) hear(now time.Duration, m *Member, message any) []any {
	if hello, ok := message.(Hello); ok {
		return c.greet(now, m, hello)
	}
	if !m.joined {
		return nil
	}
	if instanceOf(message) != m.instance {
		return c.stop(now, fmt.Sprintf("another process than the one that joined speaks as %s: each invitation is for one", m.Name))
	}
	switch e := message.(type) {
	case PlanReply:
		if e.Refused != "" {
			return c.stop(now, fmt.Sprintf("%s refuses its part: %s", m.Name, e.Refused))
		}
	case Armed:
		return c.armed(now, m, e)
	case Beat:
		return c.beat(now, m, e)
	case Delta:
		m.deltas.add(int64(e.N))
		m.Deltas = int(m.deltas.next)
		return c.reported(now, m)
	case Final:
		if m.final == nil {
			m.final = &e
		}
		return c.reported(now, m)
	}
	return nil
}

// greet answers a hello.
func (c *Coordinator) greet(now time.Duration, m *Member, h Hello) []any {
	w := Welcome{V: Version, Refused: c.refusal(m, h)}
	m.Refused = w.Refused
	if w.Refused == "" {
		m.heard = now // it may not have heard the welcome, and lives
		if !m.joined {
			m.joined, m.instance, m.Hello, m.Phase = true, h.Instance, h, Waiting
		}
	}
	return []any{To{m.Name, w}}
}

// refusal says why a worker may not join.
func (c *Coordinator) refusal(m *Member, h Hello) string {
	own := c.setup.Digests
	switch {
	case m.joined && m.instance != h.Instance:
		return fmt.Sprintf("another process has joined with the invitation %s: each is for one", m.Name)
	case m.joined:
		return ""
	case h.Role != m.Role:
		return fmt.Sprintf("the invitation %s is for a %s", m.Name, m.Role)
	case h.Protocol != own.Protocol || h.Build != own.Build:
		return "it is of another build: use one build of authbench-fleet everywhere"
	case h.Schedule != own.Schedule:
		return "its processor computes other arrival times than the coordinator's: use machines of one architecture"
	case c.stage != gathering:
		return "the run goes on without it: its workers are complete"
	}
	return ""
}

// armed takes note that a worker could begin, and names the start once all could.
func (c *Coordinator) armed(now time.Duration, m *Member, a Armed) []any {
	if a.Digest != m.plan.Digest {
		return c.stop(now, fmt.Sprintf("%s has another plan than its own", m.Name))
	}
	if c.stage != gathering || m.Phase == Failed {
		return nil
	}
	m.Phase, m.Address, m.Clock = Ready, a.Address, a.Clock
	return c.launch(now)
}

// launch names the start once all are armed.
func (c *Coordinator) launch(now time.Duration) []any {
	for _, m := range c.members {
		if m.Phase != Ready {
			return nil
		}
	}
	c.stage, c.t0, c.said = starting, now+StartLead, now
	return []any{c.start()}
}

func (c *Coordinator) start() Start { return Start{V: Version, T0: int64(c.t0)} }

// beat takes note of how a worker is.
func (c *Coordinator) beat(now time.Duration, m *Member, b Beat) []any {
	if !m.beats.add(b.Seq) {
		return nil // it came before
	}
	m.heard = now
	if c.t0 != 0 {
		m.WorstBoundNanos = max(m.WorstBoundNanos, b.Clock.BoundNanos)
	}
	if b.Seq+1 < m.beats.highest {
		return nil // a newer one has come
	}
	if m.Phase != Ready || b.Phase != Waiting && b.Phase != Arming { // Armed may overtake a beat
		m.Phase = b.Phase
	}
	m.Clock, m.Load = b.Clock, b.Load
	if c.t0 != 0 && (b.Phase == Counting || b.Phase == Loading) {
		m.ack = true
	}
	if b.Failed != "" && c.stage != stopping {
		return c.stop(now, fmt.Sprintf("%s cannot go on: %s", m.Name, b.Failed))
	}
	return nil
}

// reported ends the run when all that was measured is there.
func (c *Coordinator) reported(now time.Duration, m *Member) []any {
	if m.Reported || m.final == nil || m.Deltas < m.final.Deltas {
		return nil
	}
	m.Reported, m.Phase = true, Reported
	m.Clock, m.WorstBoundNanos = m.final.Clock, max(m.WorstBoundNanos, m.final.Clock.BoundNanos)
	if m.final.Cut != "" && c.stage != stopping {
		return c.stop(now, fmt.Sprintf("%s was cut off: %s", m.Name, m.final.Cut))
	}
	return c.settle()
}

// settle ends the run once nobody is left who will report.
func (c *Coordinator) settle() []any {
	for _, m := range c.members {
		if !m.Reported && (c.stage != stopping || m.Lost == "" && m.joined && m.Phase != Failed && m.Phase != Waiting) {
			return nil
		}
	}
	return c.over()
}

// tick does what is due.
func (c *Coordinator) tick(now time.Duration) []any {
	var out []any
	if now-c.leased >= LeaseEvery && c.stage != stopping {
		c.leased = now
		out = append(out, Lease{V: Version, Seq: c.lease, At: int64(now)})
		c.lease++
	}
	if c.stage != stopping {
		if why := c.broken(now); why != "" {
			return append(out, c.stop(now, why)...)
		}
	}
	switch c.stage {
	case gathering:
		out = append(out, c.gather(now)...)
	case starting:
		out = append(out, c.countDown(now)...)
	case running:
		if now > c.ends {
			out = append(out, c.stop(now, c.absent(func(m *Member) bool { return m.Reported }, "did not report in time"))...)
		}
	case stopping:
		if now > c.ends {
			return append(out, c.over()...)
		}
		if now-c.said >= RetryEvery {
			c.said = now
			out = append(out, Stop{V: Version, Reason: c.why})
		}
	}
	return out
}

// broken says why the run cannot go on, "" if it can.
func (c *Coordinator) broken(now time.Duration) string {
	for _, m := range c.members {
		if m.Lost = m.lost(now); m.Lost != "" {
			return fmt.Sprintf("%s is lost: %s", m.Name, m.Lost)
		}
	}
	if e := c.setup.Expires; e > 0 && now >= e {
		return "the invitations expire, and it has not ended: make new ones that hold for longer ('authbench-fleet invite --ttl')"
	}
	return ""
}

// gather sends the plans once all have joined, and again to whom they did not reach.
func (c *Coordinator) gather(now time.Duration) []any {
	if now > c.ends {
		return c.stop(now, c.incomplete())
	}
	if slices.ContainsFunc(c.members, func(m *Member) bool { return !m.joined }) {
		return nil
	}
	var out []any
	for _, m := range c.members {
		if m.Phase == Waiting && (m.told == 0 || now-m.told >= RetryEvery) {
			m.told = now
			out = append(out, To{m.Name, m.plan})
		}
	}
	return out
}

// incomplete says why a run cannot start.
func (c *Coordinator) incomplete() string {
	for _, m := range c.members {
		if !m.joined && m.Refused != "" {
			return fmt.Sprintf("%s was refused: %s", m.Name, m.Refused)
		}
	}
	if who := c.absent(func(m *Member) bool { return m.joined }, "did not join in time"); who != "" {
		return who
	}
	return c.absent(func(m *Member) bool { return m.Phase == Ready }, "could not open its connections in time")
}

// countDown repeats the start, and insists that all know it: also where it looks late.
func (c *Coordinator) countDown(now time.Duration) []any {
	if now >= c.t0-AckLead {
		if who := c.absent(func(m *Member) bool { return m.ack }, "did not acknowledge the start"); who != "" {
			return c.stop(now, who)
		}
	}
	switch {
	case now >= c.t0:
		c.stage, c.started, c.ends = running, true, c.t0+c.setup.Length+FinalGrace
		if c.setup.Length == 0 {
			c.ends = math.MaxInt64
		}
	case now < c.t0-AckLead && now-c.said >= RetryEvery/5: // so that ten are lost before it counts as not acknowledged
		c.said = now
		return []any{c.start()}
	}
	return nil
}

// absent names who does not satisfy a condition, "" if all do.
func (c *Coordinator) absent(is func(*Member) bool, what string) string {
	var names []string
	for _, m := range c.members {
		if !is(m) {
			names = append(names, m.Name)
		}
	}
	switch {
	case len(names) == 0:
		return ""
	case len(names) > 3:
		return fmt.Sprintf("%s and %d others of %d %s", names[0], len(names)-1, len(c.members), what)
	}
	list := names[0]
	for _, n := range names[1:] {
		list += ", " + n
	}
	return fmt.Sprintf("%s %s", list, what)
}

// stop ends the load everywhere, for the first reason that there is.
func (c *Coordinator) stop(now time.Duration, why string) []any {
	if c.stage == stopping {
		return nil
	}
	if c.t0 != 0 && now >= c.t0 {
		c.started = true
	}
	c.stage, c.why, c.said, c.ends = stopping, clip(why), now, now+StopGrace
	return append([]any{Stop{V: Version, Reason: c.why}}, c.settle()...)
}

// over tells everybody, and the user.
func (c *Coordinator) over() []any {
	v := Verdict{Started: c.started, Why: c.why, Interrupted: c.interrupted}
	for _, m := range c.members {
		v.Members = append(v.Members, *m)
	}
	c.stage = over
	return []any{Stop{V: Version, Reason: c.why, Done: c.why == ""}, Over{v}}
}
