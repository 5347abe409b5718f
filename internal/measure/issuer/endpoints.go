package issuer

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"authbench/internal/credential/statuslist"
)

// The endpoints of a realm.
const (
	keySetPath     = ".well-known/jwks.json"
	statusListPath = "statuslists/1"
	tokenPath      = "token"
	introspectPath = "introspect"
	revokePath     = "revoke"
)

const (
	jsonType   = "application/json"
	keySetType = "application/jwk-set+json" // RFC 7517 §8.5.2
)

// oauthError is the body of a refusal (RFC 6749 §5.2).
type oauthError struct {
	Error string `json:"error"`
}

func (r *realm) answerKeySet(ctx *fasthttp.RequestCtx) {
	p := r.keys.Load()
	if p == nil {
		ctx.SetStatusCode(fasthttp.StatusNotFound)
		return
	}
	r.fetches.Add(1)
	ctx.SetContentType(keySetType)
	ctx.SetBody(p.set)
	p.taken.CompareAndSwap(0, max(1, int64(time.Since(p.at)))) // 0 stands for never
}

// answerStatusList answers anybody, as with keys: what stands on the list tells nobody whose
// tokens they are.
func (r *realm) answerStatusList(ctx *fasthttp.RequestCtx) {
	if r.status == nil {
		ctx.SetStatusCode(fasthttp.StatusNotFound)
		return
	}
	token, err := r.status.Token(r.now())
	if err != nil {
		ctx.SetStatusCode(fasthttp.StatusInternalServerError)
		return
	}
	r.lists.Add(1)
	ctx.SetContentType(statuslist.MediaType)
	ctx.SetBody(token)
}

// requireClient answers the realm's client alone, if the realm has what it asks for.
func (r *realm) requireClient(has bool, answer func(ctx *fasthttp.RequestCtx)) func(*fasthttp.RequestCtx) {
	return func(ctx *fasthttp.RequestCtx) {
		if !has {
			ctx.SetStatusCode(fasthttp.StatusNotFound)
			return
		}
		if client, ok := basicClient(ctx); !ok || !r.knows(client) {
			r.refuseStranger(ctx)
			return
		}
		answer(ctx)
	}
}

// refuseStranger answers who is not known (RFC 6749 §5.2).
func (r *realm) refuseStranger(ctx *fasthttp.RequestCtx) {
	r.strangers.Add(1)
	ctx.Response.Header.Set(fasthttp.HeaderWWWAuthenticate, `Basic realm="issuer"`)
	reply(ctx, fasthttp.StatusUnauthorized, oauthError{"invalid_client"})
}

// basicClient reads the client's credentials: both form-encoded, then as HTTP Basic
// (RFC 6749 §2.3.1).
func basicClient(ctx *fasthttp.RequestCtx) (Client, bool) {
	fields := ctx.Request.Header.PeekAll(fasthttp.HeaderAuthorization)
	if len(fields) != 1 {
		return Client{}, false
	}
	scheme, text, _ := bytes.Cut(fields[0], []byte(" "))
	plain, err := base64.StdEncoding.DecodeString(string(text))
	if !strings.EqualFold(string(scheme), "Basic") || err != nil {
		return Client{}, false
	}
	id, secret, ok := strings.Cut(string(plain), ":")
	id, idErr := url.QueryUnescape(id)
	secret, secretErr := url.QueryUnescape(secret)
	return Client{id, secret}, ok && idErr == nil && secretErr == nil
}

// oneToken is the form's one token (RFC 7662 §2.1, RFC 7009 §2.1).
func oneToken(ctx *fasthttp.RequestCtx) ([]byte, bool) {
	all := ctx.PostArgs().PeekMulti("token")
	if len(all) != 1 || len(all[0]) == 0 {
		reply(ctx, fasthttp.StatusBadRequest, oauthError{"invalid_request"})
		return nil, false
	}
	return all[0], true
}

// answerRevocation takes a token back. One that is unknown is answered alike (RFC 7009
// §2.2).
func (r *realm) answerRevocation(ctx *fasthttp.RequestCtx) {
	token, ok := oneToken(ctx)
	if !ok {
		return
	}
	_ = r.revoke(token) // see above
	reply(ctx, fasthttp.StatusOK, struct{}{})
}

// reply answers with JSON that nobody stores (RFC 6749 §5.1).
func reply(ctx *fasthttp.RequestCtx, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		ctx.SetStatusCode(fasthttp.StatusInternalServerError)
		return
	}
	ctx.SetStatusCode(status)
	ctx.SetContentType(jsonType)
	ctx.Response.Header.Set(fasthttp.HeaderCacheControl, "no-store")
	ctx.Response.Header.Set(fasthttp.HeaderPragma, "no-cache")
	ctx.SetBody(text)
}
