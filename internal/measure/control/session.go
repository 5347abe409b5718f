package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"authbench/bench"
)

// answerTime bounds the wait for a running target's counters, and for its taking
// the spec. A busy target answers within milliseconds; five seconds mean that it
// is stuck.
const answerTime = 5 * time.Second

// errSilent: the target did not answer in time.
var errSilent = fmt.Errorf("no answer within %v: %w", answerTime, os.ErrDeadlineExceeded)

// answerDeadline is a context that ends when an answer is late.
func answerDeadline() (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(context.Background(), answerTime, errSilent)
}

// Session is the harness's end of the conversation with one target. Its methods
// are not safe for concurrent use.
type Session struct{ link *link }

// Dial sends the spec to the target at the other end of conn and takes conn over.
// Reads that go on when a deadline passes are ended by closing conn: a target
// that missed one is of no further use.
func Dial(conn io.ReadWriteCloser, spec Spec) (*Session, error) {
	s := &Session{newLink(conn)}
	ctx, cancel := answerDeadline()
	defer cancel()
	if err := s.within(ctx, func() error { return s.link.send(spec) }); err != nil {
		return nil, fmt.Errorf("send the launch spec: %w", err)
	}
	return s, nil
}

// Ready waits until the target listens, and tells loading what it says of its
// loading meanwhile. If it cannot listen, its reason is the error.
func (s *Session) Ready(ctx context.Context, loading func(Loading)) (Ready, error) {
	var ready Ready
	err := s.within(ctx, func() error {
		for {
			ready = Ready{}
			if err := s.link.receive(&ready); err != nil || ready.Loading == nil {
				return err
			}
			loading(*ready.Loading)
		}
	})
	if err != nil {
		return Ready{}, fmt.Errorf("wait for the target: %w", err)
	}
	switch {
	case ready.Error != "":
		return Ready{}, fmt.Errorf("the target reports: %s", shortened(ready.Error))
	case !ready.Addr.IsValid():
		return Ready{}, errors.New("the target is ready but names no address")
	}
	return ready, nil
}

// longestReason bounds, in bytes, the reason that a target gives for not being ready, which
// reports quote.
const longestReason = 1 << 10

func shortened(reason string) string {
	if len(reason) <= longestReason {
		return reason
	}
	return strings.ToValidUTF8(reason[:longestReason], "") + "…"
}

// Counters asks the target for its counters.
func (s *Session) Counters() (bench.Counters, error) {
	ctx, cancel := answerDeadline()
	defer cancel()
	var counters bench.Counters
	if err := s.ask(ctx, query{Counters: true}, &counters); err != nil {
		return bench.Counters{}, fmt.Errorf("ask for the counters: %w", err)
	}
	return counters, nil
}

// Revoke lets the target take a valid credential back, by its index.
func (s *Session) Revoke(index int) error { return s.takeBack(query{Revoke: &index}) }

// Deny lets the target put a credential on its denylist, by its id.
func (s *Session) Deny(id string) error { return s.takeBack(query{Deny: &id}) }

func (s *Session) takeBack(q query) error {
	ctx, cancel := answerDeadline()
	defer cancel()
	var done Revoked
	if err := s.ask(ctx, q, &done); err != nil {
		return fmt.Errorf("ask for a revocation: %w", err)
	}
	if done.Error != "" {
		return errors.New(done.Error)
	}
	return nil
}

// Order gives an order to a server that is [Ordered], and reads its answer into *answer.
func (s *Session) Order(order, answer any) error {
	ctx, cancel := answerDeadline()
	defer cancel()
	text, err := json.Marshal(order)
	if err != nil {
		return fmt.Errorf("encode an order: %w", err)
	}
	return s.ask(ctx, query{Order: text}, answer)
}

// ask sends a query and reads its answer.
func (s *Session) ask(ctx context.Context, q query, answer any) error {
	return s.within(ctx, func() error {
		if err := s.link.send(q); err != nil {
			return err
		}
		return s.link.receive(answer)
	})
}

// Close orders the target to end. A second call does nothing. That closing a
// socket fails tells nothing: the target's end is what its parent waits for.
func (s *Session) Close() { _ = s.link.conn.Close() }

// within runs exchange and closes the connection when ctx ends before it.
func (s *Session) within(ctx context.Context, exchange func() error) error {
	stop := context.AfterFunc(ctx, s.Close)
	err := exchange()
	if stop() || err == nil {
		return err
	}
	return context.Cause(ctx)
}
