package conform

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/credential/store"
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

	// Backends runs the stores that methods need; nil for none.
	Backends *service.Backends

	catalogue *Catalogue
	seed      uint64
	cpu       cpuLock    // shared by all its examinations
	mu        sync.Mutex // guards fixtures; held while a fixture is made, because the next caller may want the same one
	fixtures  map[string]*Fixture
	pauses    []time.Duration // see [examiner]
}

// NewHarness returns a harness for a catalogue. Everything random comes from the seed,
// except RSA keys and the salts of PSS.
func NewHarness(methods method.Catalogue, c *Catalogue, seed uint64) *Harness {
	return &Harness{Methods: methods, NewVerifier: methods.NewVerifier, catalogue: c, seed: seed, fixtures: map[string]*Fixture{}}
}

// material is what the method's verifier is made with. For tokens that is the victim's key
// and no other.
func (h *Harness) material(ctx context.Context, f *Fixture, victim *key) (json.RawMessage, error) {
	if f.keys != nil {
		return f.material(victim, method.Places{})
	}
	var at method.Places
	if wanted := h.Methods.Needs(f.Method).Store; wanted != nil {
		if h.Backends == nil {
			return nil, errNoBackends
		}
		records, err := method.Records(f.issuer)
		if err != nil {
			return nil, err
		}
		kept, err := h.Backends.Put(ctx, *wanted, "conform "+strconv.FormatUint(h.seed, 10)+" "+h.Methods.Minted(f.Method).Params.Key(), records)
		if err != nil {
			return nil, err
		}
		at.Store = &kept.Place
	}
	return f.issuer.Verification(at)
}

var errNoBackends = errors.New("the method needs a store, and none can be started here")

// channel is where the issuer of a method publishes its feed, nil for nowhere.
func (h *Harness) channel(ctx context.Context, needs method.Needs) (*store.Place, error) {
	switch {
	case needs.Channel == "":
		return nil, nil
	case h.Backends == nil:
		return nil, errNoBackends
	}
	kept, err := h.Backends.Channel(ctx, needs.Channel)
	if err != nil {
		return nil, err
	}
	return &kept.Place, nil
}

// verifierBuilder returns a function that makes verifiers of other keys, nil for a method whose
// server does not choose its keys.
func (h *Harness) verifierBuilder(ctx context.Context, f *Fixture) func(*key) (Subject, error) {
	if needs := h.Methods.Needs(f.Method); needs.Store != nil || asks(needs) {
		return nil
	}
	return func(victim *key) (Subject, error) {
		material, err := h.material(ctx, f, victim)
		if err != nil {
			return nil, err
		}
		v, err := h.NewVerifier(f.Method, material, nil)
		return process{verifier: v}, err
	}
}

// Score examines a built-in method in process, over the wire, or both.
func (h *Harness) Score(ctx context.Context, m bench.Method, surfaces ...Surface) (_ *Score, err error) {
	ready := sync.OnceFunc(h.cpu.acquire(cpuShared))
	defer ready()
	f, err := h.fixture(m)
	if err != nil {
		return nil, err
	}
	verifier, keys, err := h.verifier(ctx, f)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, method.Close(verifier), keys.close()) }()
	e := &examiner{Catalogue: h.catalogue, Fixture: f, Build: h.verifierBuilder(ctx, f), cpu: &h.cpu}
	for _, s := range surfaces {
		if s == Process {
			e.Subjects = append(e.Subjects, keys.withOperator(process{verifier, f.proofs}))
			continue
		}
		served, stop, err := serve(verifier, f.proofs)
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
func serve(v method.Verifier, p *proofs) (Subject, func() error, error) {
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
	w.counters, w.proofs = server.Counters, p
	return meteredWire{w}, stop, nil
}
