package conform

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	stdx509 "crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"

	"filippo.io/mldsa"
	"filippo.io/mldsa/x509"
)

// publicKeyEncodings are the encodings of a public key that some servers took for an HMAC secret.
var publicKeyEncodings = []string{
	"spki-pem", "spki-pem-trimmed", "spki-pem-crlf", "pkcs1-pem", "spki-der", "jwk-json", "raw", "openssh",
}

// encodedPublic encodes the public key.
func (k *key) encodedPublic(encoding string) ([]byte, error) {
	if k.public() == nil {
		return nil, inapplicable("a shared secret has no public key")
	}
	switch encoding {
	case "jwk-json":
		jwk, err := k.publicJWK()
		if err != nil {
			return nil, err
		}
		return encodeTree(jwk)
	case "raw":
		return k.rawPublic()
	case "openssh":
		return k.openSSH()
	case "pkcs1-pem":
		public, ok := k.public().(*rsa.PublicKey)
		if !ok {
			return nil, inapplicable("only RSA keys have a PKCS#1 form")
		}
		return pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: stdx509.MarshalPKCS1PublicKey(public)}), nil
	}
	der, err := k.subjectPublicKeyInfo()
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	switch encoding {
	case "spki-der":
		return der, nil
	case "spki-pem":
		return text, nil
	case "spki-pem-trimmed":
		return bytes.TrimSuffix(text, []byte("\n")), nil
	case "spki-pem-crlf":
		return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")), nil
	}
	return nil, fmt.Errorf("unknown encoding %q of a public key", encoding)
}

func (k *key) subjectPublicKeyInfo() ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(k.public())
	if err != nil {
		return nil, fmt.Errorf("encode a public key: %w", err)
	}
	return der, nil
}

// rawPublic is an uncompressed point, an Ed25519 or ML-DSA key, or an RSA modulus.
func (k *key) rawPublic() ([]byte, error) {
	switch public := k.public().(type) {
	case *rsa.PublicKey:
		return public.N.Bytes(), nil
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			return nil, fmt.Errorf("encode an EC key: %w", err)
		}
		return point, nil
	case ed25519.PublicKey:
		return public, nil
	case *mldsa.PublicKey:
		return public.Bytes(), nil
	}
	return nil, inapplicable("the key has no raw form")
}

// openSSH encodes the key as a line of authorized_keys (RFC 4253 §6.6, RFC 5656 §3.1,
// RFC 8709 §4).
func (k *key) openSSH() ([]byte, error) {
	var name string
	var fields [][]byte
	switch public := k.public().(type) {
	case *rsa.PublicKey:
		name, fields = "ssh-rsa", [][]byte{sshMPInt(big.NewInt(int64(public.E))), sshMPInt(public.N)}
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			return nil, fmt.Errorf("encode an EC key: %w", err)
		}
		curve := "nistp" + strings.TrimPrefix(public.Params().Name, "P-")
		name, fields = "ecdsa-sha2-"+curve, [][]byte{[]byte(curve), point}
	case ed25519.PublicKey:
		name, fields = "ssh-ed25519", [][]byte{public}
	default:
		return nil, inapplicable("OpenSSH has no form for the key")
	}
	var blob []byte
	for _, field := range append([][]byte{[]byte(name)}, fields...) {
		blob = binary.BigEndian.AppendUint32(blob, uint32(len(field)))
		blob = append(blob, field...)
	}
	return []byte(name + " " + base64.StdEncoding.EncodeToString(blob)), nil
}

// sshMPInt is a positive number as SSH writes it, with a first bit of 0 (RFC 4251 §5,
// mpint).
func sshMPInt(n *big.Int) []byte {
	if b := n.Bytes(); len(b) > 0 && b[0] < 0x80 {
		return b
	}
	return append([]byte{0}, n.Bytes()...)
}
