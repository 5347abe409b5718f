package dpop

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"

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

// claims are a proof's (RFC 9449 §4.2), read strictly. They lie in the data that they were read
// from.
type claims struct {
	id, method, uri, hash []byte
	issued                float64 // Unix seconds
}

// read reads the claims from a JSON object, and says whether it is a strict one with all of them.
func (c *claims) read(data []byte) bool {
	issued := false
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
			c.issued, ok = seconds(s.Value)
			issued = ok
		}
		if !ok {
			return false
		}
	}
	return s.Finished() && issued && len(c.id) > 0 && len(c.id) <= mostID
}

// seconds is a NumericDate (RFC 7519 §2).
func seconds(v strictjson.Value) (float64, bool) {
	if v.Kind != strictjson.NumberValue {
		return 0, false
	}
	if whole, ok := strictjson.WholeSeconds(v.Text); ok {
		return float64(whole), true
	}
	out, err := strconv.ParseFloat(credential.Borrow(v.Text), 64)
	return out, err == nil && out > -farthest && out < farthest
}

// fresh reports whether a proof was made no longer ago than the window.
func (c *claims) fresh(now time.Time, window time.Duration) bool {
	age := float64(now.UnixMilli())/1e3 - c.issued
	return age <= window.Seconds() && age >= -ahead.Seconds()
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
	return bytes.EqualFold(proved, withoutPort(host)) && bytes.Equal(path, target)
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
	return bytes.TrimSuffix(bytes.TrimSuffix(host, []byte(":80")), []byte(":"))
}
