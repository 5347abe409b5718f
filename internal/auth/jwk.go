package auth

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
)

// JWK is a key in the form of RFC 7517, with the members that RFC 7518 §6 and
// RFC 8037 §2 define for the algorithms here. The private members are set in the
// file of signing keys only.
type JWK struct {
	KeyType   string  `json:"kty"`
	KeyID     string  `json:"kid"`
	Algorithm string  `json:"alg"`
	Use       string  `json:"use"`
	Secret    jwkData `json:"k,omitempty"` // oct
	Modulus   jwkData `json:"n,omitempty"` // RSA
	Exponent  jwkData `json:"e,omitempty"`
	Curve     string  `json:"crv,omitempty"` // OKP
	Public    jwkData `json:"x,omitempty"`
	Private   jwkData `json:"d,omitempty"` // RSA and OKP
	Prime1    jwkData `json:"p,omitempty"` // RSA
	Prime2    jwkData `json:"q,omitempty"`
	Exponent1 jwkData `json:"dp,omitempty"`
	Exponent2 jwkData `json:"dq,omitempty"`
	Inverse   jwkData `json:"qi,omitempty"`
}

// jwkData is written in base64url without padding.
type jwkData []byte

// MarshalText implements encoding.TextMarshaler.
func (d jwkData) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, d), nil
}

// UnmarshalText implements encoding.TextUnmarshaler. Its errors quote nothing.
func (d *jwkData) UnmarshalText(text []byte) error {
	out, err := base64.RawURLEncoding.Strict().AppendDecode(nil, text)
	if err != nil {
		return errors.New("key data is not base64url")
	}
	*d = out
	return nil
}

func octJWK(kid, alg string, secret []byte) JWK {
	return JWK{KeyType: "oct", KeyID: kid, Algorithm: alg, Use: "sig", Secret: secret}
}

func rsaJWK(kid, alg string, key *rsa.PublicKey) JWK {
	return JWK{
		KeyType: "RSA", KeyID: kid, Algorithm: alg, Use: "sig",
		Modulus: key.N.Bytes(), Exponent: big.NewInt(int64(key.E)).Bytes(),
	}
}

func ed25519JWK(kid, alg string, key ed25519.PublicKey) JWK {
	return JWK{KeyType: "OKP", KeyID: kid, Algorithm: alg, Use: "sig", Curve: "Ed25519", Public: jwkData(key)}
}

// withRSA adds the private members of an RSA key.
func (k JWK) withRSA(key *rsa.PrivateKey) JWK {
	k.Private, k.Prime1, k.Prime2 = key.D.Bytes(), key.Primes[0].Bytes(), key.Primes[1].Bytes()
	k.Exponent1, k.Exponent2, k.Inverse = key.Precomputed.Dp.Bytes(), key.Precomputed.Dq.Bytes(), key.Precomputed.Qinv.Bytes()
	return k
}

// verificationKey returns the key as golang-jwt takes it.
func (k JWK) verificationKey() (any, error) {
	switch {
	case k.KeyType == "oct" && k.Algorithm == "HS256":
		return []byte(k.Secret), nil
	case k.KeyType == "RSA" && k.Algorithm == "RS256":
		e := new(big.Int).SetBytes(k.Exponent)
		// Go's exponent is an int; 2^31 is the largest that every platform has.
		if len(k.Modulus) == 0 || e.Sign() == 0 || e.BitLen() > 31 {
			return nil, fmt.Errorf("key %q: modulus or exponent is out of range", k.KeyID)
		}
		return &rsa.PublicKey{N: new(big.Int).SetBytes(k.Modulus), E: int(e.Int64())}, nil
	case k.KeyType == "OKP" && k.Curve == "Ed25519" && k.Algorithm == "EdDSA":
		if len(k.Public) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("key %q: an Ed25519 key has %d bytes", k.KeyID, ed25519.PublicKeySize)
		}
		return ed25519.PublicKey(k.Public), nil
	}
	return nil, fmt.Errorf("key %q: key type %q does not go with algorithm %q", k.KeyID, k.KeyType, k.Algorithm)
}

const (
	// leastHMAC: a key as long as the hash (RFC 7518 §3.2).
	leastHMAC = 32
	// leastRSA bits (RFC 7518 §3.3).
	leastRSA = 2048
)

// weakness says why a verification key must not be used, "" if it may.
func weakness(key any) string {
	switch key := key.(type) {
	case []byte:
		switch {
		case len(key) < leastHMAC:
			return fmt.Sprintf("an HMAC key of %d bytes; it needs %d", len(key), leastHMAC)
		case looksPublic(key):
			return "the HMAC key is a public key's text, which everybody may know"
		}
	case *rsa.PublicKey:
		switch {
		case key.N.BitLen() < leastRSA:
			return fmt.Sprintf("an RSA key of %d bits; it needs %d", key.N.BitLen(), leastRSA)
		case key.E < 3 || key.E%2 == 0:
			return "the RSA key's public exponent is not an odd number above 1"
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
