package opaque

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/store"
)

const (
	// defaultPool is how many connections a verifier opens to its store at most: as
	// many as a closed load has by default, so that no request waits for one unless
	// a scenario asks for less.
	defaultPool = 32
	// largestPool catches slips of the pen: a server has a process or a file for
	// each connection.
	largestPool = 256
	// longestLatency is farther than any two points on the earth.
	longestLatency = 500 * time.Millisecond
)

// storeParams are the parameters of methods whose records may be anywhere.
func storeParams() []bench.ParamSpec {
	return []bench.ParamSpec{
		{Name: "store", Values: store.Kinds(), Doc: "where the server's records are: in its memory, in a file, or behind a connection (memory if left out)"},
		{Name: "store_url", Doc: "URL of a Redis or PostgreSQL that runs on this machine already (one is started if left out)"},
		{Name: "pool", Kind: bench.IntParam, Min: 1, Max: largestPool, Doc: fmt.Sprintf("connections to the store, at most (%d if left out)", defaultPool)},
		{Name: "latency", Kind: bench.DurationParam, Max: int(longestLatency / time.Millisecond), Doc: "added to each round trip to the store: how far away it is (nothing if left out)"},
	}
}

// WantedStore returns which store parameters ask for: its kind and URL, the pool and the
// latency; nil where records are in the verifier's memory.
func WantedStore(p bench.Params) *store.Place {
	place := &store.Place{
		Kind: store.Kind(p.Text("store")), URL: p.Text("store_url"),
		Pool: p.Int("pool"), Latency: p.Duration("latency"),
	}
	if place.Kind == "" || place.Kind == store.InMemory {
		return nil
	}
	if place.Pool == 0 {
		place.Pool = defaultPool
	}
	return place
}

// checkStore judges the parameters of a store together.
func checkStore(p bench.Params) *bench.Problem {
	place := WantedStore(p)
	if place == nil || !place.Kind.IsServer() {
		for _, name := range credential.ParamNames(storeParams())[1:] {
			if _, set := p[name]; set {
				return &bench.Problem{Path: []any{name}, AtKey: true, Text: name + " is about connections, and this store has none", Remedy: "remove it, or choose store redis or postgres"}
			}
		}
		return nil
	}
	if _, set := p["store_url"]; !set {
		return nil
	}
	if fault := urlFault(*place); fault != "" {
		return &bench.Problem{Path: []any{"store_url"}, Text: fault, Remedy: fmt.Sprintf("write it as %s://user:password@127.0.0.1:port/database", place.Kind)}
	}
	return nil
}

// urlFault says what is wrong with a store's URL, without quoting it: it has a
// password.
func urlFault(p store.Place) string {
	u, err := url.Parse(p.URL)
	if err != nil {
		return "store_url is not a URL"
	}
	host, err := netip.ParseAddr(u.Hostname())
	switch {
	case u.Scheme != string(p.Kind):
		return fmt.Sprintf("store_url is not one of %s", p.Kind)
	case u.Hostname() != "localhost" && (err != nil || !host.IsLoopback()):
		return "store_url does not lead to this machine: load goes to loopback only"
	case u.RawQuery != "" || u.Fragment != "":
		return "store_url has settings after the path; pool is a parameter, and others are the same for everybody"
	}
	return ""
}

// keyMaterial is the verification material of a server that looks API keys up: what
// their issuer knows, and the store that it asks, if it asks one.
type keyMaterial struct {
	keyring
	Store *store.Place `json:"store,omitempty"`
}

// readKeyMaterial reads verification material. The place is nil if it names none.
func readKeyMaterial(form Form, verification json.RawMessage) (*keyring, *store.Place, error) {
	const foreign = "the verification material is not an API key issuer's"
	var given keyMaterial
	if err := json.Unmarshal(verification, &given); err != nil {
		return nil, nil, errors.New(foreign)
	}
	given.form = form
	ring, err := newKeyring(given.keyring)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", foreign, err)
	}
	return ring, given.Store, nil
}

// openStore opens the place that verification material names.
func openStore(p *store.Place) (store.Store, error) {
	if p == nil {
		return nil, errors.New("the verification material names no store: only a run fills one, so choose store memory")
	}
	return store.Open(*p)
}
