package conform

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // crypto.Hash needs these linked
	_ "crypto/sha512"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"filippo.io/mldsa"
)

// familyKind is how an algorithm signs.
type familyKind int

const (
	kindHMAC familyKind = iota
	kindRSA
	kindPSS
	kindECDSA
	kindEd25519
	kindMLDSA
)

// family is what RFC 7518 §3.1, RFC 8037 and RFC 9964 say of an algorithm.
type family struct {
	kind  familyKind
	hash  crypto.Hash
	curve elliptic.Curve
	mldsa mldsa.Parameters
}

// families is separate from the verifiers' table, so that a mistake there is not repeated
// here.
func families() map[string]family {
	return map[string]family{
		"HS256": {kind: kindHMAC, hash: crypto.SHA256}, "HS384": {kind: kindHMAC, hash: crypto.SHA384}, "HS512": {kind: kindHMAC, hash: crypto.SHA512},
		"RS256": {kind: kindRSA, hash: crypto.SHA256}, "RS384": {kind: kindRSA, hash: crypto.SHA384}, "RS512": {kind: kindRSA, hash: crypto.SHA512},
		"PS256": {kind: kindPSS, hash: crypto.SHA256}, "PS384": {kind: kindPSS, hash: crypto.SHA384}, "PS512": {kind: kindPSS, hash: crypto.SHA512},
		"ES256": {kind: kindECDSA, hash: crypto.SHA256, curve: elliptic.P256()},
		"ES384": {kind: kindECDSA, hash: crypto.SHA384, curve: elliptic.P384()},
		"ES512": {kind: kindECDSA, hash: crypto.SHA512, curve: elliptic.P521()},
		"EdDSA": {kind: kindEd25519}, "Ed25519": {kind: kindEd25519},
		"ML-DSA-44": {kind: kindMLDSA, mldsa: mldsa.MLDSA44()}, "ML-DSA-65": {kind: kindMLDSA, mldsa: mldsa.MLDSA65()},
	}
}

func familyOf(alg string) (family, error) {
	f, ok := families()[alg]
	if !ok {
		return f, fmt.Errorf("algorithm %q is not one that tokens can be forged with; choose from %v", alg, slices.Sorted(maps.Keys(families())))
	}
	return f, nil
}

func isAlgorithm(alg string) bool { _, ok := families()[alg]; return ok }

// What a signing's alg may be besides the name of an algorithm.
const (
	algMethod = "method" // the examined method's
	algHeader = "header" // that of the token's header
)

// saltMax is the longest salt that a PSS signature has room for.
const saltMax = -1

// saltLength reads pss_salt.
func saltLength(tree any) (int, error) {
	if tree == "max" {
		return saltMax, nil
	}
	number, _ := tree.(json.Number)
	n, err := number.Int64()
	// 478 bytes are the most that RSA of 4096 bits has room for beside SHA-256.
	if err != nil || n < 0 || n > 478 {
		return 0, fmt.Errorf("sign: pss_salt %s is neither \"max\" nor a number of bytes", brief(tree))
	}
	return int(n), nil
}

// sign signs input with an algorithm that may be another than the key's own. salt is the
// length of a PSS salt, nil for the hash's length.
func (k *key) sign(alg string, input []byte, salt *int) ([]byte, error) {
	f, err := familyOf(alg)
	if err != nil {
		return nil, inapplicable(err.Error())
	}
	if secret := k.secret(); (secret != nil) != (f.kind == kindHMAC) {
		return nil, inapplicable("the key does not go with algorithm " + alg)
	}
	switch private := k.private.(type) {
	case []byte:
		mac := hmac.New(f.hash.New, private)
		mac.Write(input)
		return mac.Sum(nil), nil
	case *rsa.PrivateKey:
		if f.kind == kindRSA || f.kind == kindPSS {
			return signRSA(private, f, input, salt)
		}
	case *ecdsa.PrivateKey:
		if f.kind == kindECDSA && f.curve == private.Curve {
			return signECDSA(private, f.hash, input)
		}
	case ed25519.PrivateKey:
		if f.kind == kindEd25519 {
			return ed25519.Sign(private, input), nil
		}
	case *mldsa.PrivateKey:
		if f.kind == kindMLDSA && f.mldsa == private.PublicKey().Parameters() {
			return private.SignDeterministic(input, nil)
		}
	}
	return nil, inapplicable("the key does not go with algorithm " + alg)
}

func digest(hash crypto.Hash, input []byte) []byte {
	h := hash.New()
	h.Write(input)
	return h.Sum(nil)
}

func signRSA(private *rsa.PrivateKey, f family, input []byte, salt *int) ([]byte, error) {
	if f.kind == kindRSA {
		return rsa.SignPKCS1v15(nil, private, f.hash, digest(f.hash, input))
	}
	options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: f.hash}
	if salt != nil {
		options.SaltLength = *salt
	}
	switch {
	case salt != nil && *salt == saltMax:
		// RFC 8017 §9.1.1: emLen - hLen - 2.
		options.SaltLength = (private.N.BitLen()-1+7)/8 - f.hash.Size() - 2
	case salt != nil && *salt == 0:
		return signUnsalted(private, f.hash, input)
	}
	signature, err := rsa.SignPSS(rand.Reader, private, f.hash, digest(f.hash, input), options)
	if errors.Is(err, rsa.ErrMessageTooLong) {
		return nil, inapplicable("the key has no room for such a signature")
	}
	return signature, err
}

// signECDSA signs deterministically (RFC 6979) and writes R and S at full width
// (RFC 7518 §3.4).
func signECDSA(private *ecdsa.PrivateKey, hash crypto.Hash, input []byte) ([]byte, error) {
	der, err := private.Sign(nil, digest(hash, input), hash)
	if err != nil {
		return nil, fmt.Errorf("sign with ECDSA: %w", err)
	}
	r, s, err := readDER(der)
	if err != nil {
		return nil, err
	}
	return fixedWidth(private.Curve, r, s), nil
}
