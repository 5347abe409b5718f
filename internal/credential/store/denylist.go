package store

import (
	"errors"
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// Denylist holds the ids of tokens that were taken back, in memory. Ids are put on it, and
// never taken off. It is safe for concurrent use, and a look-up neither waits nor
// allocates.
//
// It is a table with open addressing, at most half full. A slot is filled once, its hash
// last: whoever sees the hash sees the id. Where there is no room, a larger copy takes the
// table's place.
//
// Rejected: a map that is copied for each new id, so that n of them cost n² steps; a map
// behind a lock for readers and writers, whose counter all CPUs write to at each look-up.
type Denylist struct {
	seed  maphash.Seed // its own, so that nobody outside can choose ids that collide
	table atomic.Pointer[denyTable]
	mu    sync.Mutex // guards held, and filling slots
	held  int
}

// denyTable is a power of two of slots, so that a mask chooses one; that of an empty list
// has none.
type denyTable struct{ slots []denySlot }

// denySlot is free while its hash is 0.
type denySlot struct {
	hash atomic.Uint64
	id   string
}

const (
	// filled is set in the hash of each id, so that none is 0.
	filled = 1 << 63
	// leastSlots is the size of the smallest table.
	leastSlots = 8
	// mostDenied bounds the list: an id takes some hundred bytes. The stores of keys end
	// there as well.
	mostDenied = 10_000_000
)

var errDenied = errors.New("the denylist is full: it holds ten million ids")

// NewDenylist makes a list of ids.
func NewDenylist(ids []string) (*Denylist, error) {
	d := &Denylist{seed: maphash.MakeSeed()}
	d.table.Store(newDenyTable(len(ids)))
	return d, d.Add(ids...)
}

// newDenyTable makes an empty table with room for count ids.
func newDenyTable(count int) *denyTable {
	if count == 0 {
		return &denyTable{}
	}
	size := leastSlots
	for size < 2*count {
		size *= 2
	}
	return &denyTable{make([]denySlot, size)}
}

// Holds reports whether an id is on the list. It keeps nothing of id.
func (d *Denylist) Holds(id string) bool {
	t := d.table.Load()
	if len(t.slots) == 0 {
		return false
	}
	_, held := t.find(d.hash(id), id)
	return held
}

// Add puts ids on the list, of which it keeps the texts. Look-ups that begin later find
// them.
func (d *Denylist) Add(ids ...string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		if 2*(d.held+1) > len(d.table.Load().slots) {
			d.grow()
		}
		hash := d.hash(id)
		slot, held := d.table.Load().find(hash, id)
		switch {
		case held:
			continue
		case d.held == mostDenied:
			return errDenied
		}
		slot.id = id
		slot.hash.Store(hash)
		d.held++
	}
	return nil
}

// grow puts a copy with twice the room in the table's place.
func (d *Denylist) grow() {
	old := d.table.Load()
	next := newDenyTable(max(1, len(old.slots)))
	for i := range old.slots {
		if from := &old.slots[i]; from.hash.Load() != 0 {
			to, _ := next.find(from.hash.Load(), from.id)
			to.id = from.id
			to.hash.Store(from.hash.Load())
		}
	}
	d.table.Store(next)
}

func (d *Denylist) hash(id string) uint64 { return maphash.String(d.seed, id) | filled }

// find returns the slot of an id, or the free one where it would be put. There are some.
func (t *denyTable) find(hash uint64, id string) (slot *denySlot, held bool) {
	mask := uint64(len(t.slots) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		slot = &t.slots[at]
		switch found := slot.hash.Load(); {
		case found == 0:
			return slot, false
		case found == hash && slot.id == id:
			return slot, true
		}
	}
}
