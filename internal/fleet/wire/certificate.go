package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"time"
)

// newCertificate makes a key and a certificate for it, both in PEM, and the key's pin.
func newCertificate(expires time.Time) (certificate, key, pin string, err error) {
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", "", err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return "", "", "", err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "authbench-fleet"},
		NotBefore: time.Now().Add(-time.Hour), // clocks of the machines may differ
		NotAfter:  expires.Add(time.Hour),
		KeyUsage:  x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, own.Public(), own)
	if err != nil {
		return "", "", "", err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		return "", "", "", err
	}
	public, err := x509.MarshalPKIXPublicKey(own.Public())
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})), pinOf(public), err
}

// pinOf is the SHA-256 of a public key as X.509 writes it (RFC 5280, section 4.1.2.7).
func pinOf(public []byte) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:])
}

// errPin says that somebody else answers at the coordinator's address.
var errPin = errors.New("the server has another key than the invitation names: another run has its address, or somebody is in between")

// authorities are whom the certificates of somebody's own servers are signed by; nil for those that
// the machine trusts.
func (i Invitation) authorities() (*x509.CertPool, error) {
	if i.CA == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(i.CA)) {
		return nil, errors.New("its ca has no certificate in PEM")
	}
	return pool, nil
}

// clientTLS accepts servers of somebody's own by their certificates.
func (i Invitation) clientTLS() (*tls.Config, error) {
	if i.Pin != "" {
		return pinnedTLS(i.Pin), nil
	}
	authorities, err := i.authorities()
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: authorities}, err
}

// pinnedTLS accepts the server whose key has the pin, and no other. Names and authorities say
// nothing about a server that was made for one run.
func pinnedTLS(pin string) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		InsecureSkipVerify: true, // VerifyConnection is stricter
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 || pinOf(s.PeerCertificates[0].RawSubjectPublicKeyInfo) != pin {
				return errPin
			}
			return nil
		},
	}
}
