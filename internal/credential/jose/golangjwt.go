package jose

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"time"

	"filippo.io/mldsa"
	"github.com/golang-jwt/jwt/v5"

	"authbench/bench"
	"authbench/internal/credential/jose/strictjson"
)

// What golang-jwt does not have, in its terms: signing methods, strict claims, and
// reasons for its errors.

// strictPSS is a method that verifies salts as long as the hash only (RFC 7518
// §3.5). golang-jwt's own accepts any length.
func strictPSS(m *jwt.SigningMethodRSAPSS) *jwt.SigningMethodRSAPSS {
	return &jwt.SigningMethodRSAPSS{
		SigningMethodRSA: m.SigningMethodRSA,
		Options:          &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash},
	}
}

// ed25519Method is EdDSA under the name of RFC 9864.
type ed25519Method struct{ *jwt.SigningMethodEd25519 }

var _ jwt.SigningMethod = ed25519Method{}

// Alg implements jwt.SigningMethod.
func (ed25519Method) Alg() string { return "Ed25519" }

// mldsaMethod is ML-DSA (FIPS 204) as RFC 9964 uses it: pure, with an empty
// context.
type mldsaMethod struct{ params mldsa.Parameters }

var _ jwt.SigningMethod = mldsaMethod{}

// Alg implements jwt.SigningMethod.
func (m mldsaMethod) Alg() string { return m.params.String() }

// Sign implements jwt.SigningMethod.
func (m mldsaMethod) Sign(input string, key any) ([]byte, error) {
	private, ok := key.(*mldsa.PrivateKey)
	if !ok || private.PublicKey().Parameters() != m.params {
		return nil, jwt.ErrInvalidKeyType
	}
	return private.Sign(nil, []byte(input), nil)
}

// Verify implements jwt.SigningMethod.
func (m mldsaMethod) Verify(input string, signature []byte, key any) error {
	public, ok := key.(*mldsa.PublicKey)
	if !ok || public.Parameters() != m.params {
		return jwt.ErrInvalidKeyType
	}
	return mldsa.Verify(public, []byte(input), signature, nil)
}

// register makes golang-jwt's parsers know an algorithm. They find methods by the
// header's alg in a table of the process, which lacks Ed25519 and ML-DSA. What it
// has stays as it is: policy stock must meet golang-jwt's own.
func (a Algorithm) register() {
	if jwt.GetSigningMethod(a.Name) == nil {
		jwt.RegisterSigningMethod(a.Name, func() jwt.SigningMethod { return a.method })
	}
}

// foreignClaims are claims as golang-jwt asks for them. Its own types would match
// names in any letter case, let the last of two members win, and read an exp of
// the wrong type as none.
type foreignClaims struct{ claims }

var (
	_ json.Unmarshaler    = (*foreignClaims)(nil)
	_ jwt.Claims          = (*foreignClaims)(nil)
	_ jwt.ClaimsValidator = (*foreignClaims)(nil)
)

var (
	errStructure = errors.New("the claims are not a strict JSON object")
	errClaims    = errors.New("a claim has the wrong type, or there is no subject")
)

// UnmarshalJSON implements json.Unmarshaler, which lends data only.
func (c *foreignClaims) UnmarshalJSON(data []byte) error {
	if !c.read(bytes.Clone(data)) {
		return errStructure
	}
	return nil
}

func (c *foreignClaims) GetExpirationTime() (*jwt.NumericDate, error) {
	return c.expires.foreign(), nil
}
func (c *foreignClaims) GetIssuedAt() (*jwt.NumericDate, error)  { return c.issued.foreign(), nil }
func (c *foreignClaims) GetNotBefore() (*jwt.NumericDate, error) { return c.notBefore.foreign(), nil }
func (c *foreignClaims) GetIssuer() (string, error)              { return string(c.issuer), nil }
func (c *foreignClaims) GetSubject() (string, error)             { return string(c.subject), nil }

func (c *foreignClaims) GetAudience() (jwt.ClaimStrings, error) {
	if c.audience.Kind != strictjson.ArrayValue {
		text, _ := c.audience.Content()
		return jwt.ClaimStrings{string(text)}, nil
	}
	var out jwt.ClaimStrings
	for element := range c.audience.Elements() {
		text, _ := element.Content()
		out = append(out, string(text))
	}
	return out, nil
}

// Validate is called by golang-jwt after its own checks.
func (c *foreignClaims) Validate() error {
	if c.wrong || len(c.subject) == 0 {
		return errClaims
	}
	return nil
}

func (m moment) foreign() *jwt.NumericDate {
	if !m.given {
		return nil
	}
	return &jwt.NumericDate{Time: time.Unix(m.seconds, m.nanoseconds)}
}

// reasonOf translates golang-jwt's errors. It verifies the signature before it
// judges claims; of several wrong claims the first in this order counts.
func reasonOf(err error) bench.Reason {
	for _, known := range []struct {
		err    error
		reason bench.Reason
	}{
		{jwt.ErrTokenSignatureInvalid, bench.ReasonBadSignature},
		{jwt.ErrTokenExpired, bench.ReasonExpired},
		{jwt.ErrTokenNotValidYet, bench.ReasonNotYetValid},
		{jwt.ErrTokenUsedBeforeIssued, bench.ReasonNotYetValid},
		{jwt.ErrTokenInvalidIssuer, bench.ReasonWrongIssuer},
		{jwt.ErrTokenInvalidAudience, bench.ReasonWrongAudience},
	} {
		if errors.Is(err, known.err) {
			return known.reason
		}
	}
	return bench.ReasonMalformed
}
