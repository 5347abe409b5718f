package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"

	"filippo.io/mldsa"
)

// signer is a key that tokens are signed with.
type signer struct {
	algorithm
	kid     string
	key     any // as golang-jwt takes it
	public  JWK // what verifies; the secret itself for an HMAC
	private JWK
	header  string // the token's first segment and its dot
}

// newSigner makes a key. Keys come from the run's secret, except that Go offers no
// RSA keys from a seed: these are fresh, and have so many bits.
func newSigner(secret [32]byte, alg algorithm, kid string, bits int) (*signer, error) {
	s := &signer{algorithm: alg, kid: kid}
	header := fmt.Sprintf(`{"alg":%q,"typ":"JWT","kid":%q}`, alg.name, kid)
	s.header = base64.RawURLEncoding.EncodeToString([]byte(header)) + "."
	if alg.key == rsaKey {
		return s, s.generateRSA(bits)
	}
	// The label numbers the tries: a seed that is no scalar of an elliptic curve is
	// one in 2^32 at most, and its successor another.
	for try := range 3 {
		seed, err := deriveKey(secret, fmt.Sprintf("jwt %s %s %d", alg.name, kid, try), alg.seedBytes())
		if err != nil {
			return nil, err
		}
		if err = s.fromSeed(seed); err == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("no %s key comes from the secret", alg.name)
}

// seedBytes is the size of the random bytes that make a key.
func (a algorithm) seedBytes() int {
	switch a.key {
	case octKey:
		return a.hash.Size() // RFC 7518 §3.2 asks for no less; more would not add strength
	case ecKey:
		return a.coordinateBytes()
	}
	return 32 // Ed25519 and ML-DSA alike
}

// generateRSA makes a fresh key with Go's exponent, 65537.
func (s *signer) generateRSA(bits int) error {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return fmt.Errorf("make an RSA key: %w", err)
	}
	s.key, s.public = key, rsaJWK(s.kid, s.name, &key.PublicKey)
	s.private = s.public.withRSA(key)
	return nil
}

// fromSeed makes the key that a seed stands for.
func (s *signer) fromSeed(seed []byte) error {
	switch s.algorithm.key {
	case octKey:
		s.key, s.public = seed, octJWK(s.kid, s.name, seed)
		s.private = s.public
	case ecKey:
		// P-521 has one bit in its first byte, the others none to spare.
		if spare := 8*len(seed) - s.ec.Params().BitSize; spare > 0 {
			seed[0] &= 0xff >> spare
		}
		key, err := ecdsa.ParseRawPrivateKey(s.ec, seed)
		if err != nil {
			return fmt.Errorf("make an EC key: %w", err)
		}
		if s.public, err = ecJWK(s.kid, s.name, &key.PublicKey); err != nil {
			return err
		}
		s.key, s.private = key, s.public
		s.private.Private = seed
	case okpKey:
		key := ed25519.NewKeyFromSeed(seed)
		s.key, s.public = key, ed25519JWK(s.kid, s.name, key.Public().(ed25519.PublicKey))
		s.private = s.public
		s.private.Private = seed
	case akpKey:
		key, err := mldsa.NewPrivateKey(s.mldsa, seed)
		if err != nil {
			return fmt.Errorf("make an ML-DSA key: %w", err)
		}
		s.key, s.public = key, akpJWK(s.kid, s.name, key.PublicKey().Bytes())
		s.private = s.public
		s.private.Seed = seed
	}
	return nil
}

// append appends a dot and the signature of input, spoilt or not, to dst.
func (s *signer) append(dst []byte, input string, spoil bool) ([]byte, error) {
	signature, err := s.method.Sign(input, s.key)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if spoil {
		signature[s.spoilt(len(signature))] ^= 1
	}
	return base64.RawURLEncoding.AppendEncode(append(dst, '.'), signature), nil
}
