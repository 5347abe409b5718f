package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"runtime"
	"time"

	"authbench/bench"
)

// Target is what a launch spec becomes.
type Target interface {
	// Addr is where it listens.
	Addr() netip.AddrPort
	// Serve answers requests until ctx ends, and returns when all is closed.
	Serve(ctx context.Context) error
}

// Measured is a target that counts what it does. Both may be called while it serves.
type Measured interface {
	Target
	Counters() bench.Counters
	// Revoke takes a valid credential back, by its index.
	Revoke(index int) error
	// Deny takes a credential back, by its id.
	Deny(id string) error
}

// Ordered is a target that takes orders of its own while it serves.
type Ordered interface {
	Target
	// Order returns the answer to an order.
	Order(order json.RawMessage) (answer any)
}

// Start makes a target of its spec. It may tell loading how many of its records are
// loaded, as often as it likes.
type Start func(spec Spec, loading func(done, total int)) (Target, error)

// Serve is the target's end: it reads the spec from the socket that the harness
// left open ([FromEnvironment]), lets start make the target of it, and answers
// until the harness closes its end or ctx ends. What start fails with is told to
// the harness and returned; it must not quote keys.
func Serve(ctx context.Context, start Start) error {
	conn, err := FromEnvironment()
	if err != nil {
		return err
	}
	return serve(ctx, conn, start)
}

func serve(ctx context.Context, conn io.ReadWriteCloser, start Start) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// The end of ctx ends reads in progress.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	link := newLink(conn)
	target, err := open(link, start)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	served := make(chan error, 1)
	go func() {
		served <- target.Serve(ctx)
		cancel() // a target that failed is not to be asked any more
	}()
	err = answer(link, target)
	cancel()
	return errors.Join(err, <-served)
}

// open turns the spec into a target that listens.
func open(link *link, start Start) (Target, error) {
	var spec Spec
	if err := link.receive(&spec); err != nil {
		return nil, fmt.Errorf("read the launch spec: %w", err)
	}
	if spec.Version != Version {
		err := fmt.Errorf("launch spec version %d; this program knows version %d", spec.Version, Version)
		return nil, errors.Join(err, link.send(Ready{Error: err.Error()}))
	}
	target, err := start(spec, link.loading(time.Now))
	if err != nil {
		return nil, errors.Join(err, link.send(Ready{Error: err.Error()}))
	}
	if err := link.send(Ready{Addr: target.Addr(), PID: os.Getpid()}); err != nil {
		return nil, fmt.Errorf("report ready: %w", err)
	}
	return target, nil
}

// loadingInterval is how often the harness is told of a target's loading: a user who
// waits sees that it goes on.
const loadingInterval = 500 * time.Millisecond

// loading returns a function that tells the harness of the target's loading, now and
// then. That it cannot is found out when the target is ready.
func (l *link) loading(now func() time.Time) func(done, total int) {
	last := now()
	return func(done, total int) {
		if at := now(); at.Sub(last) >= loadingInterval {
			last = at
			_ = l.send(Ready{Loading: &Loading{done, total}})
		}
	}
}

// answer answers queries until the end of file, which orders the target to end.
func answer(link *link, target Target) error {
	for {
		var query query
		err := link.receive(&query)
		switch {
		case errors.Is(err, errGone):
			return nil
		case err != nil:
			return fmt.Errorf("read a query: %w", err)
		}
		answer, err := reply(target, query)
		if err != nil {
			return err
		}
		if err := link.send(answer); err != nil {
			if errors.Is(err, errGone) {
				return nil
			}
			return fmt.Errorf("answer a query: %w", err)
		}
	}
}

func reply(target Target, query query) (any, error) {
	measured, counts := target.(Measured)
	ordered, obeys := target.(Ordered)
	switch {
	case query.Revoke != nil && counts:
		return revoked(measured.Revoke(*query.Revoke)), nil
	case query.Deny != nil && counts:
		return revoked(measured.Deny(*query.Deny)), nil
	case query.Counters && counts:
		return measured.Counters(), nil
	case query.Order != nil && obeys:
		return ordered.Order(query.Order), nil
	}
	return nil, errors.New("a query asks for nothing that this server has")
}

// revoked is the answer to an order to take a credential back.
func revoked(err error) Revoked {
	if err != nil {
		return Revoked{err.Error()}
	}
	return Revoked{}
}

// LimitProcs has this process use as many CPUs at a time as the spec says.
func LimitProcs(spec Spec) {
	if spec.Procs > 0 {
		runtime.GOMAXPROCS(spec.Procs)
	}
}
