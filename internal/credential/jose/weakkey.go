package jose

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/hex"
	"fmt"

	"filippo.io/mldsa"
)

const (
	// LeastRSA and mostRSA are in bits. The least is RFC 7518 §3.3's; with more
	// than the most, one verification takes milliseconds.
	LeastRSA = 2048
	mostRSA  = 8192
	// seedRho is the size in bytes of what an ML-DSA key starts with: the seed of
	// a matrix, which is no secret (FIPS 204 §7.2, pkEncode).
	seedRho = 32
)

// weakness says why a verification key must not be used with an algorithm, and
// what to do; "" if it may. Points that are not on their curve are no keys, and do
// not get here.
func weakness(alg Algorithm, key any) string {
	switch key := key.(type) {
	case []byte:
		least := alg.hash.Size() // RFC 7518 §3.2
		switch {
		case len(key) < least:
			return fmt.Sprintf("an HMAC key of %d bytes can be guessed; %s needs %d random ones", len(key), alg.Name, least)
		case looksPublic(key):
			return "the HMAC key is a public key's text, which everybody may know; make one of random bytes"
		}
	case *rsa.PublicKey:
		switch bits := key.N.BitLen(); {
		case bits < LeastRSA || bits > mostRSA:
			return fmt.Sprintf("an RSA key of %d bits; use one of %d to %d", bits, LeastRSA, mostRSA)
		case key.N.Bit(0) == 0:
			return "the RSA key's modulus is even, so that anybody can factor it; make another"
		case key.E < 3 || key.E%2 == 0:
			return "the RSA key's public exponent is not an odd number above 1; use 65537"
		}
	case ed25519.PublicKey:
		if isSmallOrder(key) {
			return "the Ed25519 key is a point of small order, for which anybody can sign; make another"
		}
	case *mldsa.PublicKey:
		if isZero(key.Bytes()[seedRho:]) {
			return "the ML-DSA key is zero, for which anybody can sign; make another"
		}
	}
	return ""
}

// looksPublic recognises PEM, OpenSSH and JWK texts: servers that were given one
// as an HMAC secret accept tokens that anybody can make.
func looksPublic(secret []byte) bool {
	text := bytes.TrimSpace(secret)
	for _, start := range []string{"-----BEGIN ", "ssh-", "ecdsa-sha2-"} {
		if bytes.HasPrefix(text, []byte(start)) {
			return true
		}
	}
	return bytes.HasPrefix(text, []byte("{")) && bytes.Contains(text, []byte(`"kty"`))
}

// smallOrder are the y coordinates, in hexadecimal and little-endian, of the
// points whose order is 8 or less. The last two say 0 and 1 again, above the
// field's modulus, which Go's decoder takes. The sign of x is left out.
var smallOrder = []string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

// isSmallOrder reports whether a key is such a point: its multiples are so few
// that a signature of R and S = 0 is good for one message in eight, or for all.
func isSmallOrder(key ed25519.PublicKey) bool {
	y := bytes.Clone(key)
	y[len(y)-1] &= 0x7f
	text := hex.EncodeToString(y)
	for _, known := range smallOrder {
		if text == known {
			return true
		}
	}
	return false
}

func isZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
