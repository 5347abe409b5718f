package jose

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
	KeyType KeyType `json:"kty"`
	// KeyID and Algorithm may be missing (RFC 7517 §4.4, §4.5): see [byKeyID.find] and
	// [JWK.completed].
	KeyID     string `json:"kid,omitempty"`
	Algorithm string `json:"alg,omitempty"`
	Use       string `json:"use,omitempty"`
	// Operations are what the key is for, if the list is not empty.
	Operations []string  `json:"key_ops,omitempty"`
	Secret     Base64URL `json:"k,omitempty"` // oct
	Modulus    Base64URL `json:"n,omitempty"` // RSA
	Exponent   Base64URL `json:"e,omitempty"`
	Curve      string    `json:"crv,omitempty"` // EC and OKP
	X          Base64URL `json:"x,omitempty"`
	Y          Base64URL `json:"y,omitempty"`   // EC
	Public     Base64URL `json:"pub,omitempty"` // AKP
	Private    Base64URL `json:"d,omitempty"`   // RSA, EC and OKP
	Prime1     Base64URL `json:"p,omitempty"`   // RSA
	Prime2     Base64URL `json:"q,omitempty"`
	Exponent1  Base64URL `json:"dp,omitempty"`
	Exponent2  Base64URL `json:"dq,omitempty"`
	Inverse    Base64URL `json:"qi,omitempty"`
	Seed       Base64URL `json:"priv,omitempty"` // AKP
}

// Base64URL is written in base64url without padding.
type Base64URL []byte

// MarshalText implements encoding.TextMarshaler.
func (d Base64URL) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, d), nil
}

// UnmarshalText implements encoding.TextUnmarshaler. Its errors quote nothing.
func (d *Base64URL) UnmarshalText(text []byte) error {
	out, err := base64.RawURLEncoding.Strict().AppendDecode(nil, text)
	if err != nil {
		return errors.New("its key data are not base64url without padding (RFC 7515 §2)")
	}
	*d = out
	return nil
}

func octJWK(kid, alg string, secret []byte) JWK {
	return JWK{KeyType: KeyOct, KeyID: kid, Algorithm: alg, Use: "sig", Secret: secret}
}

func rsaJWK(kid, alg string, key *rsa.PublicKey) JWK {
	return JWK{
		KeyType: KeyRSA, KeyID: kid, Algorithm: alg, Use: "sig",
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
		KeyType: KeyEC, KeyID: kid, Algorithm: alg, Use: "sig", Curve: key.Params().Name,
		X: point[1:half], Y: point[half:],
	}, nil
}

func ed25519JWK(kid, alg string, key ed25519.PublicKey) JWK {
	return JWK{KeyType: KeyOKP, KeyID: kid, Algorithm: alg, Use: "sig", Curve: "Ed25519", X: Base64URL(key)}
}

func akpJWK(kid, alg string, key []byte) JWK {
	return JWK{KeyType: KeyAKP, KeyID: kid, Algorithm: alg, Use: "sig", Public: key}
}

// withRSA adds the private members of an RSA key.
func (k JWK) withRSA(key *rsa.PrivateKey) JWK {
	k.Private, k.Prime1, k.Prime2 = key.D.Bytes(), key.Primes[0].Bytes(), key.Primes[1].Bytes()
	k.Exponent1, k.Exponent2, k.Inverse = key.Precomputed.Dp.Bytes(), key.Precomputed.Dq.Bytes(), key.Precomputed.Qinv.Bytes()
	return k
}

// verificationKey returns the key as golang-jwt takes it, for its own algorithm.
func (k JWK) verificationKey() (any, error) {
	alg, known := FindAlgorithm(k.Algorithm)
	if !known {
		return nil, fmt.Errorf("key %q: unknown algorithm %q; a key needs one of %v", k.KeyID, k.Algorithm, AlgorithmNames())
	}
	key, err := k.public(alg)
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", k.KeyID, err)
	}
	return key, nil
}

// strongKey returns the key as golang-jwt takes it, if it is good for alg and not
// weak.
func (k JWK) strongKey(alg Algorithm) (any, error) {
	key, err := k.good(alg)
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", k.KeyID, err)
	}
	return key, nil
}

// strong returns the algorithm that the key names, and its strongKey.
func (k JWK) strong() (Algorithm, any, error) {
	alg, err := MustAlgorithm(k.Algorithm)
	if err != nil {
		return alg, nil, err
	}
	key, err := k.strongKey(alg)
	return alg, key, err
}

// Ed25519 returns the key of a protocol that is not JOSE's, if it is one (RFC 8037 §2) and
// not weak. The key's alg must be the name of that protocol: a key is for one alone.
func (k JWK) Ed25519(protocol string) (ed25519.PublicKey, error) {
	if k.Algorithm != protocol {
		return nil, fmt.Errorf("key %q is not for %s: its alg must say so", k.KeyID, protocol)
	}
	alg, err := MustAlgorithm("EdDSA")
	if err != nil {
		return nil, err
	}
	k.Algorithm = ""
	key, err := k.strongKey(alg)
	if err != nil {
		return nil, err
	}
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("key %q is no Ed25519 key", k.KeyID)
	}
	return public, nil
}

// good is strongKey without the key's name in errors.
func (k JWK) good(alg Algorithm) (any, error) {
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
func (k JWK) completed(alg Algorithm) JWK {
	if k.Algorithm == "" && k.KeyType == alg.Key && alg.Key != KeyAKP {
		k.Algorithm = alg.Name
	}
	return k
}

// public returns the key as golang-jwt takes it, or says why it is none for alg.
func (k JWK) public(alg Algorithm) (any, error) {
	switch {
	case k.KeyType != alg.Key:
		return nil, fmt.Errorf("its type (kty) is %.32q; %s needs %s", k.KeyType, alg.Name, alg.Key)
	case k.Algorithm == "":
		return nil, fmt.Errorf("it names no algorithm (alg); a key of type %s must (RFC 9964 §3)", alg.Key)
	case k.Algorithm != alg.Name:
		return nil, fmt.Errorf("its algorithm (alg) is %.32q, not %s (RFC 8725 §3.1: a key is good for one algorithm)", k.Algorithm, alg.Name)
	case k.Use != "" && k.Use != "sig", len(k.Operations) > 0 && !slices.Contains(k.Operations, "verify"):
		return nil, errors.New("its use or key_ops say that it does not verify signatures")
	}
	switch alg.Key {
	case KeyOct:
		return []byte(k.Secret), nil
	case KeyRSA:
		return k.rsaPublic()
	case KeyEC:
		return k.ecPublic(alg)
	case KeyOKP:
		if k.Curve != "Ed25519" || len(k.X) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("%s needs crv Ed25519 and an x of %d bytes", alg.Name, ed25519.PublicKeySize)
		}
		return ed25519.PublicKey(k.X), nil
	default:
		key, err := mldsa.NewPublicKey(alg.mldsa, k.Public)
		if err != nil {
			return nil, fmt.Errorf("%s needs a pub of %d bytes", alg.Name, alg.mldsa.PublicKeySize())
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
func (k JWK) ecPublic(alg Algorithm) (*ecdsa.PublicKey, error) {
	size := alg.coordinateBytes()
	if name := alg.ec.Params().Name; k.Curve != name || len(k.X) != size || len(k.Y) != size {
		return nil, fmt.Errorf("%s needs crv %s, and x and y of %d bytes", alg.Name, name, size)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(alg.ec, slices.Concat([]byte{4}, k.X, k.Y))
	if err != nil {
		return nil, fmt.Errorf("x and y are not a point of curve %s", k.Curve)
	}
	return key, nil
}
