package paseto

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"aidanwoods.dev/go-paseto"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/jose/strictjson"
	"authbench/internal/method"
)

const (
	// mostFooter bounds a footer in characters, before anything is read of it: what nobody
	// has vouched for yet is to cost little. Ours has 20.
	mostFooter = 512
	// signatureBytes is the size of an Ed25519 signature, at the end of the payload.
	signatureBytes = 64
)

// verifier lets requests in by their token. The library decodes a token, checks its
// signature and reads its JSON; own rules stand where it offers nothing: size, key by key
// id, claims' types, names that come twice.
type verifier struct {
	keys             map[string]paseto.V4AsymmetricPublicKey
	parser           paseto.Parser
	issuer, audience string
	now              func() time.Time
}

var _ method.Verifier = (*verifier)(nil)

func newVerifier(_ bench.Params, verification json.RawMessage, _ func(int, int)) (method.Verifier, error) {
	return newVerifierAt(verification, time.Now)
}

// newVerifierAt is newVerifier with a clock.
func newVerifierAt(verification json.RawMessage, now func() time.Time) (*verifier, error) {
	material, err := document.ReadVerification("verification material", bytes.NewReader(verification))
	if err != nil {
		return nil, err
	}
	if material.Issuer == "" || material.Audience == "" || len(material.Keys) == 0 {
		return nil, errors.New("the verification material names no issuer, no audience or no key")
	}
	v := &verifier{
		keys: map[string]paseto.V4AsymmetricPublicKey{}, issuer: material.Issuer, audience: material.Audience, now: now,
		// The claims are judged by [claims.judge], which says what is wrong.
		parser: paseto.MakeParser(nil),
	}
	for _, k := range material.Keys {
		if _, again := v.keys[k.KeyID]; again || k.KeyID == "" {
			return nil, errors.New("each key needs a key id (kid) of its own")
		}
		public, err := k.Ed25519(protocol)
		if err != nil {
			return nil, err
		}
		if v.keys[k.KeyID], err = paseto.NewV4AsymmetricPublicKeyFromEd25519(public); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// Scheme implements method.Verifier.
func (*verifier) Scheme() string { return credential.Bearer.Scheme }

// Verify implements method.Verifier.
func (v *verifier) Verify(r bench.Request) bench.Decision {
	token, reason := credential.Bearer.Read(r)
	if reason != bench.ReasonNone {
		return credential.Deny(reason)
	}
	c, reason := v.identify(token, r.Room(len(token)))
	if reason != bench.ReasonNone {
		return credential.Deny(reason)
	}
	return credential.Allow(credential.Borrow(c.subject), credential.Borrow(c.tenant))
}

// identify judges a token: its form, then the key that its footer names, then the
// signature, then the claims. The claims lie in the room.
func (v *verifier) identify(token, room []byte) (c claims, _ bench.Reason) {
	rest, ok := bytes.CutPrefix(token, []byte(header))
	if !ok {
		if bytes.Count(token, []byte(".")) >= 2 {
			return c, bench.ReasonWrongAlgorithm // another version or purpose
		}
		return c, bench.ReasonMalformed
	}
	payload, footer, _ := bytes.Cut(rest, []byte("."))
	kid, used, ok := readFooter(footer, room)
	if !ok {
		return c, bench.ReasonMalformed
	}
	key, known := v.keys[string(kid)]
	if !known {
		return c, bench.ReasonUnknownKey
	}
	n, ok := jose.DecodeSegment(room[used:], payload)
	if !ok || n < signatureBytes {
		return c, bench.ReasonMalformed
	}
	// No implicit assertion: whatever a token was signed with beside its content, it was not
	// for us.
	if _, err := v.parser.ParseV4Public(key, credential.Borrow(token), nil); err != nil {
		return c, bench.ReasonBadSignature
	}
	if !c.read(room[used:][:n-signatureBytes]) {
		return c, bench.ReasonMalformed
	}
	return c, c.judge(v.now(), v.issuer, v.audience)
}

// readFooter reads which key a footer names, and says how much of the room it took. Nobody
// has vouched for it yet: the key id chooses one of the server's own keys, and no more.
func readFooter(footer, room []byte) (kid []byte, used int, ok bool) {
	if len(footer) == 0 || len(footer) > mostFooter {
		return nil, 0, false
	}
	if used, ok = jose.DecodeSegment(room, footer); !ok {
		return nil, 0, false
	}
	s := strictjson.Scanner{Data: room[:used]}
	for s.Next() {
		if string(s.Name) == "kid" {
			kid, _ = s.Value.Content()
		}
	}
	return kid, used, s.Finished() && len(kid) > 0
}
