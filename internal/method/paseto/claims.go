package paseto

import (
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/credential/jose/strictjson"
)

// claims are a token's claims, read strictly: names in their letter case, none twice, no
// value of another type than PASETO gives it. They lie in the data that they were read from.
// Package jose has those of a JWT, which writes times and audiences in other ways and demands
// others: alike are only the rules of JSON, which are strictjson's.
type claims struct {
	issuer, audience, subject, tenant []byte
	expires, notBefore, issued        time.Time // zero if missing
	// wrong is set when a claim has the wrong type. It is judged with the others.
	wrong bool
}

// read reads the claims from a JSON object, and says whether it is a strict one.
func (c *claims) read(data []byte) bool {
	s := strictjson.Scanner{Data: data}
	for s.Next() {
		switch string(s.Name) {
		case "iss":
			c.issuer = c.text(s.Value)
		case "aud":
			c.audience = c.text(s.Value)
		case "sub":
			c.subject = c.text(s.Value)
		case "tenant":
			c.tenant = c.text(s.Value)
		case "exp":
			c.expires = c.time(s.Value)
		case "nbf":
			c.notBefore = c.time(s.Value)
		case "iat":
			c.issued = c.time(s.Value)
		}
	}
	return s.Finished()
}

// text returns a claim that must be a string.
func (c *claims) text(v strictjson.Value) []byte {
	content, ok := v.Content()
	c.wrong = c.wrong || !ok
	return content
}

// time returns a claim that must be a time of RFC 3339, with its offset.
func (c *claims) time(v strictjson.Value) (out time.Time) {
	text := c.text(v)
	if !hasTimeForm(text) || out.UnmarshalText(text) != nil {
		c.wrong = true
		return time.Time{}
	}
	return out
}

// timeForm is what a time begins with, with 0 for any digit.
const timeForm = "0000-00-00T00:00:00"

// hasTimeForm refuses what package time takes for RFC 3339 and is not: an hour of one digit,
// a comma before the fraction, offsets of a day and more (golang.org/issue/54580).
func hasTimeForm(text []byte) bool {
	if len(text) <= len(timeForm) {
		return false
	}
	for i := range len(timeForm) {
		if digit := text[i] >= '0' && text[i] <= '9'; digit != (timeForm[i] == '0') || !digit && text[i] != timeForm[i] {
			return false
		}
	}
	behind := string(text[len(timeForm):])
	offset := strings.LastIndexAny(behind, "+-") + 1
	return behind[0] != ',' && (offset == 0 || len(behind)-offset == len("00:00") && behind[offset:] < "24:00" && behind[offset+3:] < "60")
}

// judge judges what was read. All three times are required, as the library's rule ValidAt
// does. Of several wrong claims the first in this order counts.
func (c *claims) judge(now time.Time, issuer, audience string) bench.Reason {
	switch {
	case !c.expires.IsZero() && !c.expires.After(now):
		return bench.ReasonExpired
	case c.notBefore.After(now), c.issued.After(now):
		return bench.ReasonNotYetValid
	case len(c.issuer) > 0 && string(c.issuer) != issuer:
		return bench.ReasonWrongIssuer
	case len(c.audience) > 0 && string(c.audience) != audience:
		return bench.ReasonWrongAudience
	case c.wrong, len(c.issuer) == 0, len(c.audience) == 0, len(c.subject) == 0,
		c.expires.IsZero(), c.notBefore.IsZero(), c.issued.IsZero():
		return bench.ReasonMalformed
	}
	return bench.ReasonNone
}
