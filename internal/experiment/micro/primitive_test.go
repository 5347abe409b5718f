package micro

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"testing"

	"filippo.io/mldsa"

	"authbench/bench"
	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
)

// BenchmarkPrimitive checks the signatures of valid tokens with Go's cryptography
// and nothing around it: what no verifier of JWTs can be faster than. Everything
// that can be done beforehand is.
func BenchmarkPrimitive(b *testing.B) {
	for _, m := range tokens {
		if m.Params["engine"] == "lean" {
			b.Run(cryptographyName(m), func(b *testing.B) { benchmarkPrimitive(b, m) })
		}
	}
}

// cryptographyName names what the primitive depends on.
func cryptographyName(m bench.Method) string {
	out := "alg=" + m.Params.Text("alg")
	if bits := m.Params.Text("bits"); bits != "" {
		out += "/bits=" + bits
	}
	return out
}

// signed is a token's signed text and its signature.
type signed struct{ input, signature []byte }

func benchmarkPrimitive(b *testing.B, m bench.Method) {
	c := mint(b, m, bench.Valid)
	material, err := document.ReadVerification("verification", bytes.NewReader(c.verification))
	if err != nil {
		b.Fatal(err)
	}
	check := primitive(b, material.Keys[0])
	var all []signed
	for _, value := range c.values {
		token := value[len("Bearer "):]
		dot := bytes.LastIndexByte(token, '.')
		signature, err := base64.RawURLEncoding.DecodeString(string(token[dot+1:]))
		if err != nil {
			b.Fatal(err)
		}
		if material.Keys[0].KeyType == "EC" {
			r, s := halves(signature)
			if signature, err = asn1.Marshal(struct{ R, S *big.Int }{r, s}); err != nil {
				b.Fatal(err)
			}
		}
		all = append(all, signed{token[:dot], signature})
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if s := all[i%len(all)]; !check(s.input, s.signature) {
			b.Fatal("the signature of a valid token is refused")
		}
	}
}

// primitive returns the function that checks a signature.
func primitive(b *testing.B, key jose.JWK) func(input, signature []byte) bool {
	b.Helper()
	switch alg := key.Algorithm; alg {
	case "HS256", "HS384", "HS512":
		mac := hmac.New(hashOf(alg).New, key.Secret)
		var sum []byte
		return func(input, signature []byte) bool {
			mac.Reset()
			mac.Write(input)
			sum = mac.Sum(sum[:0])
			return subtle.ConstantTimeCompare(sum, signature) == 1
		}
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512":
		public := &rsa.PublicKey{N: new(big.Int).SetBytes(key.Modulus), E: int(new(big.Int).SetBytes(key.Exponent).Int64())}
		hash, pss := hashOf(alg), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
		if alg[0] == 'P' {
			return func(input, signature []byte) bool {
				return rsa.VerifyPSS(public, hash, digest(hash, input), signature, pss) == nil
			}
		}
		return func(input, signature []byte) bool {
			return rsa.VerifyPKCS1v15(public, hash, digest(hash, input), signature) == nil
		}
	case "ES256", "ES384", "ES512":
		curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[key.Curve]
		public, err := ecdsa.ParseUncompressedPublicKey(curve, bytes.Join([][]byte{{4}, key.X, key.Y}, nil))
		if err != nil {
			b.Fatal(err)
		}
		hash := hashOf(alg)
		return func(input, signature []byte) bool {
			return ecdsa.VerifyASN1(public, digest(hash, input), signature)
		}
	case "EdDSA", "Ed25519":
		return func(input, signature []byte) bool {
			return ed25519.Verify(ed25519.PublicKey(key.X), input, signature)
		}
	default:
		params := map[string]mldsa.Parameters{"ML-DSA-44": mldsa.MLDSA44(), "ML-DSA-65": mldsa.MLDSA65()}[alg]
		public, err := mldsa.NewPublicKey(params, key.Public)
		if err != nil {
			b.Fatal(err)
		}
		return func(input, signature []byte) bool { return mldsa.Verify(public, input, signature, nil) == nil }
	}
}

func halves(signature []byte) (r, s *big.Int) {
	n := len(signature) / 2
	return new(big.Int).SetBytes(signature[:n]), new(big.Int).SetBytes(signature[n:])
}

// hashOf returns the hash that an algorithm's name ends with.
func hashOf(alg string) crypto.Hash {
	return map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[alg[len(alg)-3:]]
}

func digest(hash crypto.Hash, input []byte) []byte {
	switch hash {
	case crypto.SHA256:
		sum := sha256.Sum256(input)
		return sum[:]
	case crypto.SHA384:
		sum := sha512.Sum384(input)
		return sum[:]
	}
	sum := sha512.Sum512(input)
	return sum[:]
}
