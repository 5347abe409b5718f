package target

import (
	"errors"
	"strings"

	"github.com/valyala/fasthttp"

	"authbench/bench"
)

// Header fields that say who was let in, and the bodies of the answers. All
// refusals have the same one: no oracle.
const (
	subjectField = "X-Auth-Subject"
	tenantField  = "X-Auth-Tenant"
	allowedBody  = "ok\n"
	refusedBody  = "refused\n"
)

// challenges are the values of WWW-Authenticate (RFC 9110 §11.6.1), with the
// error codes of RFC 6750 §3.1, and of RFC 9449 §7.1 for proofs, for schemes that have no
// parameters of their own.
type challenges struct {
	// plain goes to requests without a credential: they are told the scheme, and
	// no error (RFC 6750 §3.1).
	plain string
	// duplicate and scope go with 400 and 403, proof with a proof that is none, and invalid
	// with every other 401.
	duplicate, scope, proof, invalid string
}

// challenger is a verifier whose scheme has parameters of its own, beside the realm, and no
// error codes.
type challenger interface{ Challenge() string }

func challengesFor(v Verifier) challenges {
	plain := v.Scheme() + ` realm="authbench"`
	if c, own := v.(challenger); own {
		plain += ", " + c.Challenge()
		return challenges{plain: plain, duplicate: plain, scope: plain, proof: plain, invalid: plain}
	}
	return challenges{
		plain:     plain,
		duplicate: plain + `, error="invalid_request"`,
		scope:     plain + `, error="insufficient_scope"`,
		proof:     plain + `, error="invalid_dpop_proof"`,
		invalid:   plain + `, error="invalid_token"`,
	}
}

// of returns the challenge that goes with a refusal.
func (c *challenges) of(r bench.Reason) string {
	switch r {
	case bench.ReasonMissing:
		return c.plain
	case bench.ReasonDuplicate:
		return c.duplicate
	case bench.ReasonScope:
		return c.scope
	case bench.ReasonBadProof, bench.ReasonReplayed:
		return c.proof
	}
	return c.invalid
}

// handle answers one request.
func (s *Server) handle(ctx *fasthttp.RequestCtx) {
	r := s.requests.Get().(*request)
	r.ctx = ctx
	s.answer(ctx, s.decide(r))
	r.ctx = nil
	s.requests.Put(r)
}

func (s *Server) answer(ctx *fasthttp.RequestCtx, d bench.Decision) {
	s.decisions.add(ctx.ConnID(), d.Reason)
	ctx.SetStatusCode(d.Status())
	if d.Outcome != bench.Allow {
		ctx.SetBodyString(refusedBody)
		if d.Outcome == bench.Deny {
			ctx.Response.Header.Set(fasthttp.HeaderWWWAuthenticate, s.challenge.of(d.Reason))
		}
		return
	}
	ctx.SetBodyString(allowedBody)
	if d.Subject != "" {
		ctx.Response.Header.Set(subjectField, d.Subject)
	}
	if d.Tenant != "" {
		ctx.Response.Header.Set(tenantField, d.Tenant)
	}
}

// decide asks the verifier. A verifier that panics has not decided: 503.
func (s *Server) decide(r *request) (d bench.Decision) {
	defer func() {
		if recover() != nil {
			d = bench.Decision{Outcome: bench.Fail, Reason: bench.ReasonUnavailable}
		}
	}()
	return s.verifier.Verify(r)
}

// refuseUnread answers what fasthttp could not read as a request. It quotes
// nothing of it.
func (s *Server) refuseUnread(ctx *fasthttp.RequestCtx, err error) {
	reason, status := bench.ReasonMalformed, fasthttp.StatusBadRequest
	if large := (*fasthttp.ErrSmallBuffer)(nil); errors.As(err, &large) {
		reason, status = bench.ReasonTooLarge, fasthttp.StatusRequestHeaderFieldsTooLarge
	}
	s.decisions.add(ctx.ConnID(), reason)
	ctx.SetStatusCode(status)
	ctx.SetBodyString(refusedBody)
}

// request shows a request to a verifier. It is kept and used again, so that
// showing it allocates nothing.
type request struct {
	ctx  *fasthttp.RequestCtx
	room []byte
}

var _ bench.Request = (*request)(nil)

func (r *request) Method() []byte { return r.ctx.Request.Header.Method() }
func (r *request) Target() []byte { return r.ctx.Request.Header.RequestURI() }

// Values returns a field's values without the white space around them (RFC 9110
// §5.5). They are valid until the next call or the verifier's return. A field that
// came as a trailer is none: a trailer must not authenticate (RFC 9110 §6.5.1), and
// fasthttp keeps both in one place.
func (r *request) Values(field string) [][]byte {
	h := &r.ctx.Request.Header
	for _, name := range h.PeekTrailerKeys() {
		if strings.EqualFold(string(name), field) {
			return nil
		}
	}
	return h.PeekAll(field)
}

func (r *request) Room(n int) []byte {
	if n > cap(r.room) {
		r.room = make([]byte, n)
	}
	return r.room[:n]
}
