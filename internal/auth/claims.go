package auth

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"authbench/bench"
)

// claims are a token's claims, read strictly: names in their letter case, no
// second member of a name, no value of another type. They lie in the data that
// they were read from. The zero value is refused, as there is no subject.
type claims struct {
	issuer, subject, tenant, id []byte
	audience                    value
	expires, notBefore, issued  moment
	// wrong is set when a claim has the wrong type. It is judged with the others.
	wrong bool
}

// moment is a NumericDate (RFC 7519 §2): seconds, which may have a fraction.
type moment struct {
	seconds     int64
	nanoseconds int64
	given       bool
}

// read reads the claims from a JSON object. It returns false if the object is not
// a strict one; what is wrong with a claim is for judge to say.
func (c *claims) read(data []byte) bool {
	s := scanner{data: data}
	for s.next() {
		switch string(s.name) {
		case "iss":
			c.issuer = c.text(s.value)
		case "sub":
			c.subject = c.text(s.value)
		case "tenant":
			c.tenant = c.text(s.value)
		case "jti":
			c.id = c.text(s.value)
		case "aud":
			c.audience = c.texts(s.value)
		case "exp":
			c.expires = c.date(s.value)
		case "nbf":
			c.notBefore = c.date(s.value)
		case "iat":
			c.issued = c.date(s.value)
		}
	}
	return s.finished()
}

// judge judges what was read. Of several wrong claims the first in this order
// counts, whatever the token's own order is.
func (c *claims) judge(now time.Time, issuer, audience string) bench.Reason {
	switch {
	case c.expires.given && !c.expires.after(now):
		return bench.ReasonExpired
	case c.notBefore.after(now), c.issued.after(now):
		return bench.ReasonNotYetValid
	case len(c.issuer) > 0 && string(c.issuer) != issuer:
		return bench.ReasonWrongIssuer
	case c.namesAudience() && !c.isFor(audience):
		return bench.ReasonWrongAudience
	case c.wrong || !c.expires.given || len(c.issuer) == 0 || len(c.subject) == 0 || !c.namesAudience():
		return bench.ReasonMalformed
	}
	return bench.ReasonNone
}

// after reports whether the moment is given and later than now.
func (m moment) after(now time.Time) bool {
	seconds := now.Unix()
	return m.given && (m.seconds > seconds || m.seconds == seconds && m.nanoseconds > int64(now.Nanosecond()))
}

// namesAudience reports whether there is an audience that is not the empty text
// alone.
func (c *claims) namesAudience() bool {
	if c.audience.kind != arrayValue {
		return len(c.audience.text) > 0
	}
	count, last := 0, value{}
	for last = range c.audience.elements() {
		count++
	}
	return count > 1 || count == 1 && len(last.text) > 0
}

// isFor reports whether an audience is among those named.
func (c *claims) isFor(audience string) bool {
	if c.audience.kind != arrayValue {
		text, _ := c.audience.string()
		return string(text) == audience
	}
	for element := range c.audience.elements() {
		if text, _ := element.string(); string(text) == audience {
			return true
		}
	}
	return false
}

// text returns a claim that must be a string.
func (c *claims) text(v value) []byte {
	content, ok := v.string()
	c.wrong = c.wrong || !ok
	return content
}

// texts returns a claim that must be a string or an array of strings, no value if
// it is another.
func (c *claims) texts(v value) value {
	ok := v.kind == stringValue
	if v.kind == arrayValue {
		ok = true
		for element := range v.elements() {
			ok = ok && element.kind == stringValue
		}
	}
	if !ok {
		c.wrong = true
		return value{}
	}
	return v
}

// farthest is the first second of the year 10000, where RFC 3339 ends. Times
// beyond it do not mean a time.
const farthest = 253_402_300_800

// date returns a claim that must be a time.
func (c *claims) date(v value) moment {
	if seconds, ok := wholeSeconds(v.text); ok && v.kind == numberValue {
		return moment{seconds: seconds, given: true}
	}
	seconds, err := strconv.ParseFloat(string(v.text), 64)
	if v.kind != numberValue || err != nil || math.Abs(seconds) >= farthest {
		c.wrong = true
		return moment{}
	}
	whole, fraction := math.Modf(seconds)
	if fraction < 0 { // nanoseconds count upwards
		whole, fraction = whole-1, fraction+1
	}
	return moment{int64(whole), int64(fraction * 1e9), true}
}

// wholeSeconds reads eleven digits at most: all of those are below farthest, and
// every time of the next thousand years is among them.
func wholeSeconds(text []byte) (seconds int64, ok bool) {
	if len(text) == 0 || len(text) > 11 {
		return 0, false
	}
	if len(text) >= 8 {
		word := binary.LittleEndian.Uint64(text)
		if !allDigits(word) {
			return 0, false
		}
		seconds, text = int64(eightDigits(word)), text[8:]
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		seconds = 10*seconds + int64(c-'0')
	}
	return seconds, true
}
