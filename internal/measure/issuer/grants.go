package issuer

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"authbench/bench"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/jose/strictjson"
	"authbench/internal/credential/store"
)

// The grants beside client_credentials.
const (
	exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange" // RFC 8693 §2.1
	bearerGrant   = "urn:ietf:params:oauth:grant-type:jwt-bearer"     // RFC 7523 §2.1
	jwtTokenType  = "urn:ietf:params:oauth:token-type:jwt"            // RFC 8693 §3
)

func isExchange(form *fasthttp.Args) bool { return string(form.Peek("grant_type")) == exchangeGrant }

// exchange gives who holds an access token of this issuer another one, which does not live
// longer: else exchanges, one after the other, would keep a token alive for ever. There is no
// delegation, so that an actor_token is refused.
func (r *realm) exchange(form *fasthttp.Args, client grantee) (grantee, refusal) {
	token, kind := form.Peek("subject_token"), string(form.Peek("subject_token_type"))
	switch {
	case len(token) == 0, kind == "", form.Has("actor_token"), form.Has("actor_token_type"):
		return grantee{}, invalidRequest
	case kind != issuedTokenType && (kind != jwtTokenType || r.access.signer == nil):
		return grantee{}, invalidRequest
	}
	switch wanted := string(form.Peek("requested_token_type")); {
	case wanted == "", wanted == issuedTokenType, wanted == jwtTokenType && r.access.signer != nil:
	default:
		return grantee{}, invalidRequest
	}
	for _, name := range []string{"audience", "resource"} {
		for _, wanted := range form.PeekMulti(name) {
			if string(wanted) != r.Audience {
				return grantee{}, invalidTarget
			}
		}
	}
	to, good := r.holder(token)
	if !good {
		return grantee{}, invalidRequest // RFC 8693 §2.2.2
	}
	to.client = client.client
	return to, granted
}

// holder is whose an access token is, if it is good.
func (r *realm) holder(token []byte) (grantee, bool) {
	if r.access.signer != nil {
		who, reason := r.access.engine.Verify(token, make([]byte, len(token)))
		who = who.Clone()
		return grantee{subject: who.Subject, tenant: who.Tenant, until: time.Unix(who.Expires, 0)}, reason == bench.ReasonNone
	}
	record, known := r.tokens.Find(token)
	good := known && record.Status == store.Active && r.now().Unix() < record.Expires
	return grantee{subject: record.Subject, tenant: record.Tenant, until: time.Unix(record.Expires, 0)}, good
}

const (
	// longestAssertion is how far an assertion's exp may be away: RFC 7523 §3 leaves it to
	// the issuer.
	longestAssertion = time.Hour
	// mostAssertions bounds the ids of assertions that are remembered, each some 100 bytes.
	mostAssertions = 100_000
)

// assertions takes what clients sign (RFC 7523 §3). It is safe for concurrent use.
type assertions struct {
	clients map[string]jose.Engine // by id
	used    *usedIDs
}

// usedIDs remembers ids that count once, until they would not be taken anyway.
type usedIDs struct {
	mu    sync.Mutex
	until map[string]int64 // Unix seconds
}

// newAssertions takes assertions of clients, by their public keys, for an issuer with a clock.
func newAssertions(keys map[string]jose.JWK, issuer string, now func() time.Time) (assertions, error) {
	out := assertions{map[string]jose.Engine{}, &usedIDs{until: map[string]int64{}}}
	for id, key := range keys {
		var err error
		if out.clients[id], err = ownEngine(key, id, issuer, now); err != nil {
			return out, fmt.Errorf("client %q: %w", id, err)
		}
	}
	return out, nil
}

// take judges an assertion: its iss is a client whose key signed it and who speaks of itself
// alone (sub), aud is this issuer and nobody else, exp is required and near, nbf and iat hold
// if they are there, and jti, if it is there, counts once.
func (a assertions) take(form *fasthttp.Args, client grantee, now time.Time) (grantee, refusal) {
	assertion := form.Peek("assertion")
	if len(assertion) == 0 {
		return grantee{}, invalidRequest
	}
	issuer, alone := read(assertion)
	engine, known := a.clients[issuer]
	if !known || !alone {
		return grantee{}, invalidGrant
	}
	who, reason := engine.Verify(assertion, make([]byte, len(assertion)))
	switch {
	case reason != bench.ReasonNone, who.Subject != issuer, who.Expires > now.Add(longestAssertion).Unix():
		return grantee{}, invalidGrant
	case client.client != "" && client.client != issuer: // another one's
		return grantee{}, invalidGrant
	}
	if who.ID != "" {
		if why := a.used.add(issuer+" "+who.ID, who.Expires, now.Unix()); why != granted {
			return grantee{}, why
		}
	}
	return grantee{client: issuer, subject: issuer}, granted
}

// read reads who signed an assertion, by what it says, and whether it is for one audience.
func read(assertion []byte) (issuer string, alone bool) {
	_, rest, _ := bytes.Cut(assertion, []byte("."))
	claims, _, _ := bytes.Cut(rest, []byte("."))
	room := make([]byte, len(claims))
	n, ok := jose.DecodeSegment(room, claims)
	if !ok {
		return "", false
	}
	s := strictjson.Scanner{Data: room[:n]}
	for s.Next() {
		switch string(s.Name) {
		case "iss":
			text, _ := s.Value.Content()
			issuer = string(text)
		case "aud":
			count := 1
			if s.Value.Kind == strictjson.ArrayValue {
				count = 0
				for range s.Value.Elements() {
					count++
				}
			}
			alone = count == 1
		}
	}
	return issuer, alone && s.Finished()
}

// add notes an id, which must be new.
func (u *usedIDs) add(id string, until, now int64) refusal {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, used := u.until[id]; used {
		return invalidGrant
	}
	if len(u.until) >= mostAssertions {
		for id, until := range u.until {
			if until <= now {
				delete(u.until, id)
			}
		}
		if len(u.until) >= mostAssertions {
			return unavailable
		}
	}
	u.until[id] = until
	return granted
}
