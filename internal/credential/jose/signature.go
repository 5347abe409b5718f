package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"

	"authbench/internal/credential"

	"filippo.io/mldsa"
)

// proof checks signatures with one key, by Go's cryptography and nothing else. It
// is safe for concurrent use.
type proof interface {
	Verify(input, signature []byte) bool
}

// newProof makes the proof of a key that newKeySet found good for alg.
func newProof(alg Algorithm, key any) proof {
	switch key := key.(type) {
	case []byte:
		return credential.NewHMAC(alg.hash, key)
	case *rsa.PublicKey:
		if alg.isPSS() {
			return &pssProof{key, alg.hash, rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}}
		}
		return &rsaProof{key, alg.hash}
	case *ecdsa.PublicKey:
		return &ecProof{key, alg.hash, alg.coordinateBytes()}
	case ed25519.PublicKey:
		return ed25519Proof(key)
	case *mldsa.PublicKey:
		return mldsaProof{key}
	}
	return noProof{}
}

// noProof refuses: there is no such key.
type noProof struct{}

func (noProof) Verify(_, _ []byte) bool { return false }

type rsaProof struct {
	key  *rsa.PublicKey
	hash crypto.Hash
}

func (p *rsaProof) Verify(input, signature []byte) bool {
	var sum [sha512.Size]byte
	return rsa.VerifyPKCS1v15(p.key, p.hash, digest(sum[:0], p.hash, input), signature) == nil
}

type pssProof struct {
	key     *rsa.PublicKey
	hash    crypto.Hash
	options rsa.PSSOptions
}

func (p *pssProof) Verify(input, signature []byte) bool {
	var sum [sha512.Size]byte
	return rsa.VerifyPSS(p.key, p.hash, digest(sum[:0], p.hash, input), signature, &p.options) == nil
}

// ecProof checks r and s side by side (RFC 7518 §3.4).
type ecProof struct {
	key        *ecdsa.PublicKey
	hash       crypto.Hash
	coordinate int
}

func (p *ecProof) Verify(input, signature []byte) bool {
	if len(signature) != 2*p.coordinate {
		return false
	}
	var sum [sha512.Size]byte
	var der [maxDER]byte
	asn1 := appendDER(der[:0], signature[:p.coordinate], signature[p.coordinate:])
	return ecdsa.VerifyASN1(p.key, digest(sum[:0], p.hash, input), asn1)
}

// maxDER is the size of the largest for ES512: a head of three bytes, and two
// numbers of 66 bytes with a head of two and a zero for the sign.
const maxDER = 3 + 2*(2+1+66)

// appendDER writes two numbers below 2^1016 as crypto/ecdsa reads them: an ASN.1
// SEQUENCE of INTEGERs, each as short as it can be (X.690 §8.3, §8.9).
func appendDER(dst, r, s []byte) []byte {
	r, s = minimal(r), minimal(s)
	size := 4 + len(r) + int(r[0]>>7) + len(s) + int(s[0]>>7)
	dst = append(dst, 0x30)
	if size >= 0x80 {
		dst = append(dst, 0x81)
	}
	dst = append(dst, byte(size))
	for _, number := range [...][]byte{r, s} {
		sign := number[0] >> 7 // a first byte of zero keeps it positive
		dst = append(dst, 0x02, byte(len(number))+sign)
		if sign == 1 {
			dst = append(dst, 0)
		}
		dst = append(dst, number...)
	}
	return dst
}

// minimal leaves out leading zeros, but for the last byte.
func minimal(number []byte) []byte {
	for len(number) > 1 && number[0] == 0 {
		number = number[1:]
	}
	return number
}

type ed25519Proof ed25519.PublicKey

func (p ed25519Proof) Verify(input, signature []byte) bool {
	return ed25519.Verify(ed25519.PublicKey(p), input, signature)
}

type mldsaProof struct{ key *mldsa.PublicKey }

func (p mldsaProof) Verify(input, signature []byte) bool {
	return mldsa.Verify(p.key, input, signature, nil) == nil
}

// digest appends the hash of input. hash.Hash would cost an allocation.
func digest(dst []byte, h crypto.Hash, input []byte) []byte {
	switch h {
	case crypto.SHA256:
		sum := sha256.Sum256(input)
		return append(dst, sum[:]...)
	case crypto.SHA384:
		sum := sha512.Sum384(input)
		return append(dst, sum[:]...)
	default:
		sum := sha512.Sum512(input)
		return append(dst, sum[:]...)
	}
}
