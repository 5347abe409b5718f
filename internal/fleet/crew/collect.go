package crew

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"authbench/internal/fleet/protocol"
	"authbench/internal/fleet/wire"
)

// Collected is what a worker has left of a run.
type Collected struct {
	Name string
	// Deltas are in their order, up to the first one that is missing; Missing says that later
	// ones are there.
	Deltas  []protocol.Delta
	Missing bool
	// Final is nil if there is none.
	Final *protocol.Final
}

// CollectOptions say where to look.
type CollectOptions struct {
	// Directory is the run's. Spools are files that workers elsewhere have left.
	Directory string
	Spools    []string
	// Wait is how long to listen for workers that still keep something.
	Wait time.Duration
}

// Collect reads what a run has left whose coordinator was killed: from its stream, from spools,
// and from workers that are still trying to hand over what they have.
func Collect(ctx context.Context, o CollectOptions) (run string, out []Collected, err error) {
	charter, err := wire.ReadCharter(filepath.Join(o.Directory, charterFile))
	if err != nil {
		return "", nil, err
	}
	c := collection{known: map[string]*collected{}}
	for _, g := range charter.Workers() {
		c.known[g.Name] = &collected{deltas: map[int]protocol.Delta{}}
	}
	if err := c.stream(ctx, charter, o); err != nil {
		return charter.Run, nil, err
	}
	own, err := filepath.Glob(filepath.Join(o.Directory, spoolDirectory, "*.jsonl"))
	if err != nil {
		return charter.Run, nil, err
	}
	for _, path := range append(own, o.Spools...) {
		for _, g := range charter.Workers() {
			if filepath.Base(path) == spoolName(charter.Run, g.Name) {
				err = errors.Join(err, readSpool(path, func(m any) { c.take(g.Name, m) }))
			}
		}
	}
	for _, g := range charter.Workers() {
		out = append(out, c.known[g.Name].whole(g.Name))
	}
	return charter.Run, out, err
}

// spoolName is the file of a worker's spool.
func spoolName(run, worker string) string { return run + "-" + worker + ".jsonl" }

// collection is what was found so far.
type collection struct {
	mu    sync.Mutex // guards known
	known map[string]*collected
}

type collected struct {
	deltas map[int]protocol.Delta
	final  *protocol.Final
}

func (c *collection) take(worker string, message any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.known[worker]
	if k == nil {
		return
	}
	switch m := message.(type) {
	case protocol.Delta:
		k.deltas[m.N] = m
	case protocol.Final:
		k.final = &m
	}
}

// complete reports whether nothing is missing any more.
func (c *collection) complete() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.known {
		if k.final == nil || len(k.deltas) < k.final.Deltas {
			return false
		}
	}
	return true
}

// stream reads the stream, and waits for workers.
func (c *collection) stream(ctx context.Context, charter wire.Charter, o CollectOptions) error {
	hub, err := wire.Open(ctx, charter, filepath.Join(o.Directory, streamDirectory), func(*wire.Conn) error { return nil }, epoch(time.Now()).nanos, c.take)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, wire.ErrNoStream) {
		return nil
	}
	if err != nil {
		return err
	}
	defer hub.Close()
	if err := hub.Drained(ctx); err != nil {
		return err
	}
	for began := time.Now(); time.Since(began) < o.Wait && !c.complete(); {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(tickEvery):
		}
	}
	return hub.Err()
}

// whole is what a worker has left, in order.
func (k *collected) whole(name string) Collected {
	out := Collected{Name: name, Final: k.final}
	for n := 0; ; n++ {
		d, ok := k.deltas[n]
		if !ok {
			break
		}
		out.Deltas = append(out.Deltas, d)
	}
	out.Missing = len(out.Deltas) < len(k.deltas) || k.final != nil && len(out.Deltas) < k.final.Deltas
	return out
}
