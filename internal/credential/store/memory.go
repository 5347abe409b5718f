package store

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
	"sync/atomic"
)

// Memory is a store of records in memory: entries of fixed size in the order in
// which they came, their texts end to end, and an index that finds an entry by its
// id. None of it holds pointers, so that the garbage collector never walks it.
// Fill it with Add from one goroutine; after that Lookup and Revoke are safe from any
// number.
//
// What a record takes is 64 bytes, 5.3 of the index, and its texts. Less than 44
// is not possible: 32 of a digest that says nothing about its key, 8 of the id, 4
// of the expiry. An open-addressing table of the entries themselves was rejected:
// with the room that it needs to stay quick, a record takes 85 bytes.
type Memory struct {
	index   []uint32
	entries []entry
	// tagShift is how many bits of an index slot number an entry.
	tagShift int
	// texts holds the texts of all entries; a slice of its string is a text
	// without an allocation.
	texts   strings.Builder
	tenants []string
	tenant  map[string]uint32 // index in tenants
}

var (
	_ Records = (*Memory)(nil)
	_ Revoker = (*Memory)(nil)
)

// entry is what is kept of a record: 64 bytes, a cache line.
type entry struct {
	id       uint64
	digest   Digest
	expires  int64
	textAt   uint32 // of the subject, which the hash follows
	tenant   uint32
	status   uint32 // a Status; it alone changes, and is read and written atomically
	scopes   Scopes
	subjectN uint8
	hashN    uint8
}

const (
	// Three of four slots of the index are used: a look-up then reads 2.5
	// neighbouring slots on average, which share a cache line.
	slotsPerRecord = 4.0 / 3
	// bytesPerText is the room that is set aside for the texts of a record, so
	// that ten million of them are not copied again and again. Room that is not
	// used costs addresses and no memory.
	bytesPerText = 16
	// spreader is 2^64 divided by the golden ratio (Fibonacci hashing): ids that
	// follow each other land far apart.
	spreader = 0x9e3779b97f4a7c15
)

// NewMemory returns an empty store for up to count records.
func NewMemory(count int) *Memory {
	slots := int(math.Ceil(float64(count)*slotsPerRecord)) + 1 // one stays free, to end each search
	m := &Memory{
		index: make([]uint32, slots), entries: make([]entry, 0, count), tagShift: bits.Len(uint(count)),
		tenant: map[string]uint32{},
	}
	m.texts.Grow(count * bytesPerText)
	return m
}

// Add stores a record. It keeps nothing of its texts.
func (m *Memory) Add(r Record) error {
	if r.ID == 0 || len(r.Subject) > math.MaxUint8 || len(r.Hash) > math.MaxUint8 {
		return errRecord
	}
	if len(m.entries) == cap(m.entries) || m.texts.Len()+len(r.Subject)+len(r.Hash) > math.MaxUint32 {
		return errFull
	}
	slot, e := m.find(r.ID)
	if e != nil {
		return fmt.Errorf("%w: %x", errDuplicate, r.ID)
	}
	m.entries = append(m.entries, entry{
		id: r.ID, digest: r.Digest, expires: r.Expires, tenant: m.tenantOf(r.Tenant), scopes: r.Scopes, status: uint32(r.Status),
		textAt: uint32(m.texts.Len()), subjectN: uint8(len(r.Subject)), hashN: uint8(len(r.Hash)),
	})
	m.texts.WriteString(r.Subject)
	m.texts.WriteString(r.Hash)
	m.index[slot] = m.tag(r.ID) | uint32(len(m.entries))
	return nil
}

// tenantOf returns a tenant's number. Tenants are few, and named once each.
func (m *Memory) tenantOf(name string) uint32 {
	n, known := m.tenant[name]
	if !known {
		n = uint32(len(m.tenants))
		name = strings.Clone(name)
		m.tenants = append(m.tenants, name)
		m.tenant[name] = n
	}
	return n
}

// Lookup implements Records. It allocates nothing and never fails.
func (m *Memory) Lookup(id uint64) (Record, bool, error) {
	_, e := m.find(id)
	if e == nil {
		return Record{}, false, nil
	}
	texts := m.texts.String()[e.textAt:]
	return Record{
		ID: id, Digest: e.digest, Expires: e.expires, Scopes: e.scopes, Status: Status(atomic.LoadUint32(&e.status)),
		Subject: texts[:e.subjectN], Hash: texts[e.subjectN:][:e.hashN], Tenant: m.tenants[e.tenant],
	}, true, nil
}

// Revoke implements Revoker.
func (m *Memory) Revoke(id uint64) error {
	_, e := m.find(id)
	if e == nil {
		return errUnknown
	}
	atomic.StoreUint32(&e.status, uint32(Revoked))
	return nil
}

// tag is the upper part of the index slot of an id: bits that slots with other ids
// rarely share, so that hardly an entry is read that is not the one. They are the
// low bits of the hash, whose high ones chose the slot.
func (m *Memory) tag(id uint64) uint32 { return uint32(id*spreader) << m.tagShift }

// find returns the entry of an id, or nil and the free slot where the number of its
// entry would be put.
func (m *Memory) find(id uint64) (slot int, e *entry) {
	at, _ := bits.Mul64(id*spreader, uint64(len(m.index))) // scales the hash to the index
	tag, number := m.tag(id), uint32(1)<<m.tagShift-1
	for {
		// A slot numbers entries from 1: 0 is a free one.
		held := m.index[at]
		if held == 0 {
			return int(at), nil
		}
		if held&^number == tag {
			if e := &m.entries[held&number-1]; e.id == id {
				return int(at), e
			}
		}
		if at++; at == uint64(len(m.index)) {
			at = 0
		}
	}
}

// Bytes is what the records take, their texts included: what the store would need
// of a memory that has nothing else in it.
func (m *Memory) Bytes() int64 {
	return int64(len(m.index))*bytesPerSlot + int64(len(m.entries))*bytesPerEntry + int64(m.texts.Len())
}

// The sizes of a slot of the index and of an entry; a test holds the latter to its
// cache line.
const (
	bytesPerSlot  = 4
	bytesPerEntry = 64
)
