package dpop

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/jose/strictjson"
)

const (
	// ahead is how far a holder's clock may be ahead of the server's.
	ahead = 5 * time.Second
	// mostID bounds a proof's id in bytes: what is remembered is its hash, but none needs more.
	mostID = 256
	// farthest is the first second of the year 10000. Times beyond it do not mean a time.
	farthest = 253_402_300_800
)

// moment is a NumericDate (RFC 7519 §2) that may be missing.
type moment struct {
	seconds float64 // since 1970
	given   bool
}

// claims are a proof's (RFC 9449 §4.2), read strictly. They lie in the data that they were read
// from.
type claims struct {
	id, method, uri, hash []byte
	issued                moment
	// expires, notBefore and audience are no part of a proof. One that has them means them
	// (RFC 7519 §4.1).
	expires, notBefore moment
	audience           strictjson.Value
}

// read reads the claims from a JSON object, and says whether it is a strict one with all of them.
func (c *claims) read(data []byte) bool {
	s := strictjson.Scanner{Data: data}
	for s.Next() {
		ok := true
		switch string(s.Name) {
		case "jti":
			c.id, ok = s.Value.Content()
		case "htm":
			c.method, ok = s.Value.Content()
		case "htu":
			c.uri, ok = s.Value.Content()
		case "ath":
			c.hash, ok = s.Value.Content()
		case "iat":
			c.issued, ok = readMoment(s.Value)
		case "exp":
			c.expires, ok = readMoment(s.Value)
		case "nbf":
			c.notBefore, ok = readMoment(s.Value)
		case "aud":
			c.audience = s.Value
		}
		if !ok {
			return false
		}
	}
	return s.Finished() && c.issued.given && len(c.id) > 0 && len(c.id) <= mostID
}

func readMoment(v strictjson.Value) (moment, bool) {
	if v.Kind != strictjson.NumberValue {
		return moment{}, false
	}
	if whole, ok := strictjson.WholeSeconds(v.Text); ok {
		return moment{float64(whole), true}, true
	}
	out, err := strconv.ParseFloat(credential.Borrow(v.Text), 64)
	return moment{out, true}, err == nil && out > -farthest && out < farthest
}

// fresh reports whether a proof was made no longer ago than the window, and is good now.
func (c *claims) fresh(now time.Time, window time.Duration) bool {
	at := float64(now.UnixNano()) / 1e9
	age := at - c.issued.seconds
	return age <= window.Seconds() && age >= -ahead.Seconds() &&
		(!c.expires.given || c.expires.seconds > at) && (!c.notBefore.given || c.notBefore.seconds <= at+ahead.Seconds())
}

// isFor reports whether a proof names no audience, or this one among others.
func (c *claims) isFor(audience string) bool {
	switch c.audience.Kind {
	case 0:
		return true
	case strictjson.ArrayValue:
		for element := range c.audience.Elements() {
			if text, _ := element.Content(); string(text) == audience {
				return true
			}
		}
	}
	text, _ := c.audience.Content()
	return string(text) == audience
}

// fit reports whether a proof is of a request with a token.
func (c *claims) fit(r bench.Request, host, token []byte) bool {
	sum := sha256.Sum256(token)
	var hash [43]byte
	base64.RawURLEncoding.Encode(hash[:], sum[:])
	return bytes.Equal(c.hash, hash[:]) && bytes.Equal(c.method, r.Method()) && sameURI(c.uri, host, r.Target())
}

// plain is the scheme of requests to a server without TLS.
const plain = "http://"

// sameURI reports whether a proof's URI is that of a request, whose host and target are as they
// were sent. Queries and fragments do not count (RFC 9449 §4.3). Of the ways to write the same
// URI, those in scheme, host, port and an empty path are taken (RFC 3986 §6.2.2.1, §6.2.3);
// percent-encoding must be as in the request.
func sameURI(uri, host, target []byte) bool {
	if at := bytes.IndexAny(uri, "?#"); at >= 0 {
		uri = uri[:at]
	}
	proved, path, ok := split(uri)
	if !ok {
		return false
	}
	if at := bytes.IndexByte(target, '?'); at >= 0 {
		target = target[:at]
	}
	if !bytes.HasPrefix(target, []byte("/")) { // the host in there counts (RFC 9112 §3.2.2)
		if host, target, ok = split(target); !ok {
			return false
		}
	}
	return sameHost(proved, withoutPort(host)) && bytes.Equal(path, target)
}

// sameHost compares names of ASCII without regard to case. No other character stands in a host
// (RFC 3986 §3.2.2), and none of ours has a user before it (RFC 9110 §4.2.4).
func sameHost(a, b []byte) bool {
	for _, c := range a {
		if c >= utf8.RuneSelf || c == '@' {
			return false
		}
	}
	return len(a) == len(b) && bytes.EqualFold(a, b)
}

// split parts a URI into its host and its path.
func split(uri []byte) (host, path []byte, ok bool) {
	if len(uri) < len(plain) || !bytes.EqualFold(uri[:len(plain)], []byte(plain)) {
		return nil, nil, false
	}
	host, path = uri[len(plain):], []byte("/")
	if at := bytes.IndexByte(host, '/'); at >= 0 {
		host, path = host[:at], host[at:]
	}
	return withoutPort(host), path, true
}

// withoutPort leaves the usual port out, or an empty one.
func withoutPort(host []byte) []byte {
	if name, usual := bytes.CutSuffix(host, []byte(":80")); usual {
		return name
	}
	return bytes.TrimSuffix(host, []byte(":"))
}
