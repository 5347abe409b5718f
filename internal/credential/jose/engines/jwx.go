package engines

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"authbench/bench"
	"authbench/internal/credential/jose"
)

// jwxEngine is jwx with all that it offers for strictness: the key and the
// algorithm that the header's key id stands for, iss, aud, exp and sub required,
// no null for a string. The rest are our rules: jwx takes bits that belong to no
// byte, CR and LF, standard base64 with padding, members of one name, and times
// without their fractions.
type jwxEngine struct {
	rules *jose.TokenRules[[]jwt.ParseOption]
}

var _ jose.Engine = (*jwxEngine)(nil)

// cutOff is what jwx may cut off a time. It gets that much grace, so that it
// refuses no good token; the exact judgement is the rules'.
const cutOff = time.Second

func newJWX(c jose.EngineConfig) (jose.Engine, error) {
	// One option for the key alone lets jwx take its fast path, which also refuses
	// crit and b64. WithPedantic would read the header a second time, to find
	// nested tokens: the rules want claims.
	demands := []jwt.ParseOption{
		jwt.WithIssuer(c.Issuer), jwt.WithAudience(c.Audience),
		jwt.WithRequiredClaim(jwt.ExpirationKey), jwt.WithRequiredClaim(jwt.SubjectKey),
		jwt.WithStrictStringClaims(true),
		jwt.WithClock(jwt.ClockFunc(c.Now)), jwt.WithAcceptableSkew(cutOff),
	}
	rules, err := jose.NewTokenRules(c, func(name string, key any) ([]jwt.ParseOption, error) {
		alg, err := jwxAlgorithm(name)
		return append([]jwt.ParseOption{jwt.WithKey(alg, key)}, demands...), err
	})
	if err != nil {
		return nil, err
	}
	return &jwxEngine{rules}, nil
}

// Verify implements jose.Engine.
func (e *jwxEngine) Verify(token, room []byte) (jose.Identity, bench.Reason) {
	options, reason := e.rules.Admit(token, room)
	if reason != bench.ReasonNone {
		return jose.Identity{}, reason
	}
	_, err := jwt.Parse(token, options...)
	if err != nil && !errors.Is(err, jwt.ValidateError()) {
		return jose.Identity{}, jwxReason(err)
	}
	// The signature is good. jwx does not hand out the text that it covers.
	first, last := bytes.IndexByte(token, '.'), bytes.LastIndexByte(token, '.')
	n, decodeErr := base64.RawURLEncoding.Decode(room, token[first+1:last])
	if decodeErr != nil {
		return jose.Identity{}, bench.ReasonMalformed
	}
	// What jwx finds wrong with claims the rules find too, and name alike for all
	// engines.
	who, reason := e.rules.Judge(room[:n])
	if err != nil && reason == bench.ReasonNone {
		return jose.Identity{}, jwxReason(err)
	}
	return who, reason
}

// jwxJWS is jwx's check of signatures under hardened's rules. It is the fast one,
// which jwt.Parse uses too: it takes the header's text as it stands and refuses crit
// and b64, where jws.Verify drops blanks around the header before it verifies.
type jwxJWS struct {
	rules *jose.JWSRules[jwxVerifier]
}

var _ jose.JWS = (*jwxJWS)(nil)

// jwxVerifier is a key and the algorithm that it is for.
type jwxVerifier struct {
	alg jwa.SignatureAlgorithm
	key any
}

func newJWXJWS(key jose.JWK) (jose.JWS, error) {
	rules, err := jose.NewJWSRules(key, func(name string, key any) (jwxVerifier, error) {
		alg, err := jwxAlgorithm(name)
		return jwxVerifier{alg, key}, err
	})
	if err != nil {
		return nil, err
	}
	return &jwxJWS{rules}, nil
}

// Payload implements jose.JWS.
func (v *jwxJWS) Payload(token []byte) ([]byte, bench.Reason) {
	with, reason := v.rules.Admit(token)
	if reason != bench.ReasonNone {
		return nil, reason
	}
	payload, err := jws.VerifyCompactFast(with.key, token, with.alg)
	if err != nil {
		return nil, jwxReason(err)
	}
	return payload, bench.ReasonNone
}

// stockJWX is jwx as its README shows it: Parse with a key and its algorithm.
type stockJWX struct {
	options []jwt.ParseOption
}

var _ jose.Engine = (*stockJWX)(nil)

func newStockJWX(c jose.EngineConfig) (jose.Engine, error) {
	alg, err := jwxAlgorithm(c.Algorithm)
	if err != nil {
		return nil, err
	}
	only, err := c.OnlyKey()
	if err != nil {
		return nil, err
	}
	key, err := jwxKey(only)
	if err != nil {
		return nil, err
	}
	return &stockJWX{[]jwt.ParseOption{jwt.WithKey(alg, key), jwt.WithClock(jwt.ClockFunc(c.Now))}}, nil
}

// Verify implements jose.Engine.
func (e *stockJWX) Verify(token, _ []byte) (jose.Identity, bench.Reason) {
	parsed, err := jwt.Parse(token, e.options...)
	if err != nil {
		return jose.Identity{}, jwxReason(err)
	}
	var who jose.Identity
	who.Subject, _ = parsed.Subject()
	if parsed.Get("tenant", &who.Tenant) != nil {
		who.Tenant = "" // the claim is missing, or no string
	}
	return who, bench.ReasonNone
}

// stockJWXJWS is the README's Verify of any payload. Blanks that somebody added
// around the header get past it.
type stockJWXJWS struct{ key jws.VerifyOption }

var _ jose.JWS = (*stockJWXJWS)(nil)

func newStockJWXJWS(key jose.JWK) (jose.JWS, error) {
	alg, err := jwxAlgorithm(key.Algorithm)
	if err != nil {
		return nil, err
	}
	read, err := jwxKey(key)
	if err != nil {
		return nil, err
	}
	return &stockJWXJWS{jws.WithKey(alg, read)}, nil
}

// Payload implements jose.JWS.
func (v *stockJWXJWS) Payload(token []byte) ([]byte, bench.Reason) {
	payload, err := jws.Verify(token, v.key)
	if err != nil {
		return nil, jwxReason(err)
	}
	return payload, bench.ReasonNone
}

// jwxAlgorithm finds an algorithm by its name.
func jwxAlgorithm(name string) (jwa.SignatureAlgorithm, error) {
	alg, known := jwa.LookupSignatureAlgorithm(name)
	if !known || alg == jwa.NoSignature() {
		return alg, lacking("jwx", name)
	}
	return alg, nil
}

// jwxKey lets jwx read a key.
func jwxKey(key jose.JWK) (jwk.Key, error) {
	text, err := json.Marshal(key)
	if err != nil {
		return nil, errNotRead
	}
	read, err := jwk.ParseKey(text)
	if err != nil {
		return nil, errNotRead
	}
	return read, nil
}

// jwxReason translates jwx's errors.
func jwxReason(err error) bench.Reason {
	return reasonOf(err, []cause{
		{jws.VerificationError(), bench.ReasonBadSignature},
		{jwt.TokenExpiredError(), bench.ReasonExpired},
		{jwt.TokenNotYetValidError(), bench.ReasonNotYetValid},
		{jwt.InvalidIssuedAtError(), bench.ReasonNotYetValid},
	})
}
