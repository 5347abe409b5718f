package paseto

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"aidanwoods.dev/go-paseto"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
)

// issuer mints tokens.
type issuer struct {
	own ed25519.PrivateKey
	// signing is the same key as the library takes it, and stranger one that no server knows.
	signing, stranger paseto.V4AsymmetricSecretKey
	now               time.Time
}

func newIssuer(i method.Issue) (method.Issuer, error) {
	out := &issuer{now: i.Now}
	var err error
	if out.own, out.signing, err = newKey(i.Secret, jose.ValidKey); err != nil {
		return nil, err
	}
	_, out.stranger, err = newKey(i.Secret, jose.UnknownKey)
	return out, err
}

// newKey derives a key from the run's secret.
func newKey(secret [32]byte, kid string) (ed25519.PrivateKey, paseto.V4AsymmetricSecretKey, error) {
	seed, err := credential.DeriveKey(secret, "paseto "+protocol+" "+kid, ed25519.SeedSize)
	if err != nil {
		return nil, paseto.V4AsymmetricSecretKey{}, err
	}
	own := ed25519.NewKeyFromSeed(seed)
	key, err := paseto.NewV4AsymmetricSecretKeyFromEd25519(own)
	if err != nil {
		return nil, key, fmt.Errorf("make a key: %w", err)
	}
	return own, key, nil
}

// Field implements method.Issuer.
func (*issuer) Field() string { return credential.Bearer.Field }

// Append implements method.Issuer.
func (i *issuer) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	key, kid := i.signing, jose.ValidKey
	switch {
	case index < 0:
		return nil, credential.ErrIndex(class, index)
	case class == bench.Revoked:
		return nil, credential.ErrClass(ID, class)
	case class == bench.Unknown:
		key, kid = i.stranger, jose.UnknownKey
	case class == bench.Forged, class.Hostile(): // only the issuer can sign
		key = i.stranger
	}
	claims, err := json.Marshal(i.claims(class, index))
	if err != nil {
		return nil, fmt.Errorf("encode claims: %w", err)
	}
	token, err := paseto.NewTokenFromClaimsJSON(claims, []byte(`{"kid":"`+kid+`"}`))
	if err != nil {
		return nil, fmt.Errorf("make a token: %w", err)
	}
	text := token.V4Sign(key, nil)
	if class == bench.Malformed {
		text = strings.TrimPrefix(text, header)
	}
	return append(credential.Bearer.AppendPrefix(dst), text...), nil
}

// hostileLevels is far beyond what a parser should follow, and still a token of ordinary size.
const hostileLevels = 1000

// claims are a token's claims. Times are RFC 3339's, as PASETO asks.
func (i *issuer) claims(class bench.Class, index int) map[string]any {
	issued := i.now.Truncate(time.Second).UTC()
	if class == bench.Expired {
		issued = issued.Add(-credential.Lifetime - credential.Lapsed)
	}
	out := map[string]any{
		"iss": jose.IssuerName, "aud": jose.AudienceName,
		"sub": fmt.Sprintf("user-%d", index), "tenant": fmt.Sprintf("tenant-%d", index%credential.Tenants),
		"iat": issued, "nbf": issued, "exp": issued.Add(credential.Lifetime),
	}
	switch class {
	case bench.Oversized:
		out["filler"] = strings.Repeat("x", credential.MaxBytes)
	case bench.Nested:
		out["filler"] = json.RawMessage(strings.Repeat("[", hostileLevels) + strings.Repeat("]", hostileLevels))
	}
	return out
}

// Verification implements method.Issuer.
func (i *issuer) Verification(method.Places) (json.RawMessage, error) { return i.Published() }

// Published implements method.Issuer: the issuer, the audience and the public key.
func (i *issuer) Published() (json.RawMessage, error) {
	return document.Verification{
		Method: ID, Field: credential.Bearer.Field, Scheme: credential.Bearer.Scheme,
		Issuer: jose.IssuerName, Audience: jose.AudienceName, Keys: []jose.JWK{i.public()},
	}.Encode()
}

// public is the key in the form that files of keys have (RFC 8037 §2).
func (i *issuer) public() jose.JWK {
	return jose.JWK{
		KeyType: jose.KeyOKP, Curve: "Ed25519", KeyID: jose.ValidKey, Algorithm: protocol, Use: "sig",
		X: jose.Base64URL(i.own[ed25519.SeedSize:]),
	}
}

// SigningKeys implements method.Issuer.
func (i *issuer) SigningKeys() (json.RawMessage, error) {
	private := i.public()
	private.Private = jose.Base64URL(i.own.Seed())
	return document.SigningKeys{Keys: []jose.JWK{private}}.Encode()
}
