package conform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	issuing "authbench/internal/measure/issuer"
	"authbench/internal/method"
)

// issuer is a server that verifiers ask: for keys, about tokens, or which tokens were revoked.
type issuer struct {
	host *issuing.Host
	// keys publishes the keys that the verifier fetches; nil if it fetches none.
	keys *issuing.Realm
	// fullSet has the victim's key and the next one, setWithoutVictim only the next one. An
	// empty set would not remove the victim's key: verifiers keep the last good set.
	fullSet, setWithoutVictim []byte
	// promised is what the method declares about its fetches.
	promised method.KeySet
}

// publish publishes the victim's key and the next one, for a verifier that fetches them.
func (i *issuer) publish(h *Harness, f *Fixture, promised method.KeySet) error {
	next, err := h.key(f.alg, "next-1", max(defaultRSABits, h.Methods.Family(f.Method).Token.Bits))
	if err != nil {
		return err
	}
	i.promised = promised
	if i.fullSet, err = f.keySet(f.keys[roleVictim], next); err != nil {
		return err
	}
	if i.setWithoutVictim, err = f.keySet(next); err != nil {
		return err
	}
	i.keys, err = i.host.Open(issuing.Spec{KeySet: i.fullSet})
	f.declared = map[string]float64{"key_removal_delay_s": promised.Removal.Seconds()}
	return err
}

// open opens a realm for a verifier that asks about tokens, or which were taken back; none
// were of those that are forged here. It returns the realm's addresses.
func (i *issuer) open(ctx context.Context, h *Harness, f *Fixture, needs method.Needs) (method.Places, error) {
	spec, err := issuing.Spec{}, error(nil)
	if f.keys == nil {
		spec, err = issuing.SpecFor(f.issuer, needs)
	} else {
		spec, err = f.issues(needs)
	}
	if err != nil {
		return method.Places{}, err
	}
	if spec.Feed != nil {
		if spec.Feed.Channel, err = h.channel(ctx, needs); err != nil {
			return method.Places{}, err
		}
	}
	spec.Client = issuing.Client{ID: "server", Secret: f.fresh()}
	realm, err := i.host.Open(spec)
	if err != nil {
		return method.Places{}, err
	}
	return realm.Places(needs, method.Places{}), nil
}

// meteredSubject is a subject whose process can be metered.
type meteredSubject interface {
	Subject
	meter
}

// issuerOperator carries orders to the operator out at an issuer.
type issuerOperator struct{ *issuer }

// issuerSubject is a subject that fetches its keys from an issuer; remoteIssuerSubject is one
// in another process.
type (
	issuerSubject struct {
		meteredSubject
		issuerOperator
	}
	remoteIssuerSubject struct {
		Subject
		issuerOperator
	}
)

var (
	_ operator = issuerSubject{}
	_ operator = remoteIssuerSubject{}
)

// removeKey implements operator.
func (s issuerOperator) removeKey(_ context.Context, kid string) (func(context.Context) error, error) {
	if kid != victimKID {
		return nil, inapplicable("the issuer can remove the victim's key only")
	}
	if delay := s.promised.Removal; delay > maxWait*time.Second {
		return nil, inapplicable(fmt.Sprintf("a removed key may stay valid for %v, longer than an examination waits", delay))
	}
	if err := s.keys.Publish(s.setWithoutVictim); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		if err := s.keys.Publish(s.fullSet); err != nil {
			return err
		}
		// The next case's token makes the verifier fetch the set again, but not at once.
		return wait(ctx, s.promised.Pause+pollStep)
	}, nil
}

// withOperator adds the operator to a subject that fetches its keys from i. It returns others
// as they are: for them i is nil, or publishes no keys.
func (i *issuer) withOperator(s Subject) Subject {
	if i == nil || i.keys == nil {
		return s
	}
	by := issuerOperator{i}
	if near, ok := s.(meteredSubject); ok {
		return issuerSubject{near, by}
	}
	return remoteIssuerSubject{s, by}
}

// close ends the issuer, if there is one.
func (i *issuer) close() error {
	if i == nil {
		return nil
	}
	return i.host.Close()
}

// verifier makes the method's verifier, and the issuer that it asks, nil for none.
func (h *Harness) verifier(ctx context.Context, f *Fixture) (method.Verifier, *issuer, error) {
	i, material, err := h.launchMaterial(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	verifier, err := h.NewVerifier(f.Method, material, nil)
	if err != nil {
		return nil, nil, errors.Join(err, i.close())
	}
	return verifier, i, nil
}

// launchMaterial is what a server of ours verifies with, and the issuer that it asks, nil
// for none.
func (h *Harness) launchMaterial(ctx context.Context, f *Fixture) (*issuer, json.RawMessage, error) {
	needs := h.Methods.Needs(f.Method)
	if !asks(needs) {
		material, err := h.material(ctx, f, f.keys[roleVictim])
		return nil, material, err
	}
	host, err := issuing.Local()
	if err != nil {
		return nil, nil, err
	}
	i := &issuer{host: host}
	material, err := i.provide(ctx, h, f, needs)
	if err != nil {
		return nil, nil, errors.Join(err, i.close())
	}
	return i, material, nil
}

// asks reports whether servers with such needs ask their issuer for anything.
func asks(needs method.Needs) bool { return needs.KeySet != nil || needs.AsksIssuer() }

// provide sets up what the verifier of a fixture asks for, and returns what the verifier is
// made with.
func (i *issuer) provide(ctx context.Context, h *Harness, f *Fixture, needs method.Needs) (json.RawMessage, error) {
	var at method.Places
	var err error
	if needs.AsksIssuer() {
		if at, err = i.open(ctx, h, f, needs); err != nil {
			return nil, err
		}
	}
	if f.keys == nil {
		return f.issuer.Verification(at)
	}
	if needs.KeySet != nil {
		if err := i.publish(h, f, *needs.KeySet); err != nil {
			return nil, err
		}
		at.KeySet = i.keys.KeySetURL()
	}
	return f.material(f.keys[roleVictim], at)
}
