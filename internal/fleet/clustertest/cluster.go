// Package clustertest starts somebody's own cluster of NATS for tests: three servers within the
// test's process, on loopback, with TLS, an operator, and an account of the customer's.
//
// What flows in is what the account may have; what flows out are the servers, their addresses, and
// the keys that sign users of the account.
package clustertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// patience is longer than a cluster takes to elect its leaders, on any machine.
const patience = 2 * time.Minute

// Options say what a cluster is like.
type Options struct {
	// Servers is how many there are. Those of a cluster have JetStream.
	Servers int
	// Limits are the account's. No JetStream is what the zero value has.
	Limits jwt.JetStreamLimits
	// WithoutJetStream leaves JetStream out of the servers.
	WithoutJetStream bool
	// MaxPayload is that of the servers; 0 for what servers of NATS have.
	MaxPayload int32
}

// Unlimited is an account that may have as much as it wants.
var Unlimited = jwt.JetStreamLimits{DiskStorage: -1, MemoryStorage: -1, Streams: -1, Consumer: -1}

// Cluster is one whose servers listen.
type Cluster struct {
	Servers []*server.Server
	// URLs are tls://HOST:PORT of each.
	URLs []string
	// CA is the file of the authority that signed the servers' certificates. Key is the file of a
	// key that signs for the account, whose name Account is; AccountKey that of the account itself.
	CA, Key, AccountKey, Account string
}

// Start starts a cluster that ends with the test.
func Start(t testing.TB, o Options) *Cluster {
	t.Helper()
	c := &Cluster{}
	directory := t.TempDir()
	base := c.trust(t, o, directory)
	routes := ports(t, o.Servers)
	var all []*url.URL
	for _, port := range routes {
		all = append(all, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", port)})
	}
	for i := range o.Servers {
		own := base
		own.ServerName, own.StoreDir = fmt.Sprintf("n%d", i+1), filepath.Join(directory, fmt.Sprintf("n%d", i+1))
		if o.Servers > 1 {
			own.Cluster = server.ClusterOpts{Name: "customer", Host: "127.0.0.1", Port: routes[i]}
			own.Routes = all
		}
		s, err := server.NewServer(&own)
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		c.Servers = append(c.Servers, s)
		t.Cleanup(func() {
			s.Shutdown()
			s.WaitForShutdown()
		})
	}
	c.await(t, o)
	return c
}

// await waits until the servers listen, and know each other.
func (c *Cluster) await(t testing.TB, o Options) {
	t.Helper()
	end := time.Now().Add(patience)
	for _, s := range c.Servers {
		if !s.ReadyForConnections(patience) {
			t.Fatal("a server of the cluster does not listen")
		}
		c.URLs = append(c.URLs, "tls://"+s.Addr().String())
	}
	// The leader knows of all what they have room for.
	whole := func(s *server.Server) bool { return len(s.JetStreamClusterPeers()) == o.Servers }
	for o.Servers > 1 && !slices.ContainsFunc(c.Servers, whole) {
		if time.Now().After(end) {
			t.Fatal("the cluster has no leader, or not all servers")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Leader is the server that leads a stream of the account.
func (c *Cluster) Leader(t testing.TB, stream string) *server.Server {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, s := range c.Servers {
			if s.JetStreamIsStreamLeader(c.Account, stream) {
				return s
			}
		}
	}
	t.Fatalf("nobody leads %s", stream)
	return nil
}

// trust makes the keys of a cluster, and what its servers have in common.
func (c *Cluster) trust(t testing.TB, o Options, directory string) server.Options {
	t.Helper()
	operator, system, account, signer := key(t, nkeys.CreateOperator), key(t, nkeys.CreateAccount), key(t, nkeys.CreateAccount), key(t, nkeys.CreateAccount)
	c.Account = public(t, account)
	op := jwt.NewOperatorClaims(public(t, operator))
	op.Name, op.SystemAccount = "customer", public(t, system)
	own := jwt.NewAccountClaims(c.Account)
	own.Name, own.Limits.JetStreamLimits = "load", o.Limits
	own.SigningKeys.Add(public(t, signer))
	resolver := &server.MemAccResolver{}
	for _, claims := range []*jwt.AccountClaims{own, jwt.NewAccountClaims(public(t, system))} {
		token, err := claims.Encode(operator)
		if err != nil {
			t.Fatal(err)
		}
		if err := resolver.Store(claims.Subject, token); err != nil {
			t.Fatal(err)
		}
	}
	c.Key, c.AccountKey = seed(t, directory, "signer.nk", signer), seed(t, directory, "account.nk", account)
	authority, pair := certificates(t)
	c.CA = write(t, directory, "ca.pem", authority)
	return server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, TLSTimeout: patience.Seconds(),
		TrustedOperators: []*jwt.OperatorClaims{op}, AccountResolver: resolver, SystemAccount: op.SystemAccount,
		JetStream: !o.WithoutJetStream, JetStreamMaxStore: 8 << 30, JetStreamMaxMemory: 64 << 20, DisableJetStreamBanner: true,
		MaxPayload: o.MaxPayload,
	}
}

// ports are free ones.
func ports(t testing.TB, n int) (out []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		out = append(out, l.Addr().(*net.TCPAddr).Port)
	}
	return out
}

func key(t testing.TB, create func() (nkeys.KeyPair, error)) nkeys.KeyPair {
	t.Helper()
	k, err := create()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func public(t testing.TB, k nkeys.KeyPair) string {
	t.Helper()
	id, err := k.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func seed(t testing.TB, directory, name string, k nkeys.KeyPair) string {
	t.Helper()
	text, err := k.Seed()
	if err != nil {
		t.Fatal(err)
	}
	return write(t, directory, name, strings.TrimSpace(string(text))+"\n")
}

func write(t testing.TB, directory, name, text string) string {
	t.Helper()
	path := filepath.Join(directory, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificates are an authority's, in PEM, and one that it has signed for servers on loopback.
func certificates(t testing.TB) (authority string, pair tls.Certificate) {
	t.Helper()
	sign := func(template, parent *x509.Certificate, signer *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey) {
		own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if signer == nil {
			signer = own
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, own.Public(), signer)
		if err != nil {
			t.Fatal(err)
		}
		return der, own
	}
	valid := func(c x509.Certificate) *x509.Certificate {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		return &c
	}
	root := valid(x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "customer"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	rootDER, rootKey := sign(root, root, nil)
	leaf := valid(x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "nats"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	leafDER, leafKey := sign(leaf, root, rootKey)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER})), tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}
}
