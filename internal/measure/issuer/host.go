package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
	"time"

	"authbench/internal/credential"
	"authbench/internal/credential/store"
	"authbench/internal/measure/control"
	"authbench/internal/measure/proc"
)

// Host is a server of realms, in this process or in one of its own. It is safe for
// concurrent use.
type Host struct {
	addr  netip.AddrPort
	obey  func(order) (report, error)
	close func() error
	// Process serves, nil if this process does.
	Process *proc.Process

	mu    sync.Mutex // guards opened, and one order at a time
	count int        // realms that were opened
}

// order is what a server is told, one thing at a time.
type order struct {
	Realm   string          `json:"realm"`
	Open    *Spec           `json:"open,omitempty"`
	Publish json.RawMessage `json:"publish,omitempty"`
	Revoke  string          `json:"revoke,omitempty"` // a token, or the secret of a client
	Deny    *string         `json:"deny,omitempty"`   // the id of a token
	// Invalidate is a place on the status list.
	Invalidate *int `json:"invalidate,omitempty"`
	Close      bool `json:"close,omitempty"`
	// Break gives endpoints a fault, Restart has the issuer begin anew with a clock that is ahead
	// by so much.
	Break   *breaking      `json:"break,omitempty"`
	Restart *time.Duration `json:"restart_ns,omitempty"`
	// Refuse has the server refuse connections, or take them again; it is about no realm.
	Refuse *bool `json:"refuse,omitempty"`
	// With none of these it is asked for its counters.
}

// report is what it answers.
type report struct {
	Error    string   `json:"error,omitempty"`
	Counters Counters `json:"counters"`
}

// Local serves in this process.
func Local() (*Host, error) {
	s, err := listen()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	return &Host{
		addr: s.Addr(), obey: func(o order) (report, error) { return s.carryOut(o), nil },
		close: func() error {
			cancel()
			return <-served
		},
	}, nil
}

const (
	// startTime bounds the start of a process.
	startTime = 30 * time.Second
	// endTime is what it gets to end by itself.
	endTime = 2 * time.Second
)

// Args are the arguments with which this program is an issuer that takes its orders over the
// control socket.
var Args = []string{"issuer", "--controlled"}

// Start serves in a process of its own, of this program, on these CPUs.
func Start(ctx context.Context, starter *proc.Starter, executable string, cpus []int) (*Host, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	p, err := starter.Start(ctx, proc.Spec{Path: executable, Args: Args, CPUs: cpus, Control: true})
	if err != nil {
		return nil, fmt.Errorf("start the issuer: %w", err)
	}
	fail := func(err error) (*Host, error) {
		return nil, errors.Join(fmt.Errorf("start the issuer: %w", err), p.Stop(endTime), p.Err())
	}
	session, err := control.Dial(p.Control(), control.Spec{Version: control.Version, Procs: len(cpus)})
	if err != nil {
		return fail(err)
	}
	ready, err := session.Ready(ctx, func(control.Loading) {})
	if err != nil {
		return fail(err)
	}
	return &Host{
		addr: ready.Addr, Process: p,
		obey: func(o order) (out report, err error) {
			err = session.Order(o, &out)
			return out, err
		},
		close: func() error {
			session.Close() // the process's end is what counts
			return p.Stop(endTime)
		},
	}, nil
}

// Controlled is the issuer's end: it takes orders over the control socket, and ends with it.
func Controlled(ctx context.Context) error {
	return control.Serve(ctx, func(spec control.Spec, _ func(done, total int)) (control.Target, error) {
		control.LimitProcs(spec)
		return listen()
	})
}

// Order implements control.Ordered.
func (s *server) Order(text json.RawMessage) any {
	var o order
	if err := json.Unmarshal(text, &o); err != nil {
		return report{Error: "the order cannot be read"} // it may hold keys
	}
	return s.carryOut(o)
}

// carryOut carries an order out.
func (s *server) carryOut(o order) report {
	var err error
	switch r := s.realm(o.Realm); {
	case o.Open != nil:
		err = s.open(o.Realm, *o.Open)
	case o.Refuse != nil:
		err = s.refuse(*o.Refuse)
	case r == nil:
		err = fmt.Errorf("there is no realm %s", o.Realm)
	default:
		if err = s.tellRealm(r, o); err == nil {
			return report{Counters: r.counters()}
		}
	}
	if err != nil {
		return report{Error: err.Error()}
	}
	return report{}
}

// tellRealm carries an order out that is about a realm.
func (s *server) tellRealm(r *realm, o order) error {
	switch {
	case o.Publish != nil:
		r.publish(o.Publish)
	case o.Revoke != "":
		return r.revoke([]byte(o.Revoke))
	case o.Deny != nil:
		return r.deny(*o.Deny)
	case o.Invalidate != nil:
		return r.invalidate(*o.Invalidate)
	case o.Break != nil:
		return r.faults.carryOut(*o.Break)
	case o.Restart != nil:
		r.restart(*o.Restart)
	case o.Close:
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.realms, o.Realm)
		close(r.closed)
	}
	return nil
}

func (s *server) open(name string, spec Spec) error {
	r, err := newRealm(spec)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.realms[name] = r
	s.mu.Unlock()
	if r.channel != nil && s.beginStream() {
		go s.carry(r)
	}
	return nil
}

// refuse has connections be refused, those that there are included, or taken again.
func (s *server) refuse(shut bool) error {
	if err := s.door.shut(shut); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range s.realms {
		r.faults.wake()
	}
	return nil
}

// order gives an order, and returns the answer.
func (h *Host) order(o order) (Counters, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	answer, err := h.obey(o)
	switch {
	case err != nil:
		return Counters{}, fmt.Errorf("give the issuer an order: %w", err)
	case answer.Error != "":
		return Counters{}, fmt.Errorf("the issuer reports: %s", answer.Error)
	}
	return answer.Counters, nil
}

// Refuse has the server refuse connections, and end those that there are, or take them again.
func (h *Host) Refuse(refuse bool) error {
	_, err := h.order(order{Refuse: &refuse})
	return err
}

// Failure says how the server ended, "" while it runs.
func (h *Host) Failure() string {
	if h.Process == nil {
		return ""
	}
	select {
	case <-h.Process.Done():
		if err := h.Process.Err(); err != nil {
			return err.Error()
		}
		return "it ended by itself"
	default:
		return ""
	}
}

// Close ends the server, and all realms.
func (h *Host) Close() error { return h.close() }

// Realm is an issuer that a host serves.
type Realm struct {
	Host    *Host
	name    string
	client  Client
	channel *store.Place // nil if it publishes on none
}

// Open opens a realm.
func (h *Host) Open(s Spec) (*Realm, error) {
	h.mu.Lock()
	h.count++
	name := "realm-" + strconv.Itoa(h.count)
	h.mu.Unlock()
	if _, err := h.order(order{Realm: name, Open: &s}); err != nil {
		return nil, err
	}
	r := &Realm{Host: h, name: name, client: s.Client}
	if s.Feed != nil {
		r.channel = s.Feed.Channel
	}
	return r, nil
}

func (r *Realm) url(endpoint string) string {
	return (&url.URL{Scheme: "http", Host: r.Host.addr.String(), Path: "/" + r.name + "/" + endpoint}).String()
}

// KeySetURL is where its key set is.
func (r *Realm) KeySetURL() string { return r.url(keySetPath) }

// endpoint is where its client asks, and as whom.
func (r *Realm) endpoint(path string) *credential.Endpoint {
	return &credential.Endpoint{URL: r.url(path), ClientID: r.client.ID, ClientSecret: r.client.Secret}
}

// Publish puts a key set in the place of the one before.
func (r *Realm) Publish(set []byte) error {
	_, err := r.Host.order(order{Realm: r.name, Publish: set})
	return err
}

// Revoke takes a token, or the secret of a client, back: whoever asks from now on learns of it.
func (r *Realm) Revoke(token []byte) error {
	_, err := r.Host.order(order{Realm: r.name, Revoke: string(token)})
	return err
}

// Deny takes a token back, by its id: whoever follows the feed learns of it. Orders for one
// id are one.
func (r *Realm) Deny(id string) error {
	_, err := r.Host.order(order{Realm: r.name, Deny: &id})
	return err
}

// Invalidate takes the token of a place on the status list back: who fetches the list from
// now on learns of it.
func (r *Realm) Invalidate(place int) error {
	_, err := r.Host.order(order{Realm: r.name, Invalidate: &place})
	return err
}

// Break gives an endpoint of the realm, "" for all, a fault in the place of the one that it has:
// it ends with the zero Fault.
func (r *Realm) Break(endpoint string, f Fault) error {
	_, err := r.Host.order(order{Realm: r.name, Break: &breaking{endpoint, f}})
	return err
}

// Restart has the realm's issuer begin anew, with a clock that is ahead by so much, or behind.
func (r *Realm) Restart(ahead time.Duration) error {
	_, err := r.Host.order(order{Realm: r.name, Restart: &ahead})
	return err
}

// Counters count what it was asked for.
func (r *Realm) Counters() (Counters, error) { return r.Host.order(order{Realm: r.name}) }

// Close closes the realm: its endpoints are gone.
func (r *Realm) Close() error {
	_, err := r.Host.order(order{Realm: r.name, Close: true})
	return err
}
