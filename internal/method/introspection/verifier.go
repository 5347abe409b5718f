package introspection

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/store"
	"authbench/internal/method"
)

// verifier asks the issuer about tokens. It is safe for concurrent use.
type verifier struct {
	client *client
	// cached remembers answers, or has requests share one; nil if each request asks.
	cached           *store.CachedAnswers[digest, answer]
	issuer, audience string
	now              func() time.Time
}

// digest stands for a token in the cache: who reads the cache has no token by that.
type digest [sha256.Size]byte

var _ method.Verifier = (*verifier)(nil)

// newVerifierAt is newVerifier with a clock.
func newVerifierAt(p bench.Params, verification json.RawMessage, now func() time.Time) (*verifier, error) {
	var m material
	if err := json.Unmarshal(verification, &m); err != nil || m.URL == "" {
		return nil, errNowhere
	}
	accept, read := "application/json", readAnswer
	if p.Text("answer") == signedAnswer {
		var err error
		accept = "application/" + answerType
		if read, err = signedAnswers(m, now); err != nil {
			return nil, err
		}
	}
	c, err := newClient(m.Endpoint, cmp.Or(p.Int("pool"), usualPool), p.Duration("latency"), accept, read)
	if err != nil {
		return nil, err
	}
	v := &verifier{client: c, issuer: m.Issuer, audience: m.Audience, now: now}
	if size := p.Int("cache_size"); size > 0 || p.Text("concurrent") == askOnce {
		v.cached, err = store.NewCachedAnswers(store.AnswerCache[digest, answer]{
			Size: size, TTL: p.Duration("cache_ttl"), Now: now, Ask: func(_ digest, token []byte) (answer, error) { return c.ask(token) },
			Ends: answer.ends, Negative: func(a answer) bool { return !a.Active },
			Text:   func(d digest) string { return string(d[:]) },
			Number: func(d digest) uint64 { return binary.NativeEndian.Uint64(d[:]) },
		})
	}
	return v, err
}

// Scheme is that of RFC 6750.
func (*verifier) Scheme() string { return credential.Bearer.Scheme }

// Verify implements method.Verifier. A hit in the cache allocates nothing.
func (v *verifier) Verify(r bench.Request) bench.Decision {
	token, reason := credential.Bearer.Read(r)
	if reason != bench.ReasonNone {
		return credential.Deny(reason)
	}
	if !isToken(token) {
		return credential.Deny(bench.ReasonMalformed)
	}
	var a answer
	var err error
	if v.cached != nil {
		a, err = v.cached.Get(sha256.Sum256(token), token)
	} else {
		a, err = v.client.ask(token)
	}
	if err != nil { // nobody knows whether it is good
		return bench.Decision{Outcome: bench.Fail, Reason: bench.ReasonUnavailable}
	}
	return v.judge(a)
}

// judge decides by what the issuer said (RFC 7662 §4). Why a token is not active, it does
// not say.
func (v *verifier) judge(a answer) bench.Decision {
	now := v.now().Unix()
	switch {
	case !a.Active:
		return credential.Deny(bench.ReasonUnknown)
	case a.Expires != 0 && now >= a.Expires:
		return credential.Deny(bench.ReasonExpired)
	case now < a.NotBefore:
		return credential.Deny(bench.ReasonNotYetValid)
	case a.Issuer != "" && a.Issuer != v.issuer: // it may leave out its own name
		return credential.Deny(bench.ReasonWrongIssuer)
	case !a.isFor(v.audience):
		return credential.Deny(bench.ReasonWrongAudience)
	case !a.allows("read"):
		return credential.Deny(bench.ReasonScope)
	}
	return credential.Allow(a.Subject, a.Tenant)
}

// isToken reports whether a text is a b64token (RFC 6750 §2.1). Nothing else can be a
// token, so nobody is asked about it.
func isToken(text []byte) bool {
	text = bytes.TrimRight(text, "=")
	for _, c := range text {
		switch {
		case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', c == '-', c == '.', c == '_', c == '~', c == '+', c == '/':
		default:
			return false
		}
	}
	return len(text) > 0
}

// Lookups returns what became of the questions to the cache.
func (v *verifier) Lookups() bench.Lookups {
	if v.cached == nil {
		return bench.Lookups{}
	}
	return v.cached.Lookups()
}

// Store counts the questions to the issuer.
func (v *verifier) Store() *bench.StoreCounters {
	c := v.client.counters()
	return &c
}

// OnNotice has tell called with why the issuer does not answer.
func (v *verifier) OnNotice(tell func(text string)) { v.client.notices.Listen(tell) }

// Close gives the connections back.
func (v *verifier) Close() error {
	v.client.http.CloseIdleConnections()
	return nil
}
