package arms

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"authbench/bench"
	"authbench/internal/measure/keyserver"
	"authbench/internal/measure/load"
	"authbench/internal/method"
)

// succession is an issuer that replaces its key, and what an arm's clients hold
// meanwhile. In each launch
//
//  1. it publishes the next key beside the one in force, before the first slice,
//  2. clients hold credentials of the next key alone after the arm's rotation time,
//  3. and after as long again the old key is gone from the set.
//
// Steps are taken between slices, when the arm is about to be visited: a timer would
// disturb one. Rejected: clients that hold credentials of the next key as soon as it
// is published. How many are refused is then decided by how requests and fetches
// happen to overlap, and issuers publish ahead for that very reason.
type succession struct {
	first, next credentials
	turned      atomic.Bool   // clients hold next
	issuer      method.Issuer // of next
	after       time.Duration
}

var _ load.Credentials = (*succession)(nil)

// Append implements load.Credentials.
func (s *succession) Append(dst []byte, class bench.Class, index int) []byte {
	if s.turned.Load() {
		return s.next.Append(dst, class, index)
	}
	return s.first.Append(dst, class, index)
}

// succeeded returns w for an arm whose issuer replaces its key, w itself for others.
func (c Config) succeeded(ctx context.Context, a bench.Arm, w *wallet, shared map[string]*wallet) (*wallet, error) {
	keys := c.Methods.Needs(a.Method).KeySet
	switch {
	case keys == nil || keys.Rotation == 0:
		return w, nil
	case a.Target != nil:
		return nil, errors.New("only the built-in server fetches its keys: remove rotation, or the arm's target")
	case a.Credentials != "":
		return nil, fmt.Errorf("nobody can sign the credentials of %s anew: remove rotation, or credentials", a.Credentials)
	}
	next, err := c.nextWallet(ctx, a, shared)
	if err != nil {
		return nil, err
	}
	own := *w
	own.next = &succession{first: w.credentials, next: next.credentials, issuer: next.issuer, after: keys.Rotation}
	own.credentials = upTo{w.credentials, next.credentials}
	return &own, nil
}

// nextWallet mints the credentials of the issuer's next key, or finds them.
func (c Config) nextWallet(ctx context.Context, a bench.Arm, shared map[string]*wallet) (*wallet, error) {
	key := "next " + c.mintedKey(a)
	if w := shared[key]; w != nil {
		return w, nil
	}
	issuer, err := c.Methods.NewSuccessor(a.Method, c.Secret, a.Population.Credentials, time.Now())
	if err != nil {
		return nil, err
	}
	w := &wallet{field: issuer.Field(), issuer: issuer}
	if w.credentials, err = mint(ctx, issuer, *a.Population); err != nil {
		return nil, err
	}
	shared[key] = w
	return w, nil
}

// rotation is a succession within one launch.
type rotation struct {
	*succession
	keys       *keyserver.Server
	both, last []byte // key sets
	published  *keyserver.Publication
	at         time.Time // when it was
	dropped    bool      // the old key is out of the set
}

// begin prepares the rotation of a launch, whose server has its keys from keys.
func (s *succession) begin(old method.Issuer, keys *keyserver.Server) (*rotation, error) {
	s.turned.Store(false)
	r := &rotation{succession: s, keys: keys}
	var err error
	if r.both, err = method.PublishedKeys(old, s.issuer); err != nil {
		return nil, err
	}
	r.last, err = method.PublishedKeys(s.issuer)
	return r, err
}

// turn takes the step that is due.
func (r *rotation) turn(now time.Time) {
	switch since := now.Sub(r.at); {
	case r.published == nil:
		r.published, r.at = r.keys.Publish(r.both), now
	case !r.turned.Load():
		r.turned.Store(since >= r.after)
	case !r.dropped && since >= 2*r.after:
		r.keys.Publish(r.last)
		r.dropped = true
	}
}

// record says how it went so far.
func (r *rotation) record() *bench.Rotation {
	out := &bench.Rotation{Used: r.turned.Load()}
	if r.published != nil {
		out.Learned = r.published.Taken().Nanoseconds()
	}
	return out
}
