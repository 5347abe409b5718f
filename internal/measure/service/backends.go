package service

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"sync"
	"time"

	"authbench/internal/credential/store"
	"authbench/internal/measure/issuer"
	"authbench/internal/measure/proc"
)

// Backends keeps the stores of a run. It is safe for concurrent use.
type Backends struct {
	starter    *proc.Starter
	executable string
	cpus       []int

	mu      sync.Mutex // guards the rest; held while a store is started and filled
	servers map[store.Kind]*server
	files   *proc.Process // whose directory has the files; nil until there is one
	kept    map[string]*Kept
	issuer  *issuer.Host // nil until a realm is asked for
	realms  map[string]*issuer.Realm
}

// NewBackends makes backends whose servers run on these CPUs; none is started yet. The issuer
// is a process of this program.
func NewBackends(starter *proc.Starter, executable string, cpus []int) *Backends {
	return &Backends{
		starter: starter, executable: executable, cpus: cpus,
		servers: map[store.Kind]*server{}, kept: map[string]*Kept{}, realms: map[string]*issuer.Realm{},
	}
}

// Issuer returns the host of the run's issuers, which it starts.
func (d *Backends) Issuer(ctx context.Context) (*issuer.Host, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.host(ctx)
}

func (d *Backends) host(ctx context.Context) (*issuer.Host, error) {
	if d.issuer == nil {
		host, err := issuer.Start(ctx, d.starter, d.executable, d.cpus)
		if err != nil {
			return nil, err
		}
		d.issuer = host
	}
	return d.issuer, nil
}

// Realm returns the issuer that knows the tokens of a name, which it opens with a client of
// its own.
func (d *Backends) Realm(ctx context.Context, name string, s issuer.Spec) (*issuer.Realm, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.realms[name]; r != nil {
		return r, nil
	}
	host, err := d.host(ctx)
	if err != nil {
		return nil, err
	}
	s.Client = issuer.Client{ID: "server", Secret: randomName()}
	r, err := host.Open(s)
	if err != nil {
		return nil, err
	}
	d.realms[name] = r
	return r, nil
}

// Realms are the issuers that know tokens, by their names.
func (d *Backends) Realms() map[string]*issuer.Realm {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.realms)
}

// Kept is what a store has for somebody: records, or a channel.
type Kept struct {
	Place store.Place
	// Server is the process that answers, nil if there is none of ours.
	Server *proc.Process
	// Version names the server and its version; empty for a file.
	Version string
}

// Failure says how the server ended that has it, "" while it runs or is
// not ours.
func (k *Kept) Failure() string {
	if k.Server == nil {
		return ""
	}
	return (&server{Process: k.Server}).failure()
}

// Put puts records, which come in blocks, into a store of the wanted kind: at its
// URL, or one that they start. Records of a name are put in once, whatever
// they are; how they are to be asked for is as wanted.
func (d *Backends) Put(ctx context.Context, wanted store.Place, name string, blocks iter.Seq[[]store.Record]) (*Kept, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := fmt.Sprintf("%s %s %s", wanted.Kind, wanted.URL, name)
	if d.kept[key] == nil {
		k, err := d.emptyPlace(ctx, wanted)
		if err != nil {
			return nil, err
		}
		// Noted before: what is half filled must be cleared, too.
		d.kept[key] = k
		if err := store.Fill(ctx, k.Place, blocks); err != nil {
			return nil, errors.Join(err, d.clear(key))
		}
	}
	own := *d.kept[key]
	own.Place.Pool, own.Place.Latency = wanted.Pool, wanted.Latency
	return &own, nil
}

// Channel returns a channel that nobody else has, of a server of a kind, which they start.
func (d *Backends) Channel(ctx context.Context, kind store.Kind) (*Kept, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.emptyPlace(ctx, store.Place{Kind: kind})
}

// emptyPlace makes an empty place.
func (d *Backends) emptyPlace(ctx context.Context, wanted store.Place) (*Kept, error) {
	place := store.Place{Kind: wanted.Kind, URL: wanted.URL, Space: "authbench_" + randomName()}
	switch {
	case place.Kind == store.Bolt:
		if d.files == nil {
			var err error
			if d.files, err = d.starter.KeepDir(ctx); err != nil {
				return nil, err
			}
		}
		place.Path = filepath.Join(d.files.TempDir(), place.Space)
		return &Kept{Place: place}, nil
	case place.URL != "":
		asking, cancel := context.WithTimeout(ctx, pingTime)
		defer cancel()
		version, err := store.Ping(asking, place)
		if asking.Err() != nil && ctx.Err() == nil {
			return nil, fmt.Errorf("the server at store_url has not answered within %v: %w", pingTime, err)
		}
		if err != nil {
			return nil, fmt.Errorf("ask the server at store_url: %w", err)
		}
		return &Kept{Place: place, Version: version}, nil
	}
	s, err := d.server(ctx, place.Kind)
	if err != nil {
		return nil, err
	}
	place.URL = s.url
	return &Kept{Place: place, Server: s.Process, Version: s.version}, nil
}

// server returns the server of a kind, which it starts.
func (d *Backends) server(ctx context.Context, kind store.Kind) (*server, error) {
	if s := d.servers[kind]; s != nil {
		return s, nil
	}
	p, known := programs()[kind]
	if !known {
		return nil, fmt.Errorf("there is no server of kind %q", kind)
	}
	s, err := p.start(ctx, kind, d.starter, d.cpus)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.names[0], err)
	}
	d.servers[kind] = s
	return s, nil
}

// pingTime bounds the look whether a server answers that runs already.
const pingTime = 5 * time.Second

// clearTime bounds the clearing of a server that is not ours.
const clearTime = 30 * time.Second

// clear takes records out again, of a server that goes on.
func (d *Backends) clear(key string) error {
	k := d.kept[key]
	delete(d.kept, key)
	if k.Place.URL == "" || k.Server != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), clearTime)
	defer cancel()
	return store.Clear(ctx, k.Place)
}

// Close stops the servers, removes the files, and takes the records out of servers
// that go on. Nobody may ask the stores any more.
func (d *Backends) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for key := range d.kept {
		errs = append(errs, d.clear(key))
	}
	for _, s := range d.servers {
		errs = append(errs, s.Stop(stopTime))
	}
	if d.files != nil {
		errs = append(errs, d.files.Stop(stopTime))
	}
	if d.issuer != nil {
		errs = append(errs, d.issuer.Close())
	}
	clear(d.servers)
	clear(d.realms)
	d.files, d.issuer = nil, nil
	return errors.Join(errs...)
}

// randomName is a password, or a name that nobody else has.
func randomName() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}
