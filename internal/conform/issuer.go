package conform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
	"authbench/internal/measure/keyserver"
	"authbench/internal/method"
	"authbench/internal/method/jwt"
)

// issuer publishes the keys of a method whose verifier fetches them.
type issuer struct {
	server *keyserver.Server
	// whole has the victim's key and the next one, reduced the next one alone. A set
	// without any key would be no order to forget the victim's: verifiers keep the
	// last good set.
	whole, reduced []byte
}

// newIssuer publishes the keys of material, and the one that would follow. It
// returns what a verifier is made with that fetches them.
func (w *Workshop) newIssuer(f *Fixture, material json.RawMessage) (*issuer, json.RawMessage, error) {
	next, err := w.key(f.alg, "next-1", max(leastBits, f.Method.Params.Int("bits")))
	if err != nil {
		return nil, nil, err
	}
	following, err := f.material(next)
	if err != nil {
		return nil, nil, err
	}
	i := &issuer{}
	if i.whole, err = document.KeySetOf(material, following); err != nil {
		return nil, nil, err
	}
	if i.reduced, err = document.KeySetOf(following); err != nil {
		return nil, nil, err
	}
	material, err = document.PublishKeys(material, func([]byte) (string, error) {
		if i.server, err = keyserver.Serve(i.whole); err != nil {
			return "", err
		}
		return i.server.URL(), nil
	})
	return i, material, err
}

// examined is a subject whose process can be looked into.
type examined interface {
	Subject
	meter
}

// office is an issuer that takes orders. delay is for how long a key that it removed
// may still be good.
type office struct {
	*issuer
	delay time.Duration
}

// issued is a subject that fetches its keys, issuedFar one in another process.
type (
	issued struct {
		examined
		office
	}
	issuedFar struct {
		Subject
		office
	}
)

var (
	_ operator = issued{}
	_ operator = issuedFar{}
)

// removeKey implements operator.
func (s office) removeKey(_ context.Context, kid string) (func(context.Context) error, error) {
	if kid != victimKID {
		return nil, inapplicable("the issuer can take the victim's key back, and no other")
	}
	if s.delay > maxWait*time.Second {
		return nil, inapplicable(fmt.Sprintf("a removed key may be good for %v, longer than an examination waits", s.delay))
	}
	s.server.Publish(s.reduced)
	return func(ctx context.Context) error {
		s.server.Publish(s.whole)
		// The next case's token has the set fetched again, but not at once.
		return wait(ctx, jose.KeyPause+pollStep)
	}, nil
}

// declare states what a subject that fetches its keys promises.
func (f *Fixture) declare() {
	f.declared = map[string]float64{"key_removal_delay_s": jwt.KeyRemovalDelay(f.Method).Seconds()}
}

// operable wraps a subject that fetches its keys from i; other subjects have no
// issuer, and i is nil.
func (i *issuer) operable(s Subject, f *Fixture) Subject {
	if i == nil {
		return s
	}
	by := office{i, jwt.KeyRemovalDelay(f.Method)}
	if near, ok := s.(examined); ok {
		return issued{near, by}
	}
	return issuedFar{s, by}
}

// close ends the issuer, if there is one.
func (i *issuer) close() error {
	if i == nil {
		return nil
	}
	return i.server.Close()
}

// verifier makes the method's verifier, and the issuer of one that fetches its keys.
func (w *Workshop) verifier(ctx context.Context, f *Fixture) (method.Verifier, *issuer, error) {
	material, err := w.material(ctx, f, f.keys[roleVictim])
	if err != nil {
		return nil, nil, err
	}
	var i *issuer
	if jwt.FetchesKeys(f.Method) {
		if i, material, err = w.newIssuer(f, material); err != nil {
			return nil, nil, err
		}
		f.declare()
	}
	verifier, err := w.NewVerifier(f.Method, material, nil)
	if err != nil {
		return nil, nil, errors.Join(err, i.close())
	}
	return verifier, i, nil
}
