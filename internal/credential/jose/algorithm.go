package jose

import (
	"crypto"
	"crypto/elliptic"
	"fmt"
	"strings"

	"filippo.io/mldsa"
	"github.com/golang-jwt/jwt/v5"
)

// KeyType is the kty of a JWK.
type KeyType string

const (
	KeyOct KeyType = "oct" // RFC 7518 §6.4
	KeyRSA KeyType = "RSA" // RFC 7518 §6.3
	KeyEC  KeyType = "EC"  // RFC 7518 §6.2
	KeyOKP KeyType = "OKP" // RFC 8037 §2; only Ed25519 here
	KeyAKP KeyType = "AKP" // RFC 9964; only ML-DSA here
)

// Algorithm is one signature algorithm of JWS, and what goes with it.
type Algorithm struct {
	// name is what headers and keys call it.
	Name string
	// also is an older name of the same algorithm that verifiers accept, "" for
	// none.
	also string
	Key  KeyType
	hash crypto.Hash    // of the signed text; 0 where the algorithm hashes itself
	ec   elliptic.Curve // ES… only
	// mldsa is set for ML-DSA only.
	mldsa mldsa.Parameters
	// method signs and verifies in golang-jwt's terms. It is golang-jwt's own
	// where that is strict enough.
	method jwt.SigningMethod
}

// Algorithms is the table of all that tokens can be signed with: RFC 7518 §3.1,
// RFC 8037, RFC 9864 and RFC 9964.
//
// EdDSA names a family; RFC 9864 replaces it by Ed25519, which says the curve. A
// key for EdDSA takes tokens of that name only; a key for Ed25519 takes both, as
// a service does whose issuers move from one to the other.
func Algorithms() []Algorithm {
	return []Algorithm{
		{Name: "HS256", Key: KeyOct, hash: crypto.SHA256, method: jwt.SigningMethodHS256},
		{Name: "HS384", Key: KeyOct, hash: crypto.SHA384, method: jwt.SigningMethodHS384},
		{Name: "HS512", Key: KeyOct, hash: crypto.SHA512, method: jwt.SigningMethodHS512},
		{Name: "RS256", Key: KeyRSA, hash: crypto.SHA256, method: jwt.SigningMethodRS256},
		{Name: "RS384", Key: KeyRSA, hash: crypto.SHA384, method: jwt.SigningMethodRS384},
		{Name: "RS512", Key: KeyRSA, hash: crypto.SHA512, method: jwt.SigningMethodRS512},
		{Name: "PS256", Key: KeyRSA, hash: crypto.SHA256, method: strictPSS(jwt.SigningMethodPS256)},
		{Name: "PS384", Key: KeyRSA, hash: crypto.SHA384, method: strictPSS(jwt.SigningMethodPS384)},
		{Name: "PS512", Key: KeyRSA, hash: crypto.SHA512, method: strictPSS(jwt.SigningMethodPS512)},
		{Name: "ES256", Key: KeyEC, hash: crypto.SHA256, ec: elliptic.P256(), method: jwt.SigningMethodES256},
		{Name: "ES384", Key: KeyEC, hash: crypto.SHA384, ec: elliptic.P384(), method: jwt.SigningMethodES384},
		{Name: "ES512", Key: KeyEC, hash: crypto.SHA512, ec: elliptic.P521(), method: jwt.SigningMethodES512},
		{Name: "EdDSA", Key: KeyOKP, method: jwt.SigningMethodEdDSA},
		{Name: "Ed25519", also: "EdDSA", Key: KeyOKP, method: ed25519Method{jwt.SigningMethodEdDSA}},
		{Name: "ML-DSA-44", Key: KeyAKP, mldsa: mldsa.MLDSA44(), method: mldsaMethod{mldsa.MLDSA44()}},
		{Name: "ML-DSA-65", Key: KeyAKP, mldsa: mldsa.MLDSA65(), method: mldsaMethod{mldsa.MLDSA65()}},
	}
}

// AlgorithmNames are what headers and keys call them.
func AlgorithmNames() []string {
	var out []string
	for _, a := range Algorithms() {
		out = append(out, a.Name)
	}
	return out
}

// MustAlgorithm is FindAlgorithm for a name that has to be in the table.
func MustAlgorithm(name string) (Algorithm, error) {
	a, ok := FindAlgorithm(name)
	if !ok {
		return a, fmt.Errorf("unknown algorithm %q; choose from %s", name, strings.Join(AlgorithmNames(), ", "))
	}
	return a, nil
}

// FindAlgorithm looks name up; ok is false for one that is not in the table.
func FindAlgorithm(name string) (a Algorithm, ok bool) {
	for _, a := range Algorithms() {
		if a.Name == name {
			return a, true
		}
	}
	return Algorithm{}, false
}

// names are the values of alg in a token's header that mean the algorithm.
func (a Algorithm) names() []string {
	if a.also == "" {
		return []string{a.Name}
	}
	return []string{a.Name, a.also}
}

// is reports whether a header's alg means the algorithm.
func (a Algorithm) is(alg []byte) bool {
	return string(alg) == a.Name || a.also != "" && string(alg) == a.also
}

// isPSS reports whether an RSA algorithm pads as RSASSA-PSS.
func (a Algorithm) isPSS() bool { return strings.HasPrefix(a.Name, "PS") }

// coordinateBytes is the size of a coordinate, and of r and of s (RFC 7518 §3.4,
// §6.2.1.2).
func (a Algorithm) coordinateBytes() int { return (a.ec.Params().BitSize + 7) / 8 }

// spoilt is the byte of a signature whose lowest bit a forged token has flipped.
// A verifier must not be able to refuse it before the whole verification: in the
// middle an RSA number stays below the modulus, r and s below the group's order.
// An ML-DSA signature starts with the hash that is compared last; the vector
// behind it has a bound that is checked first.
func (a Algorithm) spoilt(signatureBytes int) int {
	if a.Key == KeyAKP {
		return 0
	}
	return signatureBytes/2 - 1
}
