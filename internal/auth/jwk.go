package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"filippo.io/mldsa"
)

// JWK is a key in the form of RFC 7517, with the members that RFC 7518 §6, RFC
// 8037 §2 and RFC 9964 define for the algorithms here. The private members are set
// in the file of signing keys only.
type JWK struct {
	KeyType keyType `json:"kty"`
	// KeyID and Algorithm may be missing (RFC 7517 §4.4, §4.5): see [byKeyID.find] and
	// [JWK.completed].
	KeyID     string `json:"kid,omitempty"`
	Algorithm string `json:"alg,omitempty"`
	Use       string `json:"use,omitempty"`
	// Operations are what the key is for, if the list is not empty.
	Operations []string `json:"key_ops,omitempty"`
	Secret     jwkData  `json:"k,omitempty"` // oct
	Modulus    jwkData  `json:"n,omitempty"` // RSA
	Exponent   jwkData  `json:"e,omitempty"`
	Curve      string   `json:"crv,omitempty"` // EC and OKP
	X          jwkData  `json:"x,omitempty"`
	Y          jwkData  `json:"y,omitempty"`   // EC
	Public     jwkData  `json:"pub,omitempty"` // AKP
	Private    jwkData  `json:"d,omitempty"`   // RSA, EC and OKP
	Prime1     jwkData  `json:"p,omitempty"`   // RSA
	Prime2     jwkData  `json:"q,omitempty"`
	Exponent1  jwkData  `json:"dp,omitempty"`
	Exponent2  jwkData  `json:"dq,omitempty"`
	Inverse    jwkData  `json:"qi,omitempty"`
	Seed       jwkData  `json:"priv,omitempty"` // AKP
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
		return errors.New("its key data are not base64url without padding (RFC 7515 §2)")
	}
	*d = out
	return nil
}

func octJWK(kid, alg string, secret []byte) JWK {
	return JWK{KeyType: octKey, KeyID: kid, Algorithm: alg, Use: "sig", Secret: secret}
}

func rsaJWK(kid, alg string, key *rsa.PublicKey) JWK {
	return JWK{
		KeyType: rsaKey, KeyID: kid, Algorithm: alg, Use: "sig",
		Modulus: key.N.Bytes(), Exponent: big.NewInt(int64(key.E)).Bytes(),
	}
}

func ecJWK(kid, alg string, key *ecdsa.PublicKey) (JWK, error) {
	point, err := key.Bytes() // 4, x, y
	if err != nil {
		return JWK{}, fmt.Errorf("encode an EC key: %w", err)
	}
	half := (len(point) + 1) / 2
	return JWK{
		KeyType: ecKey, KeyID: kid, Algorithm: alg, Use: "sig", Curve: key.Params().Name,
		X: point[1:half], Y: point[half:],
	}, nil
}

func ed25519JWK(kid, alg string, key ed25519.PublicKey) JWK {
	return JWK{KeyType: okpKey, KeyID: kid, Algorithm: alg, Use: "sig", Curve: "Ed25519", X: jwkData(key)}
}

func akpJWK(kid, alg string, key []byte) JWK {
	return JWK{KeyType: akpKey, KeyID: kid, Algorithm: alg, Use: "sig", Public: key}
}

// withRSA adds the private members of an RSA key.
func (k JWK) withRSA(key *rsa.PrivateKey) JWK {
	k.Private, k.Prime1, k.Prime2 = key.D.Bytes(), key.Primes[0].Bytes(), key.Primes[1].Bytes()
	k.Exponent1, k.Exponent2, k.Inverse = key.Precomputed.Dp.Bytes(), key.Precomputed.Dq.Bytes(), key.Precomputed.Qinv.Bytes()
	return k
}

// verificationKey returns the key as golang-jwt takes it, for its own algorithm.
func (k JWK) verificationKey() (any, error) {
	alg, known := findAlgorithm(k.Algorithm)
	if !known {
		return nil, fmt.Errorf("key %q: unknown algorithm %q; a key needs one of %v", k.KeyID, k.Algorithm, algorithmNames())
	}
	key, err := k.public(alg)
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", k.KeyID, err)
	}
	return key, nil
}

// strongKey returns the key as golang-jwt takes it, if it is good for alg and not
// weak.
func (k JWK) strongKey(alg algorithm) (any, error) {
	key, err := k.good(alg)
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", k.KeyID, err)
	}
	return key, nil
}

// good is strongKey without the key's name in errors.
func (k JWK) good(alg algorithm) (any, error) {
	key, err := k.completed(alg).public(alg)
	if err != nil {
		return nil, err
	}
	if why := weakness(alg, key); why != "" {
		return nil, errors.New(why)
	}
	return key, nil
}

// completed is the key with an algorithm. RFC 7517 §4.4 lets a key leave it out; the
// server's algorithm then decides, if the key's type fits it. What a token's header says
// has no part in that. Keys of type AKP must name theirs (RFC 9964 §3).
func (k JWK) completed(alg algorithm) JWK {
	if k.Algorithm == "" && k.KeyType == alg.key && alg.key != akpKey {
		k.Algorithm = alg.name
	}
	return k
}

// public returns the key as golang-jwt takes it, or says why it is none for alg.
func (k JWK) public(alg algorithm) (any, error) {
	switch {
	case k.KeyType != alg.key:
		return nil, fmt.Errorf("its type (kty) is %.32q; %s needs %s", k.KeyType, alg.name, alg.key)
	case k.Algorithm == "":
		return nil, fmt.Errorf("it names no algorithm (alg); a key of type %s must (RFC 9964 §3)", alg.key)
	case k.Algorithm != alg.name:
		return nil, fmt.Errorf("its algorithm (alg) is %.32q, not %s (RFC 8725 §3.1: a key is good for one algorithm)", k.Algorithm, alg.name)
	case k.Use != "" && k.Use != "sig", len(k.Operations) > 0 && !slices.Contains(k.Operations, "verify"):
		return nil, errors.New("its use or key_ops say that it does not verify signatures")
	}
	switch alg.key {
	case octKey:
		return []byte(k.Secret), nil
	case rsaKey:
		return k.rsaPublic()
	case ecKey:
		return k.ecPublic(alg)
	case okpKey:
		if k.Curve != "Ed25519" || len(k.X) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("%s needs crv Ed25519 and an x of %d bytes", alg.name, ed25519.PublicKeySize)
		}
		return ed25519.PublicKey(k.X), nil
	default:
		key, err := mldsa.NewPublicKey(alg.mldsa, k.Public)
		if err != nil {
			return nil, fmt.Errorf("%s needs a pub of %d bytes", alg.name, alg.mldsa.PublicKeySize())
		}
		return key, nil
	}
}

func (k JWK) rsaPublic() (*rsa.PublicKey, error) {
	e := new(big.Int).SetBytes(k.Exponent)
	// Go's exponent is an int; 2^31 is the largest that every platform has.
	if len(k.Modulus) == 0 || e.Sign() == 0 || e.BitLen() > 31 {
		return nil, errors.New("its modulus (n) or exponent (e) is missing or out of range; certificates (x5c) are not read")
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(k.Modulus), E: int(e.Int64())}, nil
}

// ecPublic refuses points that are not on the curve: with them a verifier computes
// in another group.
func (k JWK) ecPublic(alg algorithm) (*ecdsa.PublicKey, error) {
	size := alg.coordinateBytes()
	if name := alg.ec.Params().Name; k.Curve != name || len(k.X) != size || len(k.Y) != size {
		return nil, fmt.Errorf("%s needs crv %s, and x and y of %d bytes", alg.name, name, size)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(alg.ec, slices.Concat([]byte{4}, k.X, k.Y))
	if err != nil {
		return nil, fmt.Errorf("x and y are not a point of curve %s", k.Curve)
	}
	return key, nil
}
