package protocol

import (
	"fmt"
	"time"
)

// Member is what the coordinator knows of a worker or an agent.
type Member struct {
	Name    string
	Role    string
	Hello   Hello
	Address string
	Phase   Phase
	// Clock is the latest, WorstBoundNanos the largest bound since the start was named: by what
	// it knew then, the worker began.
	Clock           Clock
	WorstBoundNanos int64
	Load            Counts
	// Deltas is how many came, without a gap from the first on; Reported says that the final
	// and all its deltas are there.
	Deltas   int
	Reported bool
	Lost     string // why it counts as lost, "" if it does not
	Refused  string // why it was refused at last, "" if it was not

	instance    string
	plan        Plan
	told        time.Duration // when the plan was sent last
	heard       time.Duration // when the latest beat came
	beats       sequence
	deltas      sequence
	final       *Final
	joined, ack bool
}

// lost says why a worker counts as lost, "" if it does not.
func (m *Member) lost(now time.Duration) string {
	switch {
	case !m.joined || m.Reported:
		return ""
	case now-m.heard > LostAfter:
		return fmt.Sprintf("no beat for %v", LostAfter)
	case m.beats.gapSince(now) > LostAfter:
		return fmt.Sprintf("its beat %d never came", m.beats.next)
	}
	return ""
}

// instanceOf is the process that a message says it is of.
func instanceOf(message any) string {
	switch m := message.(type) {
	case PlanReply:
		return m.Instance
	case Armed:
		return m.Instance
	case Beat:
		return m.Instance
	case Delta:
		return m.Instance
	case Final:
		return m.Instance
	}
	return ""
}
