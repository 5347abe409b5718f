package method

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/jose"
)

// Issuer mints one method's credentials. It is safe for concurrent use.
type Issuer interface {
	// Field is the header field that carries the credential, "" for none.
	Field() string
	// Append appends the whole field value of the index-th credential of a class,
	// such as "Bearer eyJ…". Credentials of one class differ by their index, from
	// 0 to the issuer's count.
	Append(dst []byte, class bench.Class, index int) ([]byte, error)
	// Verification is what [Method.Verifier] makes a verifier from; at says where that is
	// which the method needs. It may hold secrets. Where minting takes its time,
	// credentials that were not minted before are unknown to it.
	Verification(at Places) (json.RawMessage, error)
	// Published is the verification file for other people's servers (see package
	// document).
	Published() (json.RawMessage, error)
	// SigningKeys are the keys that no server needs, as a file of their own.
	SigningKeys() (json.RawMessage, error)
}

// Deriver is an issuer whose credentials are quickly derived, again and again: ten
// million of them need not be held.
type Deriver interface {
	Issuer
	// Derive is Append for a class and an index that exist. It allocates nothing where dst
	// has room.
	Derive(dst []byte, class bench.Class, index int) []byte
}

// Prover is an issuer whose credentials are made anew for each request: with a proof that
// belongs to it (RFC 9449 §4), or as a signature over it (RFC 9421 §2). What Append gives of
// one is the same in all requests, such as the token that a proof is about.
type Prover interface {
	Issuer
	// Prove returns the header fields that one request carries for its credential, [Issuer.Field]
	// first. Names and their order are the same for all requests. It is called on
	// several of the generator's threads at once, for a class and an index that exist.
	Prove(Use) []bench.Field
}

// Use is a request that carries a credential.
type Use struct {
	Class bench.Class
	Index int
	// Serial is another one for each request of a run: what holds only once has it in its
	// nonce or its id.
	Serial uint64
	// Method and Target are as they are sent. Host is what that field says, empty where a
	// verifier is asked without a connection.
	Method, Target, Host string
}

// Method is one way to authenticate. All but Needs must be set; see the
// package's documentation for what each is for.
type Method struct {
	bench.MethodSpec
	Issuer func(Issue) (Issuer, error)
	// Verifier makes a verifier of what an issuer's Verification returned. It tells
	// loading, unless that is nil, how many of the records are loaded.
	Verifier func(p bench.Params, verification json.RawMessage, loading func(done, total int)) (Verifier, error)
	// Needs is nil for a method whose servers need nothing.
	Needs func(bench.Params) Needs
	Facts func(bench.Params) bench.Facts
	// Family is how the examiner makes the method's credentials.
	Family func(bench.Params) Family
}

// Issue is what an issuer is made from.
type Issue struct {
	Params bench.Params
	Secret [32]byte  // the run's
	Count  int       // of valid credentials
	Now    time.Time // when they are issued
	// Key is the id of the key that the issuer signs with; empty: the one that it has first.
	Key string
}

// Catalogue is a list of methods.
type Catalogue []Method

var _ bench.Catalogue = Catalogue{}

// Methods describes them.
func (c Catalogue) Methods() []bench.MethodSpec {
	var out []bench.MethodSpec
	for _, m := range c {
		out = append(out, m.MethodSpec)
	}
	return out
}

// Minted returns m without the parameters that its credentials do not depend on:
// methods that differ in these can share an issuer.
func (c Catalogue) Minted(m bench.Method) bench.Method {
	if known, ok := c.byID(m.ID); ok {
		m.Params = maps.Clone(m.Params)
		maps.DeleteFunc(m.Params, func(name string, _ any) bool { return slices.Contains(known.Verifying, name) })
	}
	return m
}

// Needs are what a server of m needs, nothing for an unknown method.
func (c Catalogue) Needs(m bench.Method) Needs {
	if found, ok := c.byID(m.ID); ok && found.Needs != nil {
		return found.Needs(m.Params)
	}
	return Needs{}
}

// Facts are what is true of m by its design, nothing for an unknown method.
func (c Catalogue) Facts(m bench.Method) bench.Facts {
	if found, ok := c.byID(m.ID); ok && found.Facts != nil {
		facts := found.Facts(m.Params)
		facts.Title, facts.Memory = found.Title, credential.Memory(m.Params).Nanoseconds()
		return facts
	}
	return bench.Facts{}
}

// Family is how the examiner makes credentials of m. A method without a family has those of
// its issuer, and is examined with them: nobody gets round it by saying nothing.
func (c Catalogue) Family(m bench.Method) Family {
	if found, ok := c.byID(m.ID); ok && found.Family != nil {
		return found.Family(m.Params)
	}
	return Family{}
}

// Open reports whether m lets everybody in by design: its family says so, and its facts
// that it does not protect. One of the two alone would let a method get round the examiner.
func (c Catalogue) Open(m bench.Method) bool { return c.Family(m).Open && !c.Facts(m).Protects() }

// InOtherProgram reports whether another program has the verifier of m.
func (c Catalogue) InOtherProgram(m bench.Method) bool { return c.Needs(m).Program.Name != "" }

// NewIssuer makes the keys of m from the run's secret, or freshly where that is
// not possible (RSA), for count valid credentials issued at now.
func (c Catalogue) NewIssuer(m bench.Method, secret [32]byte, count int, now time.Time) (Issuer, error) {
	return c.newIssuer(m, Issue{Params: m.Params, Secret: secret, Count: count, Now: now})
}

// NewSuccessor makes what [Catalogue.NewIssuer]'s issuer becomes when it replaces its key: the
// same credentials, identifiers included, signed with the next key. Of methods
// without rotation there is none.
func (c Catalogue) NewSuccessor(m bench.Method, secret [32]byte, count int, now time.Time) (Issuer, error) {
	if keys := c.Needs(m).KeySet; keys == nil || keys.Rotation == 0 {
		return nil, fmt.Errorf("method %s: the issuer keeps its key: there is no rotation", m.ID)
	}
	return c.newIssuer(m, Issue{Params: m.Params, Secret: secret, Count: count, Now: now, Key: jose.NextKey})
}

// NewWithKey makes another issuer of the same credentials, signed with a key of its own, whose
// id is given: for methods whose servers fetch keys.
func (c Catalogue) NewWithKey(m bench.Method, key string, secret [32]byte, count int, now time.Time) (Issuer, error) {
	if c.Needs(m).KeySet == nil {
		return nil, fmt.Errorf("method %s: no server fetches its keys, of which one could be removed", m.ID)
	}
	return c.newIssuer(m, Issue{Params: m.Params, Secret: secret, Count: count, Now: now, Key: key})
}

func (c Catalogue) newIssuer(m bench.Method, i Issue) (Issuer, error) {
	found, err := c.Find(m)
	if err != nil {
		return nil, err
	}
	if i.Count < 1 {
		return nil, fmt.Errorf("method %s: %d credentials; there must be at least one", m.ID, i.Count)
	}
	issuer, err := found.Issuer(i)
	if err != nil {
		return nil, fmt.Errorf("method %s: %w", m.ID, err)
	}
	return issuer, nil
}

// NewVerifier makes a verifier of m from what its issuer's Verification returned. It
// tells loading, unless that is nil, how many of the records are loaded.
func (c Catalogue) NewVerifier(m bench.Method, verification json.RawMessage, loading func(done, total int)) (Verifier, error) {
	found, err := c.Find(m)
	if err != nil {
		return nil, err
	}
	verifier, err := found.Verifier(m.Params, verification, loading)
	if err != nil {
		return nil, fmt.Errorf("method %s: %w", m.ID, err)
	}
	return verifier, nil
}

// Find returns the method of m, whose parameters it checks.
func (c Catalogue) Find(m bench.Method) (Method, error) {
	known, ok := c.byID(m.ID)
	if !ok {
		return Method{}, fmt.Errorf("unknown method %q", m.ID)
	}
	if problems := known.Problems(m.Params); len(problems) > 0 {
		return Method{}, problems[0]
	}
	return known, nil
}

func (c Catalogue) byID(id string) (Method, bool) {
	for _, known := range c {
		if known.ID == id {
			return known, true
		}
	}
	return Method{}, false
}
