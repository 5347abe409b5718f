package arms

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/measure/control"
	"authbench/internal/measure/issuer"
	"authbench/internal/measure/proc"
	"authbench/internal/measure/runner"
	"authbench/internal/measure/service"
	"authbench/internal/method"
)

const (
	// startupTime bounds the wait for a sign of life from a target that starts. One
	// that has ten million records to load says twice a second how far it is.
	startupTime = time.Minute
	// loadingTime bounds a start as a whole, whatever the target says meanwhile. Ten
	// million records take some tens of seconds.
	loadingTime = 15 * time.Minute
	// stopTime is what a target gets to end by itself.
	stopTime = 2 * time.Second
)

// targetArgs are the arguments with which a program of ours is a built-in target
// that takes its orders over the control socket.
var targetArgs = []string{"target", "--controlled"}

// EnginesVariable names the environment variable that says where the program is
// that has the JWT engines which this one lacks, if not beside it.
const EnginesVariable = "AUTHBENCH_ENGINES"

// missing says what an arm needs that is not there, "" if nothing is missing.
func (c Config) missing(a bench.Arm) string {
	if a.Target != nil {
		return ""
	}
	needs := c.Methods.Needs(a.Method)
	if why := service.Missing(needs.Started()); why != "" {
		return why
	}
	if needs.Program.Name == "" {
		return ""
	}
	if info, err := os.Stat(c.Engines); err == nil && !info.IsDir() {
		return ""
	}
	return fmt.Sprintf("%s, the program with %s, was not found: 'make engines' builds it beside authbench; %s names it elsewhere",
		needs.Program.Name, needs.Program.Has, EnginesVariable)
}

// program is the command that has the verifier of a method.
func (c Config) program(arm string, m bench.Method) []string {
	if c.Methods.InOtherProgram(m) {
		return []string{c.Engines}
	}
	if words := c.targetStart(arm).Words; len(words) > 0 {
		return words
	}
	return []string{c.Executable}
}

// targetStart is how a gate has an arm's target started, nothing elsewhere.
func (c Config) targetStart(arm string) TargetStart {
	if c.TargetStart == nil {
		return TargetStart{}
	}
	return c.TargetStart(arm)
}

// builtin starts the built-in target for a method.
type builtin struct {
	arm    string
	method bench.Method
	minted *mintedCredentials
	config Config
	stored *inStore // nil if it asks no store
	// channel is where its issuer publishes what it took back, nil for nowhere.
	channel *inStore
	// realm is the issuer that it asks about tokens, or what of them it took back; nil if it
	// asks none.
	realm *issuer.Realm
}

func (b builtin) start(ctx context.Context) (runner.Server, error) {
	for _, s := range b.stores() {
		if why := s.failure(); why != "" {
			return nil, errors.New(why)
		}
	}
	s, err := b.launch(ctx, func(s *builtinServer) (json.RawMessage, error) { return b.material(ctx, s) })
	switch {
	case err != nil:
		return nil, err
	case b.minted.next == nil:
		return s, nil
	}
	if s.rotation, err = b.minted.next.begin(b.minted.issuer, s.keys); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// stores are those that have something for it.
func (b builtin) stores() []*inStore {
	return slices.DeleteFunc([]*inStore{b.stored, b.channel}, func(s *inStore) bool { return s == nil })
}

// launch starts the target with what it verifies with.
func (b builtin) launch(ctx context.Context, material func(*builtinServer) (json.RawMessage, error)) (*builtinServer, error) {
	s := &builtinServer{
		stores: b.stores(), realm: b.realm, minted: b.minted,
		revocation: b.config.Methods.Facts(b.method).Revocation, needs: b.config.Methods.Needs(b.method),
	}
	verification, err := material(s)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("verification material: %w", err), s.closeKeys())
	}
	words := slices.Concat(b.config.program(b.arm, b.method), targetArgs)
	cage := b.config.targetStart(b.arm).Cage
	s.process, err = b.config.Starter.Start(ctx, proc.Spec{
		Path: words[0], Args: words[1:], CPUs: b.config.ServerCPUs, Control: true,
		// All that a stranger's program starts works for it, and ends with it.
		Foreign: cage != nil, Cage: cage,
	})
	if err != nil {
		return nil, errors.Join(err, s.closeKeys())
	}
	if err := s.awaitReady(ctx, b.spec(verification), func(l control.Loading) { b.config.Loading(b.arm, l.Done, l.Total) }); err != nil {
		err = s.explain(err)
		if other := b.config.Methods.Needs(b.method).Program.Name; other != "" {
			err = fmt.Errorf("%w (an %s that was built earlier may not fit: 'make engines' builds it again)", err, other)
		}
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// material returns what the target verifies with. Keys that it fetches are published
// by an issuer of the server's own.
func (b builtin) material(ctx context.Context, s *builtinServer) (json.RawMessage, error) {
	var at method.Places
	if b.stored != nil {
		at.Store = &b.stored.Place
	}
	needs := b.config.Methods.Needs(b.method)
	if b.realm != nil {
		at = b.realm.Places(needs, at)
	}
	if needs.KeySet != nil {
		set, err := b.minted.publishedKeys(nil)
		if err != nil {
			return nil, err
		}
		host, err := b.config.Backends.Issuer(ctx)
		if err != nil {
			return nil, err
		}
		if s.keys, err = host.Open(issuer.Spec{KeySet: set}); err != nil {
			return nil, err
		}
		at.KeySet = s.keys.KeySetURL()
	}
	return b.minted.issuer.Verification(at)
}

func (b builtin) spec(verification json.RawMessage) control.Spec {
	return control.Spec{
		Version: control.Version, Method: b.method, Verification: verification,
		Listen: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0), Procs: len(b.config.ServerCPUs),
	}
}

// builtinServer is a running built-in target.
type builtinServer struct {
	process *proc.Process
	session *control.Session
	addr    netip.AddrPort
	// keys publishes the key set, nil unless the target fetches it.
	keys *issuer.Realm
	// realm is asked about tokens, or what of them it took back; nil unless the target asks.
	realm  *issuer.Realm
	minted *mintedCredentials
	// revocation is how the method takes a credential back.
	revocation bench.RevocationKind
	needs      method.Needs
	// removed are the credentials whose keys are out of the set.
	removed map[int]bool
	// rotation replaces the key in the set, nil if it stays.
	rotation *launchRotation
	// stores have the records that it asks for, or the channel that it hears.
	stores []*inStore
}

var _ runner.Server = (*builtinServer)(nil)

// Revoke takes a credential back where the method's servers learn of it: from its record,
// from its issuer, or from a list, which is the server's own or its issuer's.
func (s *builtinServer) Revoke(index int) error {
	switch s.revocation {
	case bench.RevokedByExchange:
		_, secret := s.minted.issuer.(method.Exchanger).Client(index) // issuer.SpecFor saw to that
		return s.realm.Revoke([]byte(secret))
	case bench.RevokedByIssuer:
		value, err := s.minted.issuer.Append(nil, bench.Valid, index)
		if err != nil {
			return err
		}
		return s.realm.Revoke(value[len(credential.Bearer.AppendPrefix(nil)):])
	case bench.RevokedByList:
		if lists, ok := s.minted.issuer.(method.StatusLister); ok && s.needs.StatusList {
			return s.realm.Invalidate(lists.Place(index))
		}
		names, ok := s.minted.issuer.(method.Identifier)
		switch {
		case !ok:
			return errors.New("the method's credentials have no ids, by which one could be put on a list")
		case s.realm != nil:
			return s.realm.Deny(names.ID(index))
		}
		return s.session.Deny(names.ID(index))
	}
	return s.session.Revoke(index)
}

// Why a target that starts is given up.
var (
	errSilent  = fmt.Errorf("it has said nothing for %v", startupTime)
	errLoading = fmt.Errorf("it is not ready after %v, though it says that it loads records", loadingTime)
)

// awaitReady hands over the spec and waits until the target listens.
func (s *builtinServer) awaitReady(ctx context.Context, spec control.Spec, loading func(control.Loading)) error {
	ctx, end := context.WithTimeoutCause(ctx, loadingTime, errLoading)
	defer end()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(startupTime, func() { cancel(errSilent) })
	defer silence.Stop()
	var err error
	if s.session, err = control.Dial(s.process.Control(), spec); err != nil {
		return err
	}
	ready, err := s.session.Ready(ctx, func(l control.Loading) {
		silence.Reset(startupTime)
		loading(l)
	})
	if err != nil {
		return err
	}
	if err := s.keyFetchError(); err != nil {
		return err
	}
	s.addr = ready.Addr
	return listens(s.process, ready.Addr)
}

// keyFetchError reports as an error that a server which is to fetch its keys did not.
func (s *builtinServer) keyFetchError() error {
	if s.keys == nil || s.needs.KeySet.Lazy {
		return nil
	}
	count, err := s.keys.Counters()
	if err == nil && count.Fetches == 0 {
		err = errors.New("it is ready, and did not fetch its key set")
	}
	return err
}

// listens reports as an error that a server in a cage is not who listens where it says. A
// program that nobody trusts could have another one answer for it: the server that it is
// compared with.
func listens(p *proc.Process, at netip.AddrPort) error {
	if !p.Caged() {
		return nil
	}
	own, err := p.Listens(at)
	if err == nil && !own {
		return fmt.Errorf("who listens at %v is no process of this server", at)
	}
	return err
}

// explain adds how the process ended, if it did: the reason behind the symptom.
// A process that has closed its socket takes a moment to be gone.
func (s *builtinServer) explain(err error) error {
	select {
	case <-s.process.Done():
	case <-time.After(time.Second):
	}
	if why := s.Failure(); why != "" {
		return fmt.Errorf("the target did not get ready: %s", why)
	}
	return fmt.Errorf("the target did not get ready: %w", err)
}

func (s *builtinServer) Addrs() []bench.Address      { return []bench.Address{{TCP: s.addr}} }
func (s *builtinServer) CPU() (time.Duration, error) { return s.process.CPU() }
func (s *builtinServer) PSS() (int64, error)         { return s.process.PSS() }

// Failure says how the server ended, or the one without which it lets nobody in.
func (s *builtinServer) Failure() string {
	why := failure(s.process)
	for _, one := range s.stores {
		why = cmp.Or(why, one.failure())
	}
	if host := s.host(); why == "" && host != nil {
		if ended := host.Failure(); ended != "" {
			why = "the issuer that it asks ended: " + ended
		}
	}
	return why
}

// host serves the issuer that it asks, nil if it asks none.
func (s *builtinServer) host() *issuer.Host {
	switch {
	case s.realm != nil:
		return s.realm.Host
	case s.keys != nil:
		return s.keys.Host
	}
	return nil
}

// Backends meter the processes that it asks: the store's server, and the issuer.
func (s *builtinServer) Backends() map[string]runner.Meter {
	out := map[string]runner.Meter{}
	if !proc.CanMeter {
		return out
	}
	for _, one := range s.stores {
		if one.Server != nil {
			out[string(one.Place.Kind)] = one.Server
		}
	}
	if host := s.host(); host != nil {
		out[bench.IssuerBackend] = host.Process
	}
	return out
}

func (s *builtinServer) Refresh() error {
	if s.rotation != nil {
		if err := s.rotation.advance(time.Now()); err != nil {
			return err
		}
	}
	return s.process.Refresh()
}

func (s *builtinServer) Rotation() *bench.Rotation {
	if s.rotation == nil {
		return nil
	}
	return s.rotation.record()
}

func (s *builtinServer) Counters() (*bench.Counters, error) {
	c, err := s.session.Counters()
	if err != nil {
		return nil, fmt.Errorf("ask the target for its counters: %w", err)
	}
	return &c, nil
}

// Stop closes the control socket, which orders the target to end, and waits.
func (s *builtinServer) Stop() error {
	if s.session != nil {
		s.session.Close() // the process's end is what counts
	}
	return errors.Join(s.process.Stop(stopTime), s.closeKeys())
}

func (s *builtinServer) closeKeys() error {
	if s.keys == nil {
		return nil
	}
	return s.keys.Close()
}

// failure says how a process ended, "" while it runs.
func failure(p *proc.Process) string {
	select {
	case <-p.Done():
		if err := p.Err(); err != nil {
			return err.Error()
		}
		return "it ended by itself"
	default:
		return ""
	}
}
