package strictjson

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"sync"
)

const (
	// fewNames is how many names are compared with each other. Tokens have about
	// ten members; with 32 a table of hashes is as fast.
	fewNames = 32
	// maxMembers bounds the members of all objects together, nameSlots is the
	// table that holds their hashes, a quarter of it always free, so that a search
	// stays short whatever a token holds.
	maxMembers = 384
	nameSlots  = 512
)

// names finds out whether an object has two members of one name. It serves all
// objects of a text, which are numbered. The first few names are compared in
// place; a table of 4 KiB would take longer to clear than all of that.
type names struct {
	few   [fewNames]placedName
	count uint
	// seen has a bit of 64 for each of the few: most new names find theirs unset.
	seen uint64
	many *nameTable // once there are more, or an escaped one
}

// placedName is a name in the text, without escapes.
type placedName struct {
	// abridged is equal for equal names of one object, and mostly different for
	// others.
	abridged   uint64
	start, end uint32
}

// oddNumber makes an object's number so different from the next that names of
// different objects stay apart: multiplied by an odd number, none are equal.
const oddNumber = 0x9e3779b97f4a7c15

// add adds the name that stands in the text, without escapes. It returns false if
// the object has it already, or if there are too many.
func (n *names) add(text []byte, object uint64, start, end int) bool {
	if n.many != nil || n.count >= fewNames {
		return n.addToMany(text, object, text[start:end])
	}
	abridged := abridge(text, start, end) ^ object*oddNumber
	bit := uint64(1) << (abridged * oddNumber >> 58)
	if n.seen&bit != 0 && n.holds(text, abridged, text[start:end]) {
		return false
	}
	n.seen |= bit
	n.few[n.count] = placedName{abridged, uint32(start), uint32(end)}
	n.count++
	return true
}

// holds reports whether the name is among the few.
func (n *names) holds(text []byte, abridged uint64, name []byte) bool {
	for _, p := range n.few[:n.count] {
		if p.abridged == abridged && bytes.Equal(text[p.start:p.end], name) {
			return true
		}
	}
	return false
}

// addToMany adds a name to the table: one of many, or one that stands in the text
// with escapes.
func (n *names) addToMany(text []byte, object uint64, name []byte) bool {
	if n.many == nil {
		n.spread(text)
	}
	return n.many.add(object*oddNumber, name)
}

// spread puts the few names into a table.
func (n *names) spread(text []byte) {
	n.many = nameTables.Get().(*nameTable)
	for _, p := range n.few[:n.count] {
		object := p.abridged ^ abridge(text, int(p.start), int(p.end))
		n.many.add(object, text[p.start:p.end]) // they are fewer than it holds, and differ
	}
}

// release gives the table back. A scanner that is left before its end leaves the
// table to the garbage collector.
func (n *names) release() {
	if n.many != nil {
		clear(n.many.slots[:])
		n.many.count = 0
		nameTables.Put(n.many)
		n.many = nil
	}
}

// abridge mixes the first and the last eight bytes of a name in text, or all that
// there are.
func abridge(text []byte, start, end int) uint64 {
	size := end - start
	if len(text)-start < 8 {
		return packed(text[start:end])
	}
	first := binary.LittleEndian.Uint64(text[start:])
	if size < 8 {
		return first &^ (^uint64(0) << (8 * size))
	}
	return first + binary.LittleEndian.Uint64(text[end-8:])*oddNumber
}

// packed is abridge where the text ends too soon for a word: of a short name.
func packed(name []byte) (all uint64) {
	for i, c := range name {
		all |= uint64(c) << (8 * i)
	}
	return all
}

// nameTable is a set of the hashes of names and objects. Different names with one
// hash would make a good token refused; 64 bits under a random seed rule that out.
type nameTable struct {
	slots [nameSlots]uint64 // 0 is free
	count int
	seed  maphash.Seed
}

var nameTables = sync.Pool{New: func() any { return &nameTable{seed: maphash.MakeSeed()} }}

// add adds the name of an object, given by its product with oddNumber.
func (t *nameTable) add(object uint64, name []byte) bool {
	if t.count++; t.count > maxMembers {
		return false
	}
	hash := max(maphash.Bytes(t.seed, name)^object, 1)
	at := hash % nameSlots
	for ; t.slots[at] != 0; at = (at + 1) % nameSlots {
		if t.slots[at] == hash {
			return false
		}
	}
	t.slots[at] = hash
	return true
}
