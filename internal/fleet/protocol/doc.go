// Package protocol is what the machines of a fleet say to each other, and what each does when
// it hears it. It opens no connection, starts no goroutine and reads no clock.
//
// What flows in are messages and the time; what flows out are actions, which package crew
// carries out.
//
//  1. A worker says hello. The coordinator refuses it if protocol, build or schedule differ
//     from its own, or if another process came with the same key; else it gives it a place.
//  2. When all are there, each gets its plan. It opens its connections, and says that it is
//     armed. A plan that comes again changes nothing, and another one is refused.
//  3. The coordinator names the start, on its own clock. Whoever has not acknowledged it one
//     second before stops all.
//  4. Workers send a beat a second; the coordinator sends a lease a second. A worker without a
//     lease for [LeaseFor] ends its load by itself. A worker without a beat for [LostAfter]
//     makes the run invalid and ends it everywhere: nobody takes its place.
//  5. What a worker found comes as numbered deltas, and at last as a final, which says how many
//     they are: what a stream has acknowledged and lost shows. Whether totals and deltas agree
//     is for who adds them up.
//
// [Worker] and [Coordinator] are the two state machines. The same events in the same order
// have the same result, so that a simulation can try thousands of workers on a bad network.
package protocol

import "time"

const (
	// BeatEvery is how often a worker says that it lives, LeaseEvery how often the
	// coordinator does. RetryEvery is after how long a message without its effect is sent
	// again. All three are so short that two may get lost before anybody acts.
	BeatEvery  = time.Second
	LeaseEvery = time.Second
	RetryEvery = time.Second
	// LostAfter is how long a beat may be missing: two that are late, and not three.
	LostAfter = 3 * time.Second
	// LeaseFor is how long a worker sends load without hearing of the coordinator.
	LeaseFor = 5 * time.Second
	// StartLead is how far ahead the start is named: time to repeat it twice, and for all to
	// come to rest. AckLead is how long before it all must know it.
	StartLead = 3 * time.Second
	AckLead   = time.Second
	// FinalGrace is how long after the end of the load its finals may come, and StopGrace how
	// long after a stop.
	FinalGrace = 15 * time.Second
	StopGrace  = 5 * time.Second
)
