package wire

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

// Guest is who is to be invited.
type Guest struct {
	Name string
	// Role is protocol.RoleWorker or protocol.RoleTarget.
	Role string
}

// Charter is all that the coordinator of a run has: a secret.
type Charter struct {
	Version int    `json:"version"`
	Run     string `json:"run"`
	// Listen is the address to listen at, URL what workers connect to.
	Listen string `json:"listen,omitempty"`
	URL    string `json:"url"`
	// Certificate and Key are the server's, in PEM.
	Certificate string `json:"certificate,omitempty"`
	Key         string `json:"key,omitempty"`
	// Operator, System and Account are JWTs, in which the server finds whom it trusts.
	Operator string `json:"operator,omitempty"`
	System   string `json:"system,omitempty"`
	Account  string `json:"account,omitempty"`
	// Own is the coordinator's invitation.
	Own    Invitation `json:"own"`
	Guests []Guest    `json:"guests"`
	// Cluster is what the run has instead of a server of its own; nil where it has one.
	Cluster *Cluster `json:"cluster,omitempty"`
}

// Cluster is somebody's own servers of NATS, with JetStream.
type Cluster struct {
	// URLs are tls://HOST:PORT.
	URLs []string `json:"urls"`
	// CA has the authorities that sign the servers' certificates, in PEM; "" for those that the
	// machine trusts.
	CA string `json:"ca,omitempty"`
	// Replicas is how many servers keep the stream.
	Replicas int `json:"replicas"`
}

// Replicas is how many servers keep the stream of the run.
func (c Charter) Replicas() int {
	if c.Cluster == nil {
		return 1
	}
	return c.Cluster.Replicas
}

// Invitation is what a worker needs to join a run: a secret.
type Invitation struct {
	Version int    `json:"version"`
	Run     string `json:"run"`
	Name    string `json:"name"`
	Role    string `json:"role"`
	// URL is tls://HOST:PORT, or several of them with commas in between.
	URL string `json:"url"`
	// Pin is the SHA-256 of the server's public key, in hexadecimal. Servers of somebody's own have
	// none: they are who their certificates say, signed by CA, or by whom the machine trusts.
	Pin string `json:"server_key_sha256,omitempty"`
	CA  string `json:"ca,omitempty"`
	// JWT says what its owner may do, and Seed proves who that is.
	JWT  string `json:"jwt"`
	Seed string `json:"seed"`
	// Expires is when nobody can join any more. The coordinator's own JWT holds for longer: whoever
	// has the charter has the server, which could let him in without one.
	Expires time.Time `json:"expires"`
}

// fileVersion is that of both files.
const fileVersion = 1

// Roles of the coordinator's own invitation.
const roleCoordinator = "coordinator"

// NewRun is a name that no other run has.
func NewRun() string {
	var b [6]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// Mint makes the keys of a run whose server listens at an address, and is reached at a URL
// ("" if that is not known before it listens). They hold for so long.
func Mint(run, listen, url string, guests []Guest, ttl time.Duration) (Charter, []Invitation, error) {
	m, err := newMint(run, url, len(guests), ttl)
	if err != nil {
		return Charter{}, nil, fmt.Errorf("make the keys of a run: %w", err)
	}
	c := Charter{Listen: listen, Certificate: m.certificate, Key: m.key, Operator: m.operatorJWT, System: m.systemJWT, Account: m.accountJWT}
	return m.inviteAll(c, guests)
}

// MintBelow makes users for a run below an account of somebody's own servers. They have the rights
// that those of [Mint] have, and hold for so long.
func MintBelow(run string, c Cluster, s Signer, guests []Guest, ttl time.Duration) (Charter, []Invitation, error) {
	if err := checkName("run", run); err != nil {
		return Charter{}, nil, err
	}
	m := &mint{run: run, url: strings.Join(c.URLs, ","), ca: c.CA, expires: expiry(ttl), account: s.key, issuer: s.account}
	return m.inviteAll(Charter{Cluster: &c}, guests)
}

// inviteAll adds the invitations to a charter.
func (m *mint) inviteAll(c Charter, guests []Guest) (Charter, []Invitation, error) {
	c.Version, c.Run, c.URL, c.Guests = fileVersion, m.run, m.url, guests
	var all []Invitation
	for _, g := range guests {
		if err := checkName("worker", g.Name); err != nil {
			return Charter{}, nil, err
		}
		i, err := m.invite(g.Name, g.Role, guestRights(subjects{m.run}, g.Name))
		if err != nil {
			return Charter{}, nil, err
		}
		all = append(all, i)
	}
	var err error
	c.Own, err = m.invite(roleCoordinator, roleCoordinator, ownRights(subjects{m.run}))
	return c, all, err
}

// expiry is when keys expire that are made now.
func expiry(ttl time.Duration) time.Time { return time.Now().Add(ttl).UTC().Truncate(time.Second) }

// mint has the keys that sign, until all is signed.
type mint struct {
	run, url, pin, certificate, key, ca string
	expires                             time.Time
	account                             nkeys.KeyPair
	// issuer is the account, where another key signs for it; "" where the account's own does.
	issuer                             string
	operatorJWT, systemJWT, accountJWT string
}

func newMint(run, url string, guests int, ttl time.Duration) (*mint, error) {
	if err := checkName("run", run); err != nil {
		return nil, err
	}
	m := &mint{run: run, url: url, expires: expiry(ttl)}
	operator, err := nkeys.CreateOperator()
	if err != nil {
		return nil, err
	}
	system, err := nkeys.CreateAccount()
	if err != nil {
		return nil, err
	}
	if m.account, err = nkeys.CreateAccount(); err != nil {
		return nil, err
	}
	if err := m.signAccounts(operator, system, guests); err != nil {
		return nil, err
	}
	m.certificate, m.key, m.pin, err = newCertificate(m.expires)
	return m, err
}

// signAccounts makes the JWTs of which the server learns whom it trusts. The server needs an
// account for itself; nobody has a key of it.
func (m *mint) signAccounts(operator, system nkeys.KeyPair, guests int) error {
	ids := make([]string, 3)
	for i, k := range []nkeys.KeyPair{operator, system, m.account} {
		id, err := k.PublicKey()
		if err != nil {
			return err
		}
		ids[i] = id
	}
	o := jwt.NewOperatorClaims(ids[0])
	o.Name, o.SystemAccount = "authbench", ids[1]
	s := jwt.NewAccountClaims(ids[1])
	s.Name = "system"
	a := jwt.NewAccountClaims(ids[2])
	a.Name, a.Limits.Conn = m.run, int64(mostConnections(guests))
	// The stream is on disk; who reads it in order has a consumer in memory.
	a.Limits.JetStreamLimits = jwt.JetStreamLimits{DiskStorage: streamBytes, MemoryStorage: 64 << 20, Streams: 1, Consumer: 4}
	var err error
	if m.operatorJWT, err = o.Encode(operator); err != nil {
		return err
	}
	if m.systemJWT, err = s.Encode(operator); err != nil {
		return err
	}
	m.accountJWT, err = a.Encode(operator)
	return err
}

// invite makes a user with its rights.
func (m *mint) invite(name, role string, rights jwt.Permissions) (Invitation, error) {
	i := Invitation{Version: fileVersion, Run: m.run, Name: name, Role: role, URL: m.url, Pin: m.pin, CA: m.ca, Expires: m.expires}
	user, err := nkeys.CreateUser()
	if err != nil {
		return i, err
	}
	id, err := user.PublicKey()
	if err != nil {
		return i, err
	}
	claims := jwt.NewUserClaims(id)
	claims.Name, claims.Permissions, claims.IssuerAccount = name, rights, m.issuer
	if role != roleCoordinator {
		claims.Expires = m.expires.Unix()
	}
	claims.AllowedConnectionTypes = jwt.StringList{jwt.ConnectionTypeStandard}
	if i.JWT, err = claims.Encode(m.account); err != nil {
		return i, err
	}
	seed, err := user.Seed()
	i.Seed = string(seed)
	return i, err
}

// guestRights are what a worker or an agent may do: nothing else is allowed.
func guestRights(s subjects, name string) jwt.Permissions {
	return jwt.Permissions{
		Pub: jwt.Permission{Allow: jwt.StringList{s.of("s", name, "*"), s.of("up", name, "*"), s.hello(name), s.clock()}},
		Sub: jwt.Permission{Allow: jwt.StringList{s.inbox(name) + ".>", s.plan(name), s.start(), s.stop(), s.lease()}},
		// It answers the plan.
		Resp: &jwt.ResponsePermission{MaxMsgs: 1, Expires: connectWithin},
	}
}

// ownRights are the coordinator's.
func ownRights(s subjects) jwt.Permissions {
	return jwt.Permissions{
		Pub: jwt.Permission{Allow: append(jwt.StringList{s.all(), s.inbox(">")}, s.api()...)},
		Sub: jwt.Permission{Allow: jwt.StringList{s.all(), s.inbox(roleCoordinator) + ".>"}},
	}
}
