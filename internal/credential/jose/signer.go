package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"authbench/internal/credential"

	"filippo.io/mldsa"
)

// Signer is a key that tokens are signed with.
type Signer struct {
	Algorithm
	kid     string
	key     any // as golang-jwt takes it
	Public  JWK // what verifies; the secret itself for an HMAC
	Private JWK
	Header  string // the token's first segment and its dot
}

// NewSigner makes a key. Keys come from the run's secret, except that Go offers no
// RSA keys from a seed: these are fresh, and have so many bits.
func NewSigner(secret [32]byte, alg Algorithm, kid string, bits int) (*Signer, error) {
	s := newSigner(alg, kid)
	if alg.Key == KeyRSA {
		return s, s.generateRSA(bits)
	}
	// The label numbers the tries: a seed that is no scalar of an elliptic curve is
	// one in 2^32 at most, and its successor another.
	for try := range 3 {
		seed, err := credential.DeriveKey(secret, fmt.Sprintf("jwt %s %s %d", alg.Name, kid, try), alg.seedBytes())
		if err != nil {
			return nil, err
		}
		if err = s.fromSeed(seed); err == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("no %s key comes from the secret", alg.Name)
}

// SignerOf returns the signer of a private key, such as [Signer.Private].
func SignerOf(private JWK) (*Signer, error) {
	alg, err := MustAlgorithm(private.Algorithm)
	if err != nil {
		return nil, err
	}
	s := newSigner(alg, private.KeyID)
	switch alg.Key {
	case KeyRSA:
		err = s.fromRSA(private)
	case KeyOct:
		err = s.fromSeed(private.Secret)
	case KeyAKP:
		err = s.fromSeed(private.Seed)
	default:
		if len(private.Private) != alg.seedBytes() {
			return nil, fmt.Errorf("key %q: a private key of %s has a d of %d bytes", private.KeyID, alg.Name, alg.seedBytes())
		}
		err = s.fromSeed(private.Private)
	}
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", private.KeyID, err)
	}
	return s, nil
}

// newSigner returns a signer without a key.
func newSigner(alg Algorithm, kid string) *Signer {
	s := &Signer{Algorithm: alg, kid: kid}
	s.Header = s.header("JWT")
	return s
}

// header is the first segment, and its dot, of a JWT whose typ says what it is.
func (s *Signer) header(typ string) string {
	text := fmt.Sprintf(`{"alg":%q,"typ":%q,"kid":%q}`, s.Name, typ, s.kid)
	return base64.RawURLEncoding.EncodeToString([]byte(text)) + "."
}

// HeldHeader is the first segment, and its dot, of a JWT whose header has the public key that
// verifies it (RFC 7515 §4.1.3).
func (s *Signer) HeldHeader(typ string) (string, error) {
	key, err := json.Marshal(s.Public.bare())
	if err != nil {
		return "", fmt.Errorf("encode a key: %w", err)
	}
	text := fmt.Sprintf(`{"typ":%q,"alg":%q,"jwk":%s}`, typ, s.Name, key)
	return base64.RawURLEncoding.EncodeToString([]byte(text)) + ".", nil
}

// JWT returns a JWT of a type, with these claims.
func (s *Signer) JWT(typ string, claims []byte) ([]byte, error) {
	out := []byte(s.header(typ))
	out = base64.RawURLEncoding.AppendEncode(out, claims)
	return s.Append(out, string(out), false)
}

// seedBytes is the size of the random bytes that make a key.
func (a Algorithm) seedBytes() int {
	switch a.Key {
	case KeyOct:
		return a.hash.Size() // RFC 7518 §3.2 asks for no less; more would not add strength
	case KeyEC:
		return a.coordinateBytes()
	}
	return 32 // Ed25519 and ML-DSA alike
}

// generateRSA makes a fresh key with Go's exponent, 65537.
func (s *Signer) generateRSA(bits int) error {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return fmt.Errorf("make an RSA key: %w", err)
	}
	s.setRSA(key)
	return nil
}

func (s *Signer) setRSA(key *rsa.PrivateKey) {
	s.key, s.Public = key, rsaJWK(s.kid, s.Name, &key.PublicKey)
	s.Private = s.Public.withRSA(key)
}

// fromRSA reads an RSA key (RFC 7518 §6.3.2).
func (s *Signer) fromRSA(private JWK) error {
	public, err := private.rsaPublic()
	if err != nil {
		return err
	}
	key := &rsa.PrivateKey{PublicKey: *public, D: new(big.Int).SetBytes(private.Private), Primes: []*big.Int{
		new(big.Int).SetBytes(private.Prime1), new(big.Int).SetBytes(private.Prime2),
	}}
	if err := key.Validate(); err != nil {
		return errors.New("its members d, p and q make no RSA key") // the cause may quote them
	}
	key.Precompute()
	s.setRSA(key)
	return nil
}

// fromSeed makes the key that a seed stands for.
func (s *Signer) fromSeed(seed []byte) error {
	switch s.Algorithm.Key {
	case KeyOct:
		s.key, s.Public = seed, octJWK(s.kid, s.Name, seed)
		s.Private = s.Public
	case KeyEC:
		// P-521 has one bit in its first byte, the others none to spare.
		if spare := 8*len(seed) - s.ec.Params().BitSize; spare > 0 {
			seed[0] &= 0xff >> spare
		}
		key, err := ecdsa.ParseRawPrivateKey(s.ec, seed)
		if err != nil {
			return fmt.Errorf("make an EC key: %w", err)
		}
		if s.Public, err = ecJWK(s.kid, s.Name, &key.PublicKey); err != nil {
			return err
		}
		s.key, s.Private = key, s.Public
		s.Private.Private = seed
	case KeyOKP:
		key := ed25519.NewKeyFromSeed(seed)
		s.key, s.Public = key, ed25519JWK(s.kid, s.Name, key.Public().(ed25519.PublicKey))
		s.Private = s.Public
		s.Private.Private = seed
	case KeyAKP:
		key, err := mldsa.NewPrivateKey(s.mldsa, seed)
		if err != nil {
			return fmt.Errorf("make an ML-DSA key: %w", err)
		}
		s.key, s.Public = key, akpJWK(s.kid, s.Name, key.PublicKey().Bytes())
		s.Private = s.Public
		s.Private.Seed = seed
	}
	return nil
}

// Append appends a dot and the signature of input, spoilt or not, to dst.
func (s *Signer) Append(dst []byte, input string, spoil bool) ([]byte, error) {
	signature, err := s.method.Sign(input, s.key)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if spoil {
		signature[s.spoilt(len(signature))] ^= 1
	}
	return base64.RawURLEncoding.AppendEncode(append(dst, '.'), signature), nil
}
