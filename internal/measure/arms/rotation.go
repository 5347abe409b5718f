package arms

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"authbench/bench"
	"authbench/internal/measure/issuer"
	"authbench/internal/measure/load"
	"authbench/internal/method"
)

// keyRotation is an issuer that replaces its key, and what an arm's clients hold
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
type keyRotation struct {
	first, next credentials
	turned      *atomic.Bool  // clients hold next
	issuer      method.Issuer // of next
	after       time.Duration
}

var _ load.Credentials = (*keyRotation)(nil)

// to returns what clients hold, for a request.
func (s *keyRotation) to(request bench.Message) *keyRotation {
	own := *s
	own.first, own.next = s.first.to(request), s.next.to(request)
	return &own
}

// Append implements load.Credentials.
func (s *keyRotation) Append(dst []byte, class bench.Class, index int) []byte {
	if s.turned.Load() {
		return s.next.Append(dst, class, index)
	}
	return s.first.Append(dst, class, index)
}

// withKeyRotation returns w for an arm whose issuer replaces its key, w itself for others.
func (c Config) withKeyRotation(ctx context.Context, a bench.Arm, w *mintedCredentials, shared map[string]*mintedCredentials) (*mintedCredentials, error) {
	keys := c.Methods.Needs(a.Method).KeySet
	switch {
	case keys == nil || keys.Rotation == 0:
		return w, nil
	case a.Target != nil:
		return nil, errors.New("only the built-in server fetches its keys: remove rotation, or the arm's target")
	case a.Credentials != "":
		return nil, fmt.Errorf("nobody can sign the credentials of %s anew: remove rotation, or credentials", a.Credentials)
	}
	next, err := c.mintedWithNextKey(ctx, a, shared)
	if err != nil {
		return nil, err
	}
	own := *w
	own.next = &keyRotation{first: w.credentials, next: next.credentials, turned: new(atomic.Bool), issuer: next.issuer, after: keys.Rotation}
	own.credentials = cappedCredentials{w.credentials, next.credentials}
	return &own, nil
}

// mintedWithNextKey mints the credentials of the issuer's next key, or finds them.
func (c Config) mintedWithNextKey(ctx context.Context, a bench.Arm, shared map[string]*mintedCredentials) (*mintedCredentials, error) {
	key := "next " + c.mintedKey(a)
	if w := shared[key]; w != nil {
		return w, nil
	}
	issuer, err := c.Methods.NewSuccessor(a.Method, c.Secret, a.Population.Credentials, time.Now())
	if err != nil {
		return nil, err
	}
	w := &mintedCredentials{field: issuer.Field(), issuer: issuer}
	if w.credentials, w.beside, err = mint(ctx, issuer, *a.Population); err != nil {
		return nil, err
	}
	shared[key] = w
	return w, nil
}

// launchRotation is the turn of keys within one launch.
type launchRotation struct {
	*keyRotation
	keys       *issuer.Realm
	both, last []byte    // key sets
	at         time.Time // when both were published; zero before
	dropped    bool      // the old key is out of the set
	learned    int64     // how long after that both were first fetched, ns; 0 if they were not
}

// begin prepares the rotation of a launch, whose server has its keys from keys.
func (s *keyRotation) begin(old method.Issuer, keys *issuer.Realm) (*launchRotation, error) {
	s.turned.Store(false)
	r := &launchRotation{keyRotation: s, keys: keys}
	var err error
	if r.both, err = method.PublishedKeys(old, s.issuer); err != nil {
		return nil, err
	}
	r.last, err = method.PublishedKeys(s.issuer)
	return r, err
}

// advance takes the step that is due.
func (r *launchRotation) advance(now time.Time) error {
	switch since := now.Sub(r.at); {
	case r.at.IsZero():
		r.at = now
		return r.keys.Publish(r.both)
	case !r.turned.Load():
		r.turned.Store(since >= r.after)
	case !r.dropped && since >= 2*r.after:
		r.ask()
		r.dropped = true
		return r.keys.Publish(r.last)
	}
	return nil
}

// ask asks the issuer when the set with both keys was first fetched. One that does not
// answer has ended, which shows elsewhere.
func (r *launchRotation) ask() {
	if r.at.IsZero() || r.dropped || r.learned != 0 {
		return
	}
	if c, err := r.keys.Counters(); err == nil {
		r.learned = c.Taken
	}
}

// record says how it went so far.
func (r *launchRotation) record() *bench.Rotation {
	r.ask()
	return &bench.Rotation{Used: r.turned.Load(), Learned: r.learned}
}
