package dpop

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
)

const (
	// mostProof bounds a proof in bytes, and mostHost the name that the client calls the
	// server by, before any other work on them.
	mostProof = 4 << 10
	mostHost  = 255
)

// verifier lets requests in by their token and their proof.
type verifier struct {
	engine jose.Engine
	proofs *jose.Held
	window time.Duration
	seen   *replays // nil: none are remembered
	clock  *clock
	// audience is what the server calls itself.
	audience string
}

var _ method.Verifier = (*verifier)(nil)

func newVerifier(p bench.Params, verification json.RawMessage, _ func(int, int)) (method.Verifier, error) {
	return newVerifierAt(p, verification, time.Now)
}

// newVerifierAt is newVerifier with a clock.
func newVerifierAt(p bench.Params, verification json.RawMessage, now func() time.Time) (*verifier, error) {
	material, err := document.ReadVerification("verification material", bytes.NewReader(verification))
	if err != nil {
		return nil, err
	}
	if material.Issuer == "" || material.Audience == "" || len(material.Keys) == 0 {
		return nil, errors.New("the verification material names no issuer, no audience or no key")
	}
	v := &verifier{window: cmp.Or(p.Duration("window"), usualWindow), clock: &clock{wall: now}, audience: material.Audience}
	v.engine, err = jose.NewEngine(textOr(p, "engine", jose.DefaultEngine), jose.DefaultPolicy, jose.EngineConfig{
		Algorithm: textOr(p, "alg", usualAlgorithm), Issuer: material.Issuer, Audience: material.Audience, Keys: material.Keys, Now: now,
	})
	if err != nil {
		return nil, err
	}
	if v.proofs, err = jose.NewHeld(proofType, textOr(p, "proof", usualAlgorithm)); err != nil {
		return nil, err
	}
	if p.Text("replays") != replaysAllowed {
		v.seen = newReplays(v.window + ahead + time.Second) // what rounding adds, many times over
	}
	return v, nil
}

// Scheme implements method.Verifier.
func (*verifier) Scheme() string { return scheme }

// Verify implements method.Verifier (RFC 9449 §4.3, §7.1): one token, one proof; the token, then
// the proof, then whether both belong to this request and to each other, then whether it is new.
func (v *verifier) Verify(r bench.Request) bench.Decision {
	// What a request says is copied, as it is valid until it is asked for more.
	var host [mostHost]byte
	hosts := r.Values("Host")
	if len(hosts) > 1 || len(hosts) == 1 && len(hosts[0]) > mostHost {
		return credential.Deny(bench.ReasonMalformed)
	}
	called := host[:0]
	if len(hosts) == 1 {
		called = append(called, hosts[0]...)
	}
	given := r.Values(proofField)
	switch {
	case len(given) == 0:
		return credential.Deny(bench.ReasonMissing)
	case len(given) > 1:
		return credential.Deny(bench.ReasonDuplicate)
	case len(given[0]) > mostProof:
		return credential.Deny(bench.ReasonTooLarge)
	}
	size := len(given[0])
	room := r.Room(2*size + credential.MaxBytes)
	proof, room := room[:copy(room, given[0])], room[size:]
	token, reason := carrier.Read(r)
	if reason != bench.ReasonNone {
		return credential.Deny(reason)
	}
	who, reason := v.engine.Verify(token, room[size:][:len(token)])
	switch {
	case reason != bench.ReasonNone:
		return credential.Deny(reason)
	case who.Thumbprint == "": // whoever has it could use it
		return credential.Deny(bench.ReasonMalformed)
	}
	payload, key, reason := v.proofs.Verify(proof, room[:size])
	if reason != bench.ReasonNone || string(key[:]) != who.Thumbprint {
		return credential.Deny(bench.ReasonBadProof)
	}
	var c claims
	now := v.clock.now()
	if !c.read(payload) || !c.fit(r, called, token) || !c.isFor(v.audience) || !c.fresh(now, v.window) {
		return credential.Deny(bench.ReasonBadProof)
	}
	return v.once(c.id, key, now, who)
}

// once lets a proof in that was not let in before.
func (v *verifier) once(id []byte, key jose.Thumbprint, now time.Time, who jose.Identity) bench.Decision {
	if v.seen != nil {
		switch v.seen.add(id, key, now) {
		case before:
			return credential.Deny(bench.ReasonReplayed)
		case full: // nobody could tell
			return bench.Decision{Outcome: bench.Fail, Reason: bench.ReasonUnavailable}
		}
	}
	return credential.Allow(who.Subject, who.Tenant)
}
