package jose

import (
	"math"
	"strconv"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/jose/strictjson"
)

// claims are a token's claims, read strictly: names in their letter case, no
// second member of a name, no value of another type. They lie in the data that
// they were read from. The zero value is refused, as there is no subject.
type claims struct {
	issuer, subject, tenant, id []byte
	audience                    strictjson.Value
	expires, notBefore, issued  moment
	// list and index are the token's place on a status list; no list: it has none.
	list  []byte
	index int64
	// thumbprint is that of the key that the token is bound to; empty: it is bound to none.
	thumbprint []byte
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
	s := strictjson.Scanner{Data: data}
	for s.Next() {
		switch string(s.Name) {
		case "iss":
			c.issuer = c.text(s.Value)
		case "sub":
			c.subject = c.text(s.Value)
		case "tenant":
			c.tenant = c.text(s.Value)
		case "jti":
			c.id = c.text(s.Value)
		case "aud":
			c.audience = c.texts(s.Value)
		case "exp":
			c.expires = c.date(s.Value)
		case "nbf":
			c.notBefore = c.date(s.Value)
		case "iat":
			c.issued = c.date(s.Value)
		case "status":
			c.place(s.Value)
		case "cnf":
			c.confirm(s.Value)
		}
	}
	return s.Finished()
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

// judgeClaims reads claims that a good signature covers, and judges them. The identity's texts
// lie in the payload.
func judgeClaims(payload []byte, now time.Time, issuer, audience string) (Identity, bench.Reason) {
	var c claims
	if !c.read(payload) {
		return Identity{}, bench.ReasonMalformed
	}
	if reason := c.judge(now, issuer, audience); reason != bench.ReasonNone {
		return Identity{}, reason
	}
	return c.identity(), bench.ReasonNone
}

// identity is what the claims say of the bearer. Its texts lie where the claims do.
func (c *claims) identity() Identity {
	return Identity{
		Subject: credential.Borrow(c.subject), Tenant: credential.Borrow(c.tenant), ID: credential.Borrow(c.id),
		Expires: c.expires.seconds, Listed: Place{credential.Borrow(c.list), c.index},
		Thumbprint: credential.Borrow(c.thumbprint),
	}
}

// after reports whether the moment is given and later than now.
func (m moment) after(now time.Time) bool {
	seconds := now.Unix()
	return m.given && (m.seconds > seconds || m.seconds == seconds && m.nanoseconds > int64(now.Nanosecond()))
}

// namesAudience reports whether there is an audience that is not the empty text
// alone.
func (c *claims) namesAudience() bool {
	if c.audience.Kind != strictjson.ArrayValue {
		return len(c.audience.Text) > 0
	}
	count, last := 0, strictjson.Value{}
	for last = range c.audience.Elements() {
		count++
	}
	return count > 1 || count == 1 && len(last.Text) > 0
}

// isFor reports whether an audience is among those named.
func (c *claims) isFor(audience string) bool {
	if c.audience.Kind != strictjson.ArrayValue {
		text, _ := c.audience.Content()
		return string(text) == audience
	}
	for element := range c.audience.Elements() {
		if text, _ := element.Content(); string(text) == audience {
			return true
		}
	}
	return false
}

// text returns a claim that must be a string.
func (c *claims) text(v strictjson.Value) []byte {
	content, ok := v.Content()
	c.wrong = c.wrong || !ok
	return content
}

// texts returns a claim that must be a string or an array of strings, no value if
// it is another.
func (c *claims) texts(v strictjson.Value) strictjson.Value {
	ok := v.Kind == strictjson.StringValue
	if v.Kind == strictjson.ArrayValue {
		ok = true
		for element := range v.Elements() {
			ok = ok && element.Kind == strictjson.StringValue
		}
	}
	if !ok {
		c.wrong = true
		return strictjson.Value{}
	}
	return v
}

// place reads a token's status, which may name other mechanisms than a status list.
func (c *claims) place(status strictjson.Value) {
	c.wrong = c.wrong || status.Kind != strictjson.ObjectValue
	s := strictjson.Scanner{Data: status.Text}
	for s.Next() {
		if string(s.Name) != "status_list" {
			continue
		}
		c.index = -1
		entry := strictjson.Scanner{Data: s.Value.Text}
		for entry.Next() {
			switch string(entry.Name) {
			case "idx":
				c.index = c.count(entry.Value)
			case "uri":
				c.list = c.text(entry.Value)
			}
		}
		c.wrong = c.wrong || s.Value.Kind != strictjson.ObjectValue || len(c.list) == 0 || c.index < 0
	}
}

// confirm reads how the holder of a token confirms that it is his (RFC 7800 §3.1), which may be
// by other means than a key's thumbprint.
func (c *claims) confirm(cnf strictjson.Value) {
	c.wrong = c.wrong || cnf.Kind != strictjson.ObjectValue
	s := strictjson.Scanner{Data: cnf.Text}
	for s.Next() {
		if string(s.Name) == "jkt" {
			c.thumbprint = c.text(s.Value)
			c.wrong = c.wrong || len(c.thumbprint) == 0
		}
	}
}

// count returns a claim that must be a whole number from 0, -1 if it is not.
func (c *claims) count(v strictjson.Value) int64 {
	n, err := strconv.ParseInt(string(v.Text), 10, 64)
	if v.Kind != strictjson.NumberValue || err != nil || n < 0 {
		return -1
	}
	return n
}

// farthest is the first second of the year 10000, where RFC 3339 ends. Times
// beyond it do not mean a time.
const farthest = 253_402_300_800

// date returns a claim that must be a time.
func (c *claims) date(v strictjson.Value) moment {
	if seconds, ok := strictjson.WholeSeconds(v.Text); ok && v.Kind == strictjson.NumberValue {
		return moment{seconds: seconds, given: true}
	}
	seconds, err := strconv.ParseFloat(string(v.Text), 64)
	if v.Kind != strictjson.NumberValue || err != nil || math.Abs(seconds) >= farthest {
		c.wrong = true
		return moment{}
	}
	whole, fraction := math.Modf(seconds)
	if fraction < 0 { // nanoseconds count upwards
		whole, fraction = whole-1, fraction+1
	}
	return moment{int64(whole), int64(fraction * 1e9), true}
}
