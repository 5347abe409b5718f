package load

import (
	"fmt"

	"authbench/bench"
)

// Part is what one of several machines sends of a slice: the part Index, from 0 on, of Of equal
// ones. The zero value is the whole.
//
// A Poisson arrival belongs to a part by a hash of its index. Arrivals that are dealt by
// an independent mark are independent Poisson streams (the thinning theorem), whose sum is
// Poisson however far the machines' clocks are apart; aligned, the sum is the whole
// schedule to the last bit. Rejected: i mod Of, whose parts are nearly regular. Ten of
// them, 1 ms apart, queue so little that a p99 of 91 µs reads 37.
//
// Constant arrivals are dealt by i mod Of: any other way leaves gaps that are not equal.
//
// Within a machine threads take its arrivals in turn, because they have one clock. Each
// thread then queues less than one with a Poisson stream of its own would.
//
// What is sent of a part is summed up in a [Checksum]: also where {0, 1} is the whole.
type Part struct {
	Index int `json:"index"`
	Of    int `json:"of"`
}

// mostParts keeps the bias of a hash that is dealt into parts (Of/2^64) far below what
// anybody could see.
const mostParts = 1 << 20

// Check reports what is wrong with a part.
func (p Part) Check() error {
	switch {
	case p == Part{}:
		return nil
	case p.Of < 1 || p.Of > mostParts:
		return fmt.Errorf("a schedule in %d parts: possible are 1 to %d", p.Of, mostParts)
	case p.Index < 0 || p.Index >= p.Of:
		return fmt.Errorf("part %d of %d: the first is 0", p.Index, p.Of)
	}
	return nil
}

// deal says which requests of a slice one thread takes.
type deal struct {
	owner     stream
	hashed    bool
	index, of uint64
	// threads share the machine's requests, which come in order; this one takes the next but
	// wait.
	threads, wait uint64
}

func newDeal(s Slice, thread, threads int) deal {
	p := s.Part
	if p == (Part{}) {
		p.Of = 1
	}
	return deal{
		owner: newStream(s.Seed, ownerStream), hashed: s.Arrivals == bench.Poisson,
		index: uint64(p.Index), of: uint64(p.Of), threads: uint64(threads), wait: uint64(thread),
	}
}

// owns reports whether an arrival is in the machine's part.
func (d *deal) owns(index uint64) bool {
	return d.part(index) == d.index
}

// part is the part that an arrival belongs to.
func (d *deal) part(index uint64) uint64 {
	if !d.hashed {
		return index % d.of
	}
	n, _ := column(d.owner.at(index), int(d.of))
	return uint64(n)
}

// request is the index of the n-th request of a closed load, of which nobody knows when it is
// sent: the machines' requests differ, and all together there is no gap.
func (d *deal) request(n uint64) uint64 { return n*d.of + d.index }
