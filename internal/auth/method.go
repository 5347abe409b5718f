package auth

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"authbench/bench"
)

// Issuer mints one method's credentials. It is safe for concurrent use.
type Issuer interface {
	// Field is the header field that carries the credential, "" for none.
	Field() string
	// Append appends the whole field value of the index-th credential of a class,
	// such as "Bearer eyJ…". Credentials of one class differ by their index, from
	// 0 to the issuer's count.
	Append(dst []byte, class bench.Class, index int) ([]byte, error)
	// Verification is what [NewVerifier] needs. It may hold secrets. Where minting
	// takes its time, credentials that were not minted before are unknown to it.
	Verification() (json.RawMessage, error)
	// Published is the [Verification] file for other people's servers.
	Published() (json.RawMessage, error)
	// SigningKeys are the keys that no server needs, as a file of their own.
	SigningKeys() (json.RawMessage, error)
}

// Deriver is an issuer whose credentials are quickly derived, again and again: ten
// million of them need not be held.
type Deriver interface {
	Issuer
	// Derive is Append for a credential that there is. It allocates nothing where dst
	// has room.
	Derive(dst []byte, class bench.Class, index int) []byte
}

// Verifier decides about requests. It is safe for concurrent use.
type Verifier interface {
	Verify(bench.Request) bench.Decision
	// Scheme is the authentication scheme that a refused client is told to use.
	Scheme() string
}

// lifetime is how long valid credentials live, and lapsed how long ago expired
// ones did: a run's length is far from both.
const (
	lifetime = 24 * time.Hour
	lapsed   = time.Hour
)

// method is one way to authenticate.
type method struct {
	bench.MethodSpec
	// verifying are the parameters that the issuer does not look at.
	verifying []string
	// revokes: its verifier takes single credentials back.
	revokes  bool
	issuer   func(issue) (Issuer, error)
	verifier func(p bench.Params, verification json.RawMessage, loading func(done, total int)) (Verifier, error)
}

// issue is what an issuer is made from.
type issue struct {
	params bench.Params
	secret [32]byte  // the run's
	count  int       // of valid credentials
	now    time.Time // when they are issued
	// successor: the issuer signs with the key that takes the other one's place.
	successor bool
}

// methods lists every method. A list that is written out shows what there is; a
// registry that packages add themselves to would not.
func methods() []method {
	return []method{noneMethod(), carryMethod(), apikeyMethod(), sessionMethod(), parseMethod(), jwtMethod()}
}

type catalogue struct{}

// Catalogue describes the methods.
func Catalogue() bench.Catalogue { return catalogue{} }

func (catalogue) Methods() []bench.MethodSpec {
	var out []bench.MethodSpec
	for _, m := range methods() {
		out = append(out, m.MethodSpec)
	}
	return out
}

// Minted returns m without the parameters that its credentials do not depend on:
// methods that differ in these can share an issuer.
func Minted(m bench.Method) bench.Method {
	for _, known := range methods() {
		if known.ID == m.ID {
			m.Params = maps.Clone(m.Params)
			maps.DeleteFunc(m.Params, func(name string, _ any) bool { return slices.Contains(known.verifying, name) })
		}
	}
	return m
}

// Revokes reports whether a server of m can be told to take a credential back: where
// it looks up what it knows of each.
func Revokes(m bench.Method) bool {
	found, err := find(m)
	return err == nil && found.revokes
}

// NewIssuer makes the keys of m from the run's secret, or freshly where that is
// not possible (RSA), for count valid credentials issued at now.
func NewIssuer(m bench.Method, secret [32]byte, count int, now time.Time) (Issuer, error) {
	return newIssuer(m, issue{params: m.Params, secret: secret, count: count, now: now})
}

// NewSuccessor makes what [NewIssuer]'s issuer becomes when it replaces its key: the
// same credentials, identifiers included, signed with the next key. Of methods
// without rotation there is none.
func NewSuccessor(m bench.Method, secret [32]byte, count int, now time.Time) (Issuer, error) {
	if Rotates(m.Params) == 0 {
		return nil, fmt.Errorf("method %s: the issuer keeps its key: there is no rotation", m.ID)
	}
	return newIssuer(m, issue{params: m.Params, secret: secret, count: count, now: now, successor: true})
}

func newIssuer(m bench.Method, i issue) (Issuer, error) {
	found, err := find(m)
	if err != nil {
		return nil, err
	}
	if i.count < 1 {
		return nil, fmt.Errorf("method %s: %d credentials; there must be at least one", m.ID, i.count)
	}
	issuer, err := found.issuer(i)
	if err != nil {
		return nil, fmt.Errorf("method %s: %w", m.ID, err)
	}
	return issuer, nil
}

// NewVerifier makes a verifier of m from what its issuer's Verification returned. It
// tells loading, unless that is nil, how many of the records are loaded.
func NewVerifier(m bench.Method, verification json.RawMessage, loading func(done, total int)) (Verifier, error) {
	found, err := find(m)
	if err != nil {
		return nil, err
	}
	verifier, err := found.verifier(m.Params, verification, loading)
	if err != nil {
		return nil, fmt.Errorf("method %s: %w", m.ID, err)
	}
	return verifier, nil
}

// find returns the method of m, whose parameters it checks.
func find(m bench.Method) (method, error) {
	for _, known := range methods() {
		if known.ID != m.ID {
			continue
		}
		if problems := known.Problems(m.Params); len(problems) > 0 {
			return method{}, problems[0]
		}
		return known, nil
	}
	return method{}, fmt.Errorf("unknown method %q", m.ID)
}

// errIndex says that an issuer has no such credential.
func errIndex(class bench.Class, index int) error {
	return fmt.Errorf("there is no %s credential number %d", class, index)
}

// errClass says that a method has no such class.
func errClass(method string, class bench.Class) error {
	return fmt.Errorf("method %s has no %s credentials", method, class)
}

func allow(subject, tenant string) bench.Decision {
	return bench.Decision{Outcome: bench.Allow, Subject: subject, Tenant: tenant}
}

func deny(r bench.Reason) bench.Decision {
	return bench.Decision{Outcome: bench.Deny, Reason: r}
}
