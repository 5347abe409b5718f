package dpop

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
)

// issuer mints tokens. It also has the keys of their holders, whose proofs it makes.
type issuer struct {
	signer *jose.Signer
	// stranger signs tokens of class Unknown.
	stranger func() (*jose.Signer, error)
	secret   [32]byte // of the run
	proving  jose.Algorithm
	ids      credential.Stream // of tokens
	proofIDs credential.Stream
	now      int64 // Unix seconds
	clock    func() time.Time
	holders  sync.Map // of place to *holder: each is made when it is first needed
}

var _ method.Prover = (*issuer)(nil)

// place is that of a token among all.
type place struct {
	class bench.Class
	index int
}

// holder is who has a token.
type holder struct {
	token string
	key   *jose.Signer
	// header is that of his proofs, with its dot; hash is the token's (RFC 9449 §4.2, ath).
	header, hash string
}

func newIssuer(i method.Issue) (method.Issuer, error) { return newIssuerAt(i, time.Now) }

// newIssuerAt is newIssuer with a clock for proofs.
func newIssuerAt(i method.Issue, clock func() time.Time) (*issuer, error) {
	alg, err := jose.MustAlgorithm(textOr(i.Params, "alg", usualAlgorithm))
	if err != nil {
		return nil, err
	}
	out := &issuer{secret: i.Secret, now: i.Now.Unix(), clock: clock}
	if out.proving, err = jose.MustAlgorithm(textOr(i.Params, "proof", usualAlgorithm)); err != nil {
		return nil, err
	}
	if out.signer, err = jose.NewSigner(i.Secret, alg, jose.ValidKey, jose.LeastRSA); err != nil {
		return nil, err
	}
	out.stranger = sync.OnceValues(func() (*jose.Signer, error) {
		return jose.NewSigner(i.Secret, alg, jose.UnknownKey, jose.LeastRSA)
	})
	if out.ids, err = credential.NewStream(i.Secret, "jti"); err != nil {
		return nil, err
	}
	out.proofIDs, err = credential.NewStream(i.Secret, "dpop jti")
	return out, err
}

// Field implements method.Issuer.
func (*issuer) Field() string { return carrier.Field }

// Append implements method.Issuer.
func (i *issuer) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	h, err := i.holder(place{class, index})
	if err != nil {
		return nil, err
	}
	return append(carrier.AppendPrefix(dst), h.token...), nil
}

// holder returns the one of a place. Two that ask at one time get the same.
func (i *issuer) holder(at place) (*holder, error) {
	if known, ok := i.holders.Load(at); ok {
		return known.(*holder), nil
	}
	made, err := i.newHolder(at)
	if err != nil {
		return nil, err
	}
	kept, _ := i.holders.LoadOrStore(at, made)
	return kept.(*holder), nil
}

// newHolder makes a key and a token that is bound to it.
func (i *issuer) newHolder(at place) (*holder, error) {
	switch {
	case at.index < 0:
		return nil, credential.ErrIndex(at.class, at.index)
	case at.class == bench.Revoked:
		return nil, credential.ErrClass(ID, at.class)
	}
	key, err := jose.NewSigner(i.secret, i.proving, fmt.Sprintf("dpop %s %d", at.class, at.index), 0)
	if err != nil {
		return nil, err
	}
	out := &holder{key: key}
	if out.header, err = key.HeldHeader(proofType); err != nil {
		return nil, err
	}
	if out.token, err = i.token(at, key.Public.Thumbprint()); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(out.token))
	out.hash = base64.RawURLEncoding.EncodeToString(sum[:])
	return out, nil
}

// token is an access token (RFC 9068) that is bound to a key.
func (i *issuer) token(at place, key jose.Thumbprint) (string, error) {
	signer := i.signer
	if at.class == bench.Unknown {
		var err error
		if signer, err = i.stranger(); err != nil {
			return "", err
		}
	}
	text := append([]byte(signer.Header), base64.RawURLEncoding.EncodeToString(i.claims(at, key))...)
	if at.class == bench.Malformed { // the signature and its dot are missing
		return string(text), nil
	}
	// Nobody but the issuer can sign: what is hostile is forged.
	text, err := signer.Append(text, string(text), at.class == bench.Forged || at.class.Hostile())
	return string(text), err
}

// hostileLevels is far beyond what a parser should follow, and still a token of ordinary size.
const hostileLevels = 1000

// claims are those of a token.
func (i *issuer) claims(at place, key jose.Thumbprint) []byte {
	lifetime := int64(credential.Lifetime / time.Second)
	issued := i.now
	if at.class == bench.Expired {
		issued -= lifetime + int64(credential.Lapsed/time.Second)
	}
	var id [16]byte
	i.ids.Fill(id[:], at.class, at.index)
	more := ""
	switch at.class {
	case bench.Oversized:
		more = `,"filler":"` + strings.Repeat("x", credential.MaxBytes) + `"`
	case bench.Nested:
		more = `,"filler":` + strings.Repeat("[", hostileLevels) + strings.Repeat("]", hostileLevels)
	}
	return fmt.Appendf(nil, `{"iss":%q,"aud":%q,"sub":"user-%d","tenant":"tenant-%d","jti":%q,"iat":%d,"nbf":%d,"exp":%d,"cnf":{"jkt":%q}%s}`,
		jose.IssuerName, jose.AudienceName, at.index, at.index%credential.Tenants, base64.RawURLEncoding.EncodeToString(id[:]),
		issued, issued, issued+lifetime, key[:], more)
}

// Prove implements method.Prover: the token, and a proof for one request.
func (i *issuer) Prove(use method.Use) []bench.Field {
	h, err := i.holder(place{use.Class, use.Index})
	if err != nil {
		return []bench.Field{{Name: carrier.Field}, {Name: proofField}} // there is no such token
	}
	proof, err := i.proof(h, use)
	if err != nil {
		proof = ""
	}
	return []bench.Field{{Name: carrier.Field, Value: scheme + " " + h.token}, {Name: proofField, Value: proof}}
}

// proof is what a holder sends with one request (RFC 9449 §4.2).
func (i *issuer) proof(h *holder, use method.Use) (string, error) {
	var id [16]byte
	i.proofIDs.Fill(id[:], bench.Valid, int(use.Serial))
	path, _, _ := strings.Cut(use.Target, "?")
	claims := make([]byte, 0, 256)
	claims = base64.RawURLEncoding.AppendEncode(append(claims, `{"jti":"`...), id[:])
	claims = append(append(append(claims, `","htm":"`...), use.Method...), `","htu":`...)
	claims = strconv.AppendQuote(claims, "http://"+use.Host+path)
	claims = strconv.AppendInt(append(claims, `,"iat":`...), i.clock().Unix(), 10)
	claims = append(append(append(claims, `,"ath":"`...), h.hash...), `"}`...)
	out := make([]byte, 0, 512)
	out = base64.RawURLEncoding.AppendEncode(append(out, h.header...), claims)
	out, err := h.key.Append(out, string(out), false)
	return string(out), err
}

// Verification implements method.Issuer.
func (i *issuer) Verification(method.Places) (json.RawMessage, error) { return i.Published() }

// Published implements method.Issuer: the issuer, the audience and the public key. Holders' keys
// are in their proofs.
func (i *issuer) Published() (json.RawMessage, error) {
	return document.Verification{
		Method: ID, Field: carrier.Field, Scheme: scheme,
		Issuer: jose.IssuerName, Audience: jose.AudienceName, Keys: []jose.JWK{i.signer.Public},
	}.Encode()
}

// SigningKeys implements method.Issuer.
func (i *issuer) SigningKeys() (json.RawMessage, error) {
	return document.SigningKeys{Keys: []jose.JWK{i.signer.Private}}.Encode()
}
