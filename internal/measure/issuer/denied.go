package issuer

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"sync"

	"authbench/internal/credential/feed"
)

// denied is the list of ids that a realm took back, in the order in which it did. It is safe
// for concurrent use.
type denied struct {
	mu    sync.Mutex // guards all below
	epoch string     // of the realm's life
	ids   []string   // entries never change: what was handed out stays as it is
	known map[string]struct{}
	grown chan struct{} // closed when ids grow, and replaced
}

var errNoID = errors.New("no token that a server takes has such an id")

func newDenied(ids []string) (*denied, error) {
	d := &denied{epoch: newEpoch(), known: map[string]struct{}{}, grown: make(chan struct{})}
	for _, id := range ids {
		if _, err := d.add(id); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// newEpoch names a life.
func newEpoch() string {
	var epoch [8]byte
	rand.Read(epoch[:]) // never fails (crypto/rand)
	return hex.EncodeToString(epoch[:])
}

// restart begins another life with the same ids.
func (d *denied) restart() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.epoch = newEpoch()
}

// add puts an id on the list, once. It reports whether that is new.
func (d *denied) add(id string) (bool, error) {
	if !feed.IsID(id) {
		return false, errNoID
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.known[id]; known {
		return false, nil
	}
	d.known[id] = struct{}{}
	d.ids = append(d.ids, id)
	close(d.grown)
	d.grown = make(chan struct{})
	return true, nil
}

// end is the place behind the last id.
func (d *denied) end() feed.Cursor {
	d.mu.Lock()
	defer d.mu.Unlock()
	return feed.Cursor{Epoch: d.epoch, Number: len(d.ids)}
}

// page returns what is behind a place, from the list's beginning for a place that it does
// not have, and what is closed as soon as there is more.
func (d *denied) page(after feed.Cursor) (feed.Page, <-chan struct{}) {
	d.mu.Lock()
	ids, grown, epoch := d.ids, d.grown, d.epoch
	d.mu.Unlock()
	from := after.Number
	if after.Epoch != epoch || from > len(ids) {
		from = 0
	}
	to, bytes := from, 0
	for ; to < len(ids) && bytes < feed.PageBytes; to++ {
		bytes += len(ids[to])
	}
	return feed.Page{
		IDs: append([]string{}, ids[from:to]...), Next: feed.Cursor{Epoch: epoch, Number: to}, More: to < len(ids),
	}, grown
}
