package issuer

import (
	"encoding/json"
	"strings"

	"github.com/valyala/fasthttp"

	"authbench/internal/credential"
	"authbench/internal/credential/store"
)

// introspection is what is said of a token (RFC 7662 §2.2). Of one that is not active
// nothing is said but that.
type introspection struct {
	Active   bool   `json:"active"`
	Scope    string `json:"scope,omitempty"`
	Subject  string `json:"sub,omitempty"`
	Tenant   string `json:"tenant,omitempty"`
	Audience string `json:"aud,omitempty"`
	Issuer   string `json:"iss,omitempty"`
	Type     string `json:"token_type,omitempty"`
	Expires  int64  `json:"exp,omitempty"`
}

func (r *realm) answerIntrospection(ctx *fasthttp.RequestCtx) {
	token, ok := oneToken(ctx)
	if !ok {
		return
	}
	r.introspections.Add(1)
	said := r.say(token)
	if said.Active {
		r.active.Add(1)
	}
	switch {
	case !asksForJWT(ctx):
		reply(ctx, fasthttp.StatusOK, said)
	case r.answer == nil:
		ctx.SetStatusCode(fasthttp.StatusNotAcceptable)
	default:
		r.replySigned(ctx, said)
	}
}

// say is what there is to say of a token.
func (r *realm) say(token []byte) introspection {
	record, known := r.tokens.Find(token)
	if !known || record.Status != store.Active || r.now().Unix() >= record.Expires {
		return introspection{}
	}
	out := introspection{
		Active: true, Subject: record.Subject, Tenant: record.Tenant, Audience: r.Audience, Issuer: r.Name,
		Type: credential.Bearer.Scheme, Expires: record.Expires,
	}
	if record.Scopes&store.ScopeRead != 0 {
		out.Scope = readScope
	}
	return out
}

// answerType is the type of a signed answer, as its typ has it (RFC 9701 §5).
const answerType = "token-introspection+jwt"

// asksForJWT reports whether the answer is to be signed (RFC 9701 §4).
func asksForJWT(ctx *fasthttp.RequestCtx) bool {
	for _, field := range ctx.Request.Header.PeekAll(fasthttp.HeaderAccept) {
		for one := range strings.SplitSeq(string(field), ",") {
			kind, _, _ := strings.Cut(one, ";")
			if strings.EqualFold(strings.TrimSpace(kind), "application/"+answerType) {
				return true
			}
		}
	}
	return false
}

// replySigned answers with a JWT for the client that asked. It has no sub and no exp, so that
// nobody can take it for a token (RFC 9701 §5).
func (r *realm) replySigned(ctx *fasthttp.RequestCtx, said introspection) {
	claims, err := json.Marshal(struct {
		Issuer   string        `json:"iss"`
		Audience string        `json:"aud"`
		Issued   int64         `json:"iat"`
		Said     introspection `json:"token_introspection"`
	}{r.Name, r.Client.ID, r.now().Unix(), said})
	if err == nil {
		claims, err = r.answer.JWT(answerType, claims)
	}
	if err != nil {
		ctx.SetStatusCode(fasthttp.StatusInternalServerError)
		return
	}
	ctx.SetContentType("application/" + answerType)
	ctx.Response.Header.Set(fasthttp.HeaderCacheControl, "no-store")
	ctx.SetBody(claims)
}
