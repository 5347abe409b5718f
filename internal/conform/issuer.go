package conform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"authbench/internal/credential"
	"authbench/internal/credential/jose"
	issuing "authbench/internal/measure/issuer"
	"authbench/internal/method"
)

// issuer is whom a verifier asks: for keys, or about tokens.
type issuer struct {
	host *issuing.Host
	// keys publishes the keys that the verifier fetches, nil if it asks about tokens.
	keys *issuing.Realm
	// whole has the victim's key and the next one, reduced the next one alone. A set
	// without any key would be no order to forget the victim's: verifiers keep the
	// last good set.
	whole, reduced []byte
	// promised is what the verifier says of how it fetches.
	promised method.KeySet
}

// newIssuer publishes the victim's key and the one that would follow. It returns what a
// verifier is made with that fetches them.
func (w *Workshop) newIssuer(f *Fixture, promised method.KeySet) (*issuer, json.RawMessage, error) {
	next, err := w.key(f.alg, "next-1", max(leastBits, w.Methods.Family(f.Method).Token.Bits))
	if err != nil {
		return nil, nil, err
	}
	i := &issuer{promised: promised}
	if i.whole, err = f.keySet(f.keys[roleVictim], next); err != nil {
		return nil, nil, err
	}
	if i.reduced, err = f.keySet(next); err != nil {
		return nil, nil, err
	}
	if i.host, err = issuing.Local(); err != nil {
		return nil, nil, err
	}
	if i.keys, err = i.host.Open(issuing.Spec{KeySet: i.whole}); err != nil {
		return nil, nil, errors.Join(err, i.close())
	}
	f.declared = map[string]float64{"key_removal_delay_s": promised.Removal.Seconds()}
	material, err := f.material(nil, i.keys.KeySetURL())
	if err != nil {
		return nil, nil, errors.Join(err, i.close())
	}
	return i, material, nil
}

// newTokens opens an issuer that knows a fixture's tokens. It returns what a verifier is
// made with that asks about them.
func newTokens(f *Fixture) (*issuer, json.RawMessage, error) {
	knows, ok := f.issuer.(method.TokenIssuer)
	if !ok {
		return nil, nil, errors.New("the method has no tokens that an issuer could be asked about")
	}
	tokens, err := knows.Tokens()
	if err != nil {
		return nil, nil, err
	}
	i := &issuer{}
	if i.host, err = issuing.Local(); err != nil {
		return nil, nil, err
	}
	client := issuing.Client{ID: "server", Secret: f.fresh()}
	realm, err := i.host.Open(issuing.Spec{Tokens: tokens, Client: client, Name: jose.IssuerName, Audience: jose.AudienceName})
	if err != nil {
		return nil, nil, errors.Join(err, i.close())
	}
	at := method.Places{Introspection: &credential.Endpoint{URL: realm.IntrospectionURL(), ClientID: client.ID, ClientSecret: client.Secret}}
	material, err := f.issuer.Verification(at)
	if err != nil {
		return nil, nil, errors.Join(err, i.close())
	}
	return i, material, nil
}

// examined is a subject whose process can be looked into.
type examined interface {
	Subject
	meter
}

// office is an issuer that takes orders.
type office struct{ *issuer }

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
	if delay := s.promised.Removal; delay > maxWait*time.Second {
		return nil, inapplicable(fmt.Sprintf("a removed key may be good for %v, longer than an examination waits", delay))
	}
	if err := s.keys.Publish(s.reduced); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		if err := s.keys.Publish(s.whole); err != nil {
			return err
		}
		// The next case's token has the set fetched again, but not at once.
		return wait(ctx, s.promised.Pause+pollStep)
	}, nil
}

// operable wraps a subject that fetches its keys from i. Others have no issuer, and i is nil,
// or one that publishes no keys.
func (i *issuer) operable(s Subject) Subject {
	if i == nil || i.keys == nil {
		return s
	}
	by := office{i}
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
	return i.host.Close()
}

// verifier makes the method's verifier, and the issuer of one that asks it.
func (w *Workshop) verifier(ctx context.Context, f *Fixture) (method.Verifier, *issuer, error) {
	i, material, err := w.launchMaterial(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	verifier, err := w.NewVerifier(f.Method, material, nil)
	if err != nil {
		return nil, nil, errors.Join(err, i.close())
	}
	return verifier, i, nil
}

// launchMaterial is what a server of ours verifies with, and the issuer of one that asks it.
func (w *Workshop) launchMaterial(ctx context.Context, f *Fixture) (*issuer, json.RawMessage, error) {
	switch needs := w.Methods.Needs(f.Method); {
	case needs.KeySet != nil && f.keys != nil:
		return w.newIssuer(f, *needs.KeySet)
	case needs.Tokens:
		return newTokens(f)
	}
	material, err := w.material(ctx, f, f.keys[roleVictim])
	return nil, material, err
}
