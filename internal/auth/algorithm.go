package auth

import (
	"crypto"
	"crypto/elliptic"
	"fmt"
	"strings"

	"filippo.io/mldsa"
	"github.com/golang-jwt/jwt/v5"
)

// keyType is the kty of a JWK.
type keyType string

const (
	octKey keyType = "oct" // RFC 7518 §6.4
	rsaKey keyType = "RSA" // RFC 7518 §6.3
	ecKey  keyType = "EC"  // RFC 7518 §6.2
	okpKey keyType = "OKP" // RFC 8037 §2; only Ed25519 here
	akpKey keyType = "AKP" // RFC 9964; only ML-DSA here
)

// algorithm is one signature algorithm of JWS, and what goes with it.
type algorithm struct {
	// name is what headers and keys call it.
	name string
	// also is an older name of the same algorithm that verifiers accept, "" for
	// none.
	also string
	key  keyType
	hash crypto.Hash    // of the signed text; 0 where the algorithm hashes itself
	ec   elliptic.Curve // ES… only
	// mldsa is set for ML-DSA only.
	mldsa mldsa.Parameters
	// method signs and verifies in golang-jwt's terms. It is golang-jwt's own
	// where that is strict enough.
	method jwt.SigningMethod
}

// algorithms is the table of all that tokens can be signed with: RFC 7518 §3.1,
// RFC 8037, RFC 9864 and RFC 9964.
//
// EdDSA names a family; RFC 9864 replaces it by Ed25519, which says the curve. A
// key for EdDSA takes tokens of that name only; a key for Ed25519 takes both, as
// a service does whose issuers move from one to the other.
func algorithms() []algorithm {
	return []algorithm{
		{name: "HS256", key: octKey, hash: crypto.SHA256, method: jwt.SigningMethodHS256},
		{name: "HS384", key: octKey, hash: crypto.SHA384, method: jwt.SigningMethodHS384},
		{name: "HS512", key: octKey, hash: crypto.SHA512, method: jwt.SigningMethodHS512},
		{name: "RS256", key: rsaKey, hash: crypto.SHA256, method: jwt.SigningMethodRS256},
		{name: "RS384", key: rsaKey, hash: crypto.SHA384, method: jwt.SigningMethodRS384},
		{name: "RS512", key: rsaKey, hash: crypto.SHA512, method: jwt.SigningMethodRS512},
		{name: "PS256", key: rsaKey, hash: crypto.SHA256, method: strictPSS(jwt.SigningMethodPS256)},
		{name: "PS384", key: rsaKey, hash: crypto.SHA384, method: strictPSS(jwt.SigningMethodPS384)},
		{name: "PS512", key: rsaKey, hash: crypto.SHA512, method: strictPSS(jwt.SigningMethodPS512)},
		{name: "ES256", key: ecKey, hash: crypto.SHA256, ec: elliptic.P256(), method: jwt.SigningMethodES256},
		{name: "ES384", key: ecKey, hash: crypto.SHA384, ec: elliptic.P384(), method: jwt.SigningMethodES384},
		{name: "ES512", key: ecKey, hash: crypto.SHA512, ec: elliptic.P521(), method: jwt.SigningMethodES512},
		{name: "EdDSA", key: okpKey, method: jwt.SigningMethodEdDSA},
		{name: "Ed25519", also: "EdDSA", key: okpKey, method: ed25519Method{jwt.SigningMethodEdDSA}},
		{name: "ML-DSA-44", key: akpKey, mldsa: mldsa.MLDSA44(), method: mldsaMethod{mldsa.MLDSA44()}},
		{name: "ML-DSA-65", key: akpKey, mldsa: mldsa.MLDSA65(), method: mldsaMethod{mldsa.MLDSA65()}},
	}
}

func algorithmNames() []string {
	var out []string
	for _, a := range algorithms() {
		out = append(out, a.name)
	}
	return out
}

// mustAlgorithm is findAlgorithm for a name that has to be in the table.
func mustAlgorithm(name string) (algorithm, error) {
	a, ok := findAlgorithm(name)
	if !ok {
		return a, fmt.Errorf("unknown algorithm %q; choose from %s", name, strings.Join(algorithmNames(), ", "))
	}
	return a, nil
}

// findAlgorithm looks name up; ok is false for one that is not in the table.
func findAlgorithm(name string) (a algorithm, ok bool) {
	for _, a := range algorithms() {
		if a.name == name {
			return a, true
		}
	}
	return algorithm{}, false
}

// names are the values of alg in a token's header that mean the algorithm.
func (a algorithm) names() []string {
	if a.also == "" {
		return []string{a.name}
	}
	return []string{a.name, a.also}
}

// is reports whether a header's alg means the algorithm.
func (a algorithm) is(alg []byte) bool {
	return string(alg) == a.name || a.also != "" && string(alg) == a.also
}

// isPSS reports whether an RSA algorithm pads as RSASSA-PSS.
func (a algorithm) isPSS() bool { return strings.HasPrefix(a.name, "PS") }

// coordinateBytes is the size of a coordinate, and of r and of s (RFC 7518 §3.4,
// §6.2.1.2).
func (a algorithm) coordinateBytes() int { return (a.ec.Params().BitSize + 7) / 8 }

// spoilt is the byte of a signature whose lowest bit a forged token has flipped.
// A verifier must not be able to refuse it before the whole verification: in the
// middle an RSA number stays below the modulus, r and s below the group's order.
// An ML-DSA signature starts with the hash that is compared last; the vector
// behind it has a bound that is checked first.
func (a algorithm) spoilt(signatureBytes int) int {
	if a.key == akpKey {
		return 0
	}
	return signatureBytes/2 - 1
}
