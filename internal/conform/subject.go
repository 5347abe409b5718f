package conform

import (
	"context"
	"time"

	"authbench/bench"
)

// Subject is what is examined.
type Subject interface {
	// Surface is [Process] or [Wire].
	Surface() Surface
	// Host is what the field of that name says in its requests, "" on [Process].
	Host() string
	// Ask sends it a request. An error means that no answer came.
	Ask(context.Context, Request) (Answer, error)
}

// Surface is where a subject is asked.
type Surface string

// The surfaces.
const (
	Process Surface = "process" // a verifier in this process
	Wire    Surface = "wire"    // a server, over a connection, by raw bytes
)

// Answer is a subject's answer to a request.
type Answer struct {
	Status int
	// Challenged says that a refusal names the scheme to use (RFC 9110 §11.6.1).
	Challenged bool
	// Subject and Tenant say who was let in, if the subject tells.
	Subject, Tenant string
	// Reason is why a request was refused, for a subject in this process.
	Reason bench.Reason
	// Seen is everything that a client can see of the answer, except the date.
	Seen string
	// Panicked says that the verifier panicked.
	Panicked bool
	// Closed says how the server closed the connection without an answer; nil if it
	// answered. Besides it only Took and Seen are set then.
	Closed error
	// Unsupported says that the server does not know the request's method.
	Unsupported bool
	// Took is the time that the answer took.
	Took time.Duration
}

// accepted reports whether the request was let in.
func (a Answer) accepted() bool { return a.Status >= 200 && a.Status < 300 }

// meter is a subject whose process can be metered.
type meter interface {
	// usage returns what the process has used since it began. With settled it collects the
	// garbage first, so that HeapBytes counts only what is in use.
	usage(settled bool) bench.Counters
}

// operator is a subject whose operator takes orders.
type operator interface {
	// removeKey removes a key from the set while the server runs. restore puts it back, and
	// waits until the server accepts it again.
	removeKey(ctx context.Context, kid string) (restore func(context.Context) error, err error)
}

// patience is how long an answer may take. No honest verification comes near it; a command
// that a key id smuggled in ("sleep 10") exceeds it.
const patience = 5 * time.Second
