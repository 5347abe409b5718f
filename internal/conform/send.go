package conform

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"authbench/bench"
)

// send sends the subject a request and judges the answer by the case.
func (a *attempt) send(ctx context.Context, r Request) result {
	_, reasoned := a.limit(limitSignature)
	var before map[string]int64
	m, metered := a.subject.(meter)
	if reasoned && metered {
		before = m.usage(false).Reasons
	}
	answer, err := a.subject.Ask(ctx, r)
	if err != nil {
		return failed(serverError, "%v", err)
	}
	t := a.judge(answer, a.Expect.Outcome, a.Expect.Status)
	if t.fault != "" {
		return t
	}
	if reasoned {
		var after map[string]int64
		if metered {
			after = m.usage(false).Reasons
		}
		a.judgeReason(&t, answer, before, after)
	}
	if _, made := a.limit(limitNoEcho); made && t.fault == "" && a.echoes(answer.Seen) {
		return failed(echo, "the answer holds part of the credential or the key")
	}
	if t.fault == "" {
		a.judgeCost(ctx, &t, r)
	}
	return t
}

// judgeReason demands that the signature is the reason for a refusal: a verifier must not
// judge claims whose signature is wrong. Over the wire the server's counters tell.
func (a *attempt) judgeReason(t *result, answer Answer, before, after map[string]int64) {
	want := bench.ReasonBadSignature
	reason := answer.Reason
	for name, n := range after {
		if n > before[name] && name == want.String() {
			reason = want
		}
	}
	switch {
	case reason == want:
	case reason == bench.ReasonNone && after == nil:
		t.unjudged = append(t.unjudged, limitSignature)
	default:
		t.fault, t.got = wrongReason, describe(answer)+", not "+want.String()
	}
}

// minEcho is the shortest part of a credential that counts as an echo. Shorter ones turn
// up by chance.
const minEcho = 16

// echoes reports whether an answer holds a credential, one of its parts, a secret key, or
// the signature that would have been correct: some libraries print it.
func (a *attempt) echoes(seen string) bool {
	var secrets []string
	for _, credential := range []string{a.cred, a.bad} {
		secrets = append(secrets, credential)
		secrets = append(secrets, strings.Split(credential, ".")...)
		_, secret := publicPart(credential)
		secrets = append(secrets, secret)
	}
	// The examiner has no key of a token that looks signed and is the issuer's own making.
	if parts, err := signedParts(a.cred); err == nil && a.keys[roleVictim] != nil {
		signer := a.keys[roleVictim]
		if right, err := signer.sign(a.alg, []byte(parts[0]+"."+parts[1]), nil); err == nil {
			secrets = append(secrets, encodings(right)...)
		}
		secrets = append(secrets, encodings(signer.secret())...)
	}
	for _, s := range secrets {
		if len(s) >= minEcho && strings.Contains(seen, s) {
			return true
		}
	}
	return false
}

// encodings are the common ways to print bytes.
func encodings(b []byte) []string {
	return []string{
		string(b), hex.EncodeToString(b), strings.ToUpper(hex.EncodeToString(b)),
		base64.StdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b),
	}
}

// costTries is how often a request is measured before it counts as too expensive. Garbage
// collection and other work in the process add to single tries, on a busy machine to
// several in a row.
const costTries = 10

// judgeCost compares a request with the case's limits on CPU time and allocation.
func (a *attempt) judgeCost(ctx context.Context, t *result, r Request) {
	maxMillis, timed := a.limit(limitTime)
	maxAlloc, counted := a.limit(limitAlloc)
	if !timed && !counted {
		return
	}
	m, metered := a.subject.(meter)
	if !metered {
		a.judgeWait(ctx, t, r, timed, time.Duration(maxMillis)*time.Millisecond)
		if counted {
			t.unjudged = append(t.unjudged, limitAlloc)
		}
		return
	}
	var cost bench.Counters
	for try := range costTries {
		before := m.usage(false)
		if _, err := a.subject.Ask(ctx, r); err != nil {
			t.fault, t.got = serverError, err.Error()
			return
		}
		used := m.usage(false).Sub(before)
		if try == 0 || used.CPU < cost.CPU {
			cost.CPU = used.CPU
		}
		if try == 0 || used.AllocBytes < cost.AllocBytes {
			cost.AllocBytes = used.AllocBytes
		}
		if (!timed || cost.CPU <= maxMillis*int64(time.Millisecond)) && (!counted || cost.AllocBytes <= maxAlloc) {
			return
		}
	}
	switch cpu := time.Duration(cost.CPU); {
	case timed && cpu > time.Duration(maxMillis)*time.Millisecond:
		*t = failed(overLimit, "%v of CPU time; %d ms is the limit", cpu.Round(time.Millisecond), maxMillis)
	case counted && cost.AllocBytes > maxAlloc:
		*t = failed(overLimit, "%d bytes allocated; %d is the limit", cost.AllocBytes, maxAlloc)
	}
}

// waitTries is how often a slow server is asked again. Each answer may take as long as
// [patience].
const waitTries = 3

// judgeWait judges the time until the answer, for a server whose CPU clock cannot be read.
// A fast answer keeps the limit. A slow one proves nothing, because the server may have
// waited; then the limit is left unjudged.
func (a *attempt) judgeWait(ctx context.Context, t *result, r Request, timed bool, most time.Duration) {
	for try := 0; timed && try < waitTries; try++ {
		if answer, err := a.subject.Ask(ctx, r); err == nil && answer.Took <= most {
			return
		}
	}
	if timed {
		t.unjudged = append(t.unjudged, limitTime)
	}
}
