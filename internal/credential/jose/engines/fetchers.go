package engines

import (
	"context"
	"errors"
	"strings"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/jose"
)

// fetchers are libraries that fetch an issuer's keys themselves, as their READMEs show them.
// What they make of a key that was removed is theirs.
func fetchers() map[string]func(jose.EngineConfig) (jose.Engine, error) {
	return map[string]func(jose.EngineConfig) (jose.Engine, error){
		jose.Keyfunc: newKeyfunc,
		jose.GoOIDC:  newGoOIDC,
	}
}

// keyfuncEngine is golang-jwt with keyfunc, as keyfunc's README shows them: NewDefaultCtx and
// Parse. It fetches the set every hour, and for an unknown key id once in five minutes.
type keyfuncEngine struct {
	keys keyfunc.Keyfunc
	end  context.CancelFunc // of its goroutine
}

var _ jose.Engine = (*keyfuncEngine)(nil)

func newKeyfunc(c jose.EngineConfig) (jose.Engine, error) {
	if err := credential.CheckLoopback("key_set", c.KeySet); err != nil {
		return nil, err
	}
	ctx, end := context.WithCancel(context.Background())
	keys, err := keyfunc.NewDefaultCtx(ctx, []string{c.KeySet})
	if err != nil {
		end()
		return nil, errors.New("keyfunc does not take the key set's URL")
	}
	return &keyfuncEngine{keys, end}, nil
}

// Verify implements jose.Engine.
func (e *keyfuncEngine) Verify(token, _ []byte) (jose.Identity, bench.Reason) {
	parsed, err := jwt.Parse(string(token), e.keys.Keyfunc)
	if err != nil {
		return jose.Identity{}, reasonOf(err, keyfuncCauses)
	}
	held, _ := parsed.Claims.(jwt.MapClaims)
	var who jose.Identity
	who.Subject, _ = held["sub"].(string)
	who.Tenant, _ = held["tenant"].(string)
	who.ID, _ = held["jti"].(string)
	if expires, err := held.GetExpirationTime(); err == nil && expires != nil {
		who.Expires = expires.Unix()
	}
	return who, bench.ReasonNone
}

// Close ends keyfunc's goroutine.
func (e *keyfuncEngine) Close() error {
	e.end()
	return nil
}

var keyfuncCauses = []cause{
	{keyfunc.ErrKeyfunc, bench.ReasonUnknownKey},
	{jwt.ErrTokenSignatureInvalid, bench.ReasonBadSignature},
	{jwt.ErrTokenExpired, bench.ReasonExpired},
	{jwt.ErrTokenNotValidYet, bench.ReasonNotYetValid},
}

// goOIDC is go-oidc as its README shows it: a verifier with the client's ID, which is the
// token's audience, and Verify. The README has the key set's URL by discovery; here it is
// given, by NewRemoteKeySet, which discovery leads to. It fetches the set when no key of the
// last one verifies a token, and never because of the set's age.
type goOIDC struct{ verifier *oidc.IDTokenVerifier }

var _ jose.Engine = (*goOIDC)(nil)

func newGoOIDC(c jose.EngineConfig) (jose.Engine, error) {
	if err := credential.CheckLoopback("key_set", c.KeySet); err != nil {
		return nil, err
	}
	keys := oidc.NewRemoteKeySet(context.Background(), c.KeySet)
	return &goOIDC{oidc.NewVerifier(c.Issuer, keys, &oidc.Config{ClientID: c.Audience, SupportedSigningAlgs: []string{c.Algorithm}})}, nil
}

// Verify implements jose.Engine.
func (e *goOIDC) Verify(token, _ []byte) (jose.Identity, bench.Reason) {
	parsed, err := e.verifier.Verify(context.Background(), string(token))
	if err != nil {
		return jose.Identity{}, oidcReason(err)
	}
	var private struct {
		Tenant string `json:"tenant"`
		ID     string `json:"jti"`
	}
	if parsed.Claims(&private) != nil {
		return jose.Identity{}, bench.ReasonMalformed
	}
	return jose.Identity{Subject: parsed.Subject, Tenant: private.Tenant, ID: private.ID, Expires: parsed.Expiry.Unix()}, bench.ReasonNone
}

// oidcReason tells go-oidc's errors apart, most of which have no value of their own.
func oidcReason(err error) bench.Reason {
	var expired *oidc.TokenExpiredError
	switch text := err.Error(); {
	case errors.As(err, &expired):
		return bench.ReasonExpired
	case strings.Contains(text, "failed to verify signature"):
		return bench.ReasonBadSignature
	case strings.Contains(text, "issued by a different provider"):
		return bench.ReasonWrongIssuer
	case strings.Contains(text, "expected audience"):
		return bench.ReasonWrongAudience
	}
	return bench.ReasonMalformed
}
