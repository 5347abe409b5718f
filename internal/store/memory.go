package store

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"
)

var (
	errFull      = errors.New("the store is full")
	errDuplicate = errors.New("the store has a record of this id")
	errRecord    = errors.New("the record has no id, or a subject of more than 255 bytes")
)

// Memory is a store of records in memory: an open-addressing table of fixed-size
// entries without pointers, so that the garbage collector never walks it. Fill it
// with Add from one goroutine; after that Lookup is safe from any number.
type Memory struct {
	table []entry
	free  int // records that may still be added
	// subjects holds all subjects end to end; a slice of its string is a
	// subject without an allocation.
	subjects strings.Builder
	tenants  []string
	tenant   map[string]uint32 // index in tenants
}

var _ Records = (*Memory)(nil)

// entry is one slot of the table: 64 bytes, a cache line. ID 0 marks a free one.
type entry struct {
	id        uint64
	digest    Digest
	expires   int64
	subjectAt uint32
	tenant    uint32
	scopes    Scopes
	status    Status
	subjectN  uint8
	_         uint32 // to the cache line's end
}

// Three of four slots are used: a look-up then reads 2.5 neighbouring slots on
// average, and a record takes 64/0.75 = 85 bytes plus its subject.
const (
	slotsPerRecord = 4.0 / 3
	// spreader is 2^64 divided by the golden ratio (Fibonacci hashing): ids that
	// follow each other land far apart.
	spreader = 0x9e3779b97f4a7c15
)

// NewMemory returns an empty store for up to count records.
func NewMemory(count int) *Memory {
	slots := int(math.Ceil(float64(count)*slotsPerRecord)) + 1 // one stays free, to end each search
	return &Memory{table: make([]entry, slots), free: count, tenant: map[string]uint32{}}
}

// Add stores a record.
func (m *Memory) Add(r Record) error {
	if r.ID == 0 || len(r.Subject) > math.MaxUint8 {
		return errRecord
	}
	if m.free == 0 || m.subjects.Len()+len(r.Subject) > math.MaxUint32 {
		return errFull
	}
	e := m.find(r.ID)
	if e.id != 0 {
		return fmt.Errorf("%w: %x", errDuplicate, r.ID)
	}
	tenant, known := m.tenant[r.Tenant]
	if !known {
		tenant = uint32(len(m.tenants))
		m.tenants = append(m.tenants, r.Tenant)
		m.tenant[r.Tenant] = tenant
	}
	*e = entry{
		id: r.ID, digest: r.Digest, expires: r.Expires, tenant: tenant, scopes: r.Scopes, status: r.Status,
		subjectAt: uint32(m.subjects.Len()), subjectN: uint8(len(r.Subject)),
	}
	m.subjects.WriteString(r.Subject)
	m.free--
	return nil
}

// Lookup implements Records. It allocates nothing, and never fails.
func (m *Memory) Lookup(id uint64) (Record, bool, error) {
	if id == 0 {
		return Record{}, false, nil
	}
	e := m.find(id)
	if e.id == 0 {
		return Record{}, false, nil
	}
	return Record{
		ID: id, Digest: e.digest, Expires: e.expires, Scopes: e.scopes, Status: e.status,
		Subject: m.subjects.String()[e.subjectAt:][:e.subjectN], Tenant: m.tenants[e.tenant],
	}, true, nil
}

// find returns the slot of an id, or the free slot where it would be put.
func (m *Memory) find(id uint64) *entry {
	at, _ := bits.Mul64(id*spreader, uint64(len(m.table))) // scales the hash to the table
	for m.table[at].id != id && m.table[at].id != 0 {
		if at++; at == uint64(len(m.table)) {
			at = 0
		}
	}
	return &m.table[at]
}
