package issuer

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/valyala/fasthttp"

	"authbench/internal/credential"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/opaque"
	"authbench/internal/credential/store"
)

const (
	// readScope is the one scope that there is.
	readScope = "read"
	// opaqueLifetime is how long an opaque token of the token endpoint is good.
	opaqueLifetime = time.Hour
	// accessType is the typ of a JWT that is an access token (RFC 9068 §2.1).
	accessType = "at+jwt"
)

// access mints what the token endpoint gives.
type access struct {
	lifetime time.Duration
	signer   *jose.Signer // nil: tokens are opaque
	engine   jose.Engine  // verifies what signer signed
}

// openAccess prepares the token endpoint, if the realm has one.
func (r *realm) openAccess() (err error) {
	switch {
	case r.Access != nil && r.Access.Lifetime < 1:
		return errors.New("the realm's tokens live for no whole second")
	case r.Access != nil:
		r.access = &access{lifetime: time.Duration(r.Access.Lifetime) * time.Second}
		if r.access.signer, err = newSigner(r.Access.Key); err == nil {
			r.access.engine, err = ownEngine(r.access.signer.Public, r.Name, r.Audience, r.now)
		}
		if err != nil {
			return fmt.Errorf("the realm's key for tokens: %w", err)
		}
	case r.tokens != nil:
		r.access = &access{lifetime: opaqueLifetime}
	}
	if r.Clients != nil {
		if r.clients, err = opaque.NewRegistry(r.Clients); err != nil {
			return fmt.Errorf("the realm's clients: %w", err)
		}
	}
	if r.assertions, err = newAssertions(r.ClientKeys, r.Name, r.now); err != nil {
		return fmt.Errorf("the keys of the realm's clients: %w", err)
	}
	return nil
}

// ownEngine verifies JWTs of one issuer for one audience.
func ownEngine(key jose.JWK, issuer, audience string, now func() time.Time) (jose.Engine, error) {
	return jose.NewEngine("lean", jose.DefaultPolicy, jose.EngineConfig{
		Algorithm: key.Algorithm, Issuer: issuer, Audience: audience, Keys: []jose.JWK{key}, Now: now,
	})
}

// grantee is who gets a token, and until when at most.
type grantee struct {
	client, subject, tenant string
	until                   time.Time // zero: as long as tokens live
}

// refusal is why there is no token: an error code of RFC 6749 §5.2, RFC 8693 §2.2.2.
type refusal string

const (
	invalidRequest  refusal = "invalid_request"
	invalidGrant    refusal = "invalid_grant"
	invalidScope    refusal = "invalid_scope"
	invalidTarget   refusal = "invalid_target"
	unsupported     refusal = "unsupported_grant_type"
	unavailable     refusal = "temporarily_unavailable"
	wrongClient     refusal = "invalid_client" // answered with 401
	granted         refusal = ""
	issuedTokenType         = "urn:ietf:params:oauth:token-type:access_token"
)

// answerToken mints a token (RFC 6749 §4.4, RFC 8693, RFC 7523 §2.1). Clients say who they are
// by HTTP Basic alone (client_secret_basic).
func (r *realm) answerToken(ctx *fasthttp.RequestCtx) {
	if r.access == nil {
		ctx.SetStatusCode(fasthttp.StatusNotFound)
		return
	}
	client, said, ok := r.client(ctx)
	if !ok {
		r.refuseStranger(ctx)
		return
	}
	to, why := r.grant(ctx.PostArgs(), client, said)
	switch why {
	case granted:
		r.giveToken(ctx, to, isExchange(ctx.PostArgs()))
	case wrongClient:
		r.refuseStranger(ctx)
	case unavailable:
		reply(ctx, fasthttp.StatusServiceUnavailable, oauthError{string(why)})
	default:
		r.refused.Add(1)
		reply(ctx, fasthttp.StatusBadRequest, oauthError{string(why)})
	}
}

// client is who asks. said is false if the request does not say who, and ok if that is wrong.
func (r *realm) client(ctx *fasthttp.RequestCtx) (who grantee, said, ok bool) {
	if len(ctx.Request.Header.PeekAll(fasthttp.HeaderAuthorization)) == 0 {
		return grantee{}, false, true
	}
	c, readable := basicClient(ctx)
	switch {
	case !readable:
		return grantee{}, true, false
	case r.knows(c):
		return grantee{client: c.ID, subject: c.ID}, true, true
	case r.clients == nil:
		return grantee{}, true, false
	}
	record, known := r.clients.Find([]byte(c.Secret))
	good := known && record.Status == store.Active && r.now().Unix() < record.Expires && record.Subject == c.ID
	return grantee{client: c.ID, subject: record.Subject, tenant: record.Tenant}, true, good
}

// grant decides who gets a token by a request of a client.
func (r *realm) grant(form *fasthttp.Args, client grantee, said bool) (grantee, refusal) {
	if repeats(form) || len(form.Peek("client_secret")) > 0 && said { // two ways to say who one is
		return grantee{}, invalidRequest
	}
	kind := string(form.Peek("grant_type"))
	if !said && kind != bearerGrant { // an assertion says who asks
		return grantee{}, wrongClient
	}
	var to grantee
	var why refusal
	switch kind {
	case "client_credentials":
		to = client
	case exchangeGrant:
		to, why = r.exchange(form, client)
	case bearerGrant:
		to, why = r.assertions.take(form, client, r.now())
	case "":
		why = invalidRequest
	default:
		why = unsupported
	}
	if scope := string(form.Peek("scope")); why == granted && scope != "" && scope != readScope {
		why = invalidScope
	}
	return to, why
}

// repeats reports whether a parameter comes twice (RFC 6749 §3.2). Of resource and audience
// there may be several (RFC 8693 §2.1).
func repeats(form *fasthttp.Args) bool {
	seen := map[string]bool{}
	for name := range form.All() {
		key := string(name)
		if seen[key] && key != "resource" && key != "audience" {
			return true
		}
		seen[key] = true
	}
	return false
}

// giveToken answers with a token (RFC 6749 §5.1).
func (r *realm) giveToken(ctx *fasthttp.RequestCtx, to grantee, exchanged bool) {
	now := r.now()
	// Tokens count whole seconds. Rounded up, each is good for as long as its client is told;
	// else one that is refreshed after four of five seconds could be over before.
	expires := time.Unix(now.Add(r.access.lifetime+time.Second-1).Unix(), 0)
	if !to.until.IsZero() && to.until.Before(expires) {
		expires = to.until
	}
	token, err := r.mint(to, now, expires.Unix())
	if err != nil {
		reply(ctx, fasthttp.StatusServiceUnavailable, oauthError{string(unavailable)})
		return
	}
	r.issued.Add(1)
	given := struct {
		Token   string `json:"access_token"`
		Kind    string `json:"issued_token_type,omitempty"`
		Type    string `json:"token_type"`
		Expires int64  `json:"expires_in"`
		Scope   string `json:"scope"`
	}{Token: string(token), Type: credential.Bearer.Scheme, Expires: int64(expires.Sub(now) / time.Second), Scope: readScope}
	if exchanged {
		given.Kind = issuedTokenType
	}
	reply(ctx, fasthttp.StatusOK, given)
}

// mint makes a token: opaque, or a JWT (RFC 9068 §2.2).
func (r *realm) mint(to grantee, now time.Time, expires int64) ([]byte, error) {
	if r.access.signer == nil {
		return r.tokens.Mint(store.Record{Subject: to.subject, Tenant: to.tenant, Scopes: store.ScopeRead, Expires: expires})
	}
	var id [16]byte
	rand.Read(id[:]) // never fails (crypto/rand)
	claims, err := json.Marshal(struct {
		Issuer    string `json:"iss"`
		Audience  string `json:"aud"`
		Subject   string `json:"sub"`
		Tenant    string `json:"tenant,omitempty"`
		Client    string `json:"client_id"`
		ID        string `json:"jti"`
		Issued    int64  `json:"iat"`
		NotBefore int64  `json:"nbf"`
		Expires   int64  `json:"exp"`
		Scope     string `json:"scope"`
	}{
		r.Name, r.Audience, to.subject, to.tenant, to.client, base64.RawURLEncoding.EncodeToString(id[:]),
		now.Unix(), now.Unix(), expires, readScope,
	})
	if err != nil {
		return nil, err
	}
	return r.access.signer.JWT(accessType, claims)
}
