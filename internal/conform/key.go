package conform

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"authbench/internal/credential/jose"

	"filippo.io/mldsa"
)

// The roles of the keys that tokens are forged with.
const (
	roleVictim   = "victim"
	roleAttacker = "attacker"
	roleRetired  = "retired"
	roleTenantB  = "tenant-b"
	// roleAttackerPair is the attacker's key for uses that need a public half: his own
	// key has none if the method is an HMAC. Recipes do not name this role.
	roleAttackerPair = "attacker's pair"
)

var roles = []string{roleVictim, roleAttacker, roleRetired, roleTenantB}

const (
	// minForgedRSA and maxForgedRSA bound generated RSA keys, in bits: Go refuses to
	// make shorter ones, and longer ones take minutes.
	minForgedRSA = 1024
	maxForgedRSA = 4096
	// maxModulusByte bounds the first byte of a modulus n. The operation rsa_plus_n needs
	// signatures s with s+n below the next power of two; below this bound one in seven is.
	maxModulusByte = 0xe0
)

// key is a key pair, or a shared secret.
type key struct {
	kid string
	// private is []byte, *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey or
	// *mldsa.PrivateKey.
	private any
}

// generateKey makes a fresh key for an algorithm; bits is the size of an RSA key. All
// other keys come from seed; Go cannot make RSA keys from one.
func generateKey(alg, kid string, bits int, seed []byte) (*key, error) {
	k := &key{kid: kid}
	family, err := familyOf(alg)
	if err != nil {
		return nil, err
	}
	switch family.kind {
	case kindHMAC:
		k.private = seed
	case kindRSA, kindPSS:
		k.private, err = generateRSA(bits)
	case kindECDSA:
		k.private, err = curveKey(family.curve, seed)
	case kindEd25519:
		k.private = ed25519.NewKeyFromSeed(seed[:ed25519.SeedSize])
	case kindMLDSA:
		k.private, err = mldsa.NewPrivateKey(family.mldsa, seed[:mldsa.PrivateKeySize])
	}
	return k, err
}

func generateRSA(bits int) (*rsa.PrivateKey, error) {
	for {
		private, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			return nil, fmt.Errorf("make an RSA key: %w", err)
		}
		if private.N.Bytes()[0] < maxModulusByte {
			return private, nil
		}
	}
}

// curveKey makes a key of a curve from 64 bytes of seed. FIPS 186-5 A.2.1 asks for 64 bits
// more than the order has. A P-521 key gets fewer and is not quite uniform, which does not
// matter here.
func curveKey(curve elliptic.Curve, seed []byte) (*ecdsa.PrivateKey, error) {
	order := curve.Params().N
	d := new(big.Int).SetBytes(seed)
	d.Mod(d, new(big.Int).Sub(order, big.NewInt(1))).Add(d, big.NewInt(1))
	private, err := ecdsa.ParseRawPrivateKey(curve, d.FillBytes(make([]byte, (order.BitLen()+7)/8)))
	if err != nil {
		return nil, fmt.Errorf("make an EC key: %w", err)
	}
	return private, nil
}

// secret returns the bytes of a shared secret, nil for a key pair.
func (k *key) secret() []byte {
	secret, _ := k.private.([]byte)
	return secret
}

// public returns the public key, nil if the key is a shared secret.
func (k *key) public() crypto.PublicKey {
	if signer, ok := k.private.(crypto.Signer); ok {
		return signer.Public()
	}
	return nil
}

// publicJWK returns the members of RFC 7638 §3.2, sorted. For a shared secret these hold
// the secret itself.
func (k *key) publicJWK() (object, error) {
	encode := base64.RawURLEncoding.EncodeToString
	switch public := k.public().(type) {
	case nil:
		return object{{"k", encode(k.secret())}, {"kty", "oct"}}, nil
	case *rsa.PublicKey:
		e := big.NewInt(int64(public.E)).Bytes()
		return object{{"e", encode(e)}, {"kty", "RSA"}, {"n", encode(public.N.Bytes())}}, nil
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			return nil, fmt.Errorf("encode an EC key: %w", err)
		}
		x, y := point[1:1+len(point)/2], point[1+len(point)/2:]
		return object{{"crv", public.Params().Name}, {"kty", "EC"}, {"x", encode(x)}, {"y", encode(y)}}, nil
	case ed25519.PublicKey:
		return object{{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", encode(public)}}, nil
	case *mldsa.PublicKey:
		return object{{"alg", public.Parameters().String()}, {"kty", "AKP"}, {"pub", encode(public.Bytes())}}, nil
	}
	return nil, errors.New("the key has no JWK")
}

// verification returns the key in the form that a verifier of alg reads.
func (k *key) verification(alg string) (jose.JWK, error) {
	var out jose.JWK
	public, err := k.publicJWK()
	if err != nil {
		return out, err
	}
	text, err := encodeTree(public.with("alg", alg).with("kid", k.kid).with("use", "sig"))
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return out, fmt.Errorf("hand a key over: %w", err)
	}
	return out, nil
}

// signing returns the key in the form that an issuer of alg signs with.
func (k *key) signing(alg string) (jose.JWK, error) {
	out, err := k.verification(alg)
	if err != nil {
		return out, err
	}
	switch private := k.private.(type) {
	case *rsa.PrivateKey:
		out.Private, out.Prime1, out.Prime2 = private.D.Bytes(), private.Primes[0].Bytes(), private.Primes[1].Bytes()
	case *ecdsa.PrivateKey:
		out.Private, err = private.Bytes()
	case ed25519.PrivateKey:
		out.Private = private.Seed()
	case *mldsa.PrivateKey:
		out.Seed = private.Bytes()
	}
	return out, err
}

// selfSigned returns an x5c value: one certificate of the key, signed by itself.
func (k *key) selfSigned(now time.Time) (any, error) {
	signer, ok := k.private.(crypto.Signer)
	if !ok {
		return nil, inapplicable("a shared secret has no certificate")
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, signer.Public(), signer)
	if err != nil {
		return nil, inapplicable("no certificate can be made for the key: " + strings.TrimPrefix(err.Error(), "x509: "))
	}
	return []any{base64.StdEncoding.EncodeToString(der)}, nil
}
