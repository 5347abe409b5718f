package auth

import (
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// claims are a token's claims, read strictly. golang-jwt's own types would match
// names in any letter case, let the last of two members win, and read an exp of
// the wrong type as none. They are empty until UnmarshalJSON has read them, and
// empty claims are refused.
type claims struct {
	issuer, subject, tenant string
	audience                jwt.ClaimStrings
	expires, notBefore      *jwt.NumericDate
	issued                  *jwt.NumericDate
	// wrong is set when a claim has the wrong type or no subject is named. It is
	// judged after the signature, in Validate.
	wrong bool
}

var (
	_ jwt.Claims          = (*claims)(nil)
	_ jwt.ClaimsValidator = (*claims)(nil)
)

var (
	errStructure = errors.New("the claims are not a strict JSON object")
	errClaims    = errors.New("a claim has the wrong type, or there is no subject")
)

// UnmarshalJSON implements json.Unmarshaler.
func (c *claims) UnmarshalJSON(data []byte) error {
	s := newScanner(data)
	for s.next() {
		switch v := s.value; string(s.name) {
		case "iss":
			c.issuer = c.text(v)
		case "sub":
			c.subject = c.text(v)
		case "tenant":
			c.tenant = c.text(v)
		case "aud":
			c.audience = c.texts(v)
		case "exp":
			c.expires = c.date(v)
		case "nbf":
			c.notBefore = c.date(v)
		case "iat":
			c.issued = c.date(v)
		}
	}
	if !s.finished() {
		return errStructure
	}
	return nil
}

// text returns a claim that must be a string.
func (c *claims) text(v value) string {
	content, ok := v.string()
	c.wrong = c.wrong || !ok
	return string(content)
}

// texts returns a claim that may be a string or an array of strings.
func (c *claims) texts(v value) jwt.ClaimStrings {
	if v.kind != arrayValue {
		return jwt.ClaimStrings{c.text(v)}
	}
	var out jwt.ClaimStrings
	for element := range v.elements() {
		out = append(out, c.text(element))
	}
	return out
}

// farthest is the first second of the year 10000, where RFC 3339 ends. Times
// beyond it do not mean a time.
const farthest = 253_402_300_800

// date returns a NumericDate (RFC 7519 §2): seconds, which may have a fraction.
func (c *claims) date(v value) *jwt.NumericDate {
	seconds, err := strconv.ParseFloat(string(v.text), 64)
	if v.kind != numberValue || err != nil || math.Abs(seconds) >= farthest {
		c.wrong = true
		return nil
	}
	whole, fraction := math.Modf(seconds)
	return &jwt.NumericDate{Time: time.Unix(int64(whole), int64(fraction*1e9))}
}

func (c *claims) GetExpirationTime() (*jwt.NumericDate, error) { return c.expires, nil }
func (c *claims) GetIssuedAt() (*jwt.NumericDate, error)       { return c.issued, nil }
func (c *claims) GetNotBefore() (*jwt.NumericDate, error)      { return c.notBefore, nil }
func (c *claims) GetIssuer() (string, error)                   { return c.issuer, nil }
func (c *claims) GetSubject() (string, error)                  { return c.subject, nil }
func (c *claims) GetAudience() (jwt.ClaimStrings, error)       { return c.audience, nil }

// Validate is called by golang-jwt after its own checks.
func (c *claims) Validate() error {
	if c.wrong || c.subject == "" {
		return errClaims
	}
	return nil
}
