// Package wire carries the messages of a fleet over NATS. It owns the modules of nats-io.
//
// What flows in and out are the messages of package protocol; nothing here decides anything.
//
//  1. [Mint] makes the keys of a run: an operator, an account and a user for each worker, who
//     may publish and hear what it needs and nothing else. The keys that sign are thrown away:
//     nobody can add a worker later. An [Invitation] is what a worker needs, a [Charter] what
//     the coordinator does.
//  2. [Serve] starts a server within this process: TLS 1.3 before anything else is said, no
//     monitoring, no account but the run's, a stream that is written to disk before it
//     acknowledges.
//  3. [Connect] joins it. The server is who its key says, whatever its name and whoever signed
//     its certificate; a worker proves with each connection that it has its key.
package wire

import "time"

const (
	// pingEvery and mostPings end a connection that is dead after four seconds, before the
	// lease does.
	pingEvery = 2 * time.Second
	mostPings = 2
	// reconnectEvery is how long a client waits until it tries again. Who has never been there
	// waits longer each time.
	reconnectEvery   = 250 * time.Millisecond
	slowestReconnect = 4 * time.Second
	// connectWithin is how long one attempt may take.
	connectWithin = 5 * time.Second
)
