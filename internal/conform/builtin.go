package conform

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/measure/service"
	"authbench/internal/measure/target"
	"authbench/internal/method"
)

// Harness makes the fixtures of methods and examines their verifiers. Methods that differ
// only by their verifier share a fixture, because RSA keys take a second to make. It is
// safe for concurrent use.
type Harness struct {
	// Methods are all built-in methods.
	Methods method.Catalogue
	// NewVerifier makes the verifiers that are examined: [method.Catalogue.NewVerifier], or
	// that of a program with engines of its own.
	NewVerifier func(m bench.Method, verification json.RawMessage, loading func(done, total int)) (method.Verifier, error)

	// Depot runs the stores that methods need; nil for none.
	Depot *service.Depot

	catalogue *Catalogue
	seed      uint64
	cpu       cpuLock    // shared by all its examinations
	mu        sync.Mutex // guards made; held while a fixture is made, because the next caller may want the same one
	fixtures  map[string]*Fixture
	pauses    []time.Duration // see [Examiner]
}

// NewHarness returns a workshop for a catalogue. Everything random comes from the seed,
// except RSA keys and the salts of PSS.
func NewHarness(methods method.Catalogue, c *Catalogue, seed uint64) *Harness {
	return &Harness{Methods: methods, NewVerifier: methods.NewVerifier, catalogue: c, seed: seed, fixtures: map[string]*Fixture{}}
}

// defaultPath is the path of requests to our own targets.
const defaultPath = "/orders"

// derive returns 64 random bytes for a purpose.
func (w *Harness) derive(purpose string) ([64]byte, error) {
	secret := binary.BigEndian.AppendUint64(nil, w.seed)
	out, err := hkdf.Key(sha256.New, secret, nil, "authbench conform "+purpose, 64)
	if err != nil {
		return [64]byte{}, fmt.Errorf("derive %s: %w", purpose, err)
	}
	return [64]byte(out), nil
}

// fixture returns the fixture of a method. It makes one only if no equal one exists.
func (w *Harness) fixture(m bench.Method) (*Fixture, error) {
	made, err := w.sharedFixture(w.fixtureKey(m), m)
	if err != nil {
		return nil, err
	}
	own := *made
	own.Method = m
	seed, err := w.derive("names")
	own.random = newRandom(seed)
	return &own, err
}

// fixtureKey is equal for methods that can share a fixture: methods with tokens need equal
// keys, others equal credentials.
func (w *Harness) fixtureKey(m bench.Method) string {
	if t := w.Methods.Family(m).Token; t != nil {
		return fmt.Sprintf("%s %s %d", m.ID, t.Algorithm, t.Bits)
	}
	minted := w.Methods.Minted(m)
	return minted.ID + " " + minted.Params.Key()
}

// sharedFixture returns the fixture that all methods with the key share.
func (w *Harness) sharedFixture(key string, m bench.Method) (*Fixture, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if made := w.fixtures[key]; made != nil {
		return made, nil
	}
	made, err := w.newFixture(m)
	if err != nil {
		return nil, fmt.Errorf("method %s: %w", m.ID, err)
	}
	w.fixtures[key] = made
	return made, nil
}

// newRandom draws the names of credentials, which are not secret.
func newRandom(seed [64]byte) *rand.Rand {
	return rand.New(rand.NewChaCha8([32]byte(seed[:32]))) //nolint:gosec // see above
}

func (w *Harness) newFixture(m bench.Method) (*Fixture, error) {
	family := w.Methods.Family(m)
	f := &Fixture{
		Method: m, Issuer: w.catalogue.base.Issuer, Audience: w.catalogue.base.Audience,
		Field: defaultField, Scheme: family.Scheme, Cookie: family.Cookie, Path: defaultPath,
		credentialKind: family.AppliesTo, base: w.catalogue.base,
	}
	var err error
	if f.methodCases, err = methodCases(m.ID, family); err != nil {
		return nil, err
	}
	if family.Token == nil {
		return f, w.issueCredentials(f, family)
	}
	f.alg = family.Token.Algorithm
	bits := max(defaultRSABits, family.Token.Bits)
	if f.keys, err = w.untrustedKeys(f.alg, bits); err != nil {
		return nil, err
	}
	if f.keys[roleVictim], err = w.key(f.alg, victimKID, bits); err != nil {
		return nil, err
	}
	return f, f.addAttackerPair(w)
}

// untrustedKeys makes the keys that a verifier must not trust, by role.
func (w *Harness) untrustedKeys(alg string, bits int) (map[string]*key, error) {
	out := map[string]*key{}
	for role, kid := range map[string]string{roleAttacker: "attacker-1", roleRetired: "retired-1", roleTenantB: "tenantb-1"} {
		var err error
		if out[role], err = w.key(alg, kid, bits); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (w *Harness) key(alg, kid string, bits int) (*key, error) {
	seed, err := w.derive(alg + " " + kid)
	if err != nil {
		return nil, err
	}
	return generateKey(alg, kid, bits, seed[:])
}

// defaultRSABits is the size of RSA keys if the method names none.
const defaultRSABits = 2048

// addAttackerPair adds the attacker's key for recipes that need a public half: his own, or an
// EC key where his own is a shared secret.
func (f *Fixture) addAttackerPair(w *Harness) (err error) {
	f.keys[roleAttackerPair] = f.keys[roleAttacker]
	if f.keys[roleAttacker].public() != nil {
		return nil
	}
	f.keys[roleAttackerPair], err = w.key("ES256", "attacker-1", 0)
	return err
}

// issuedCount is the number of valid credentials. Tenants take turns, so that the last of
// 101 belongs to the same tenant as the first.
const issuedCount = 101

// issueCredentials mints the credentials of each role with the method's own issuer, so that the
// server knows of them what it would know in a run. It skips roles whose class the method
// does not have.
func (w *Harness) issueCredentials(f *Fixture, family method.Family) error {
	issuer, err := w.issuer(f.Method)
	if err != nil {
		return err
	}
	f.issuer, f.Field, f.fixChecksum = issuer, issuer.Field(), family.Mend
	f.credentials = map[string]string{}
	has := bench.ClassesOf(w.Methods, f.Method)
	for role, from := range map[string]struct {
		class bench.Class
		index int
	}{
		roleVictim: {bench.Valid, 0}, roleSecond: {bench.Valid, issuedCount - 1}, roleTenantB: {bench.Valid, 1},
		"revoked": {bench.Revoked, 0}, "expired": {bench.Expired, 0}, "never-issued": {bench.Unknown, 0},
	} {
		if !slices.Contains(has, from.class) {
			continue
		}
		value, err := issuer.Append(nil, from.class, from.index)
		if err != nil {
			return err
		}
		f.credentials[role] = strings.TrimPrefix(string(value), f.credentialPrefix())
	}
	if family.Respelled != nil {
		f.credentials["test-env"] = family.Respelled(f.credentials[roleVictim])
	}
	return nil
}

func (w *Harness) issuer(m bench.Method) (method.Issuer, error) {
	seed, err := w.derive("keyring")
	if err != nil {
		return nil, err
	}
	return w.Methods.NewIssuer(m, [32]byte(seed[:32]), issuedCount, time.Now())
}

// material is what the method's verifier is made with. For tokens that is the victim's key
// and no other.
func (w *Harness) material(ctx context.Context, f *Fixture, victim *key) (json.RawMessage, error) {
	if f.keys != nil {
		return f.material(victim, method.Places{})
	}
	var at method.Places
	if wanted := w.Methods.Needs(f.Method).Store; wanted != nil {
		if w.Depot == nil {
			return nil, errors.New("the method needs a store, and none can be started here")
		}
		records, err := method.Records(f.issuer)
		if err != nil {
			return nil, err
		}
		kept, err := w.Depot.Put(ctx, *wanted, "conform "+strconv.FormatUint(w.seed, 10)+" "+w.Methods.Minted(f.Method).Params.Key(), records)
		if err != nil {
			return nil, err
		}
		at.Store = &kept.Place
	}
	return f.issuer.Verification(at)
}

// verifierBuilder returns a function that makes verifiers of other keys, nil for a method whose
// server does not choose its keys.
func (w *Harness) verifierBuilder(ctx context.Context, f *Fixture) func(*key) (Subject, error) {
	if needs := w.Methods.Needs(f.Method); needs.Store != nil || asks(needs) {
		return nil
	}
	return func(victim *key) (Subject, error) {
		material, err := w.material(ctx, f, victim)
		if err != nil {
			return nil, err
		}
		v, err := w.NewVerifier(f.Method, material, nil)
		return process{v}, err
	}
}

// Score examines a built-in method in process, over the wire, or both.
func (w *Harness) Score(ctx context.Context, m bench.Method, surfaces ...Surface) (_ *Score, err error) {
	ready := sync.OnceFunc(w.cpu.acquire(cpuShared))
	defer ready()
	f, err := w.fixture(m)
	if err != nil {
		return nil, err
	}
	verifier, keys, err := w.verifier(ctx, f)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, method.Close(verifier), keys.close()) }()
	e := &Examiner{Catalogue: w.catalogue, Fixture: f, Build: w.verifierBuilder(ctx, f), cpu: &w.cpu}
	for _, s := range surfaces {
		if s == Process {
			e.Subjects = append(e.Subjects, keys.withOperator(process{verifier}))
			continue
		}
		served, stop, err := serve(verifier)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, stop()) }()
		e.Subjects = append(e.Subjects, keys.withOperator(served))
	}
	ready()
	return e.Examine(ctx)
}

// serve runs a verifier in a target's server within this process, so that its memory and
// its CPU time can be read.
func serve(v method.Verifier) (Subject, func() error, error) {
	server, err := target.Listen(netip.MustParseAddrPort("127.0.0.1:0"), v)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	stop := func() error {
		cancel()
		return <-served
	}
	addr := bench.Address{TCP: server.Addr()}
	w, err := newWire(addr, addr.Authority())
	if err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	w.counters = server.Counters
	return meteredWire{w}, stop, nil
}
