package load

import (
	"fmt"

	"authbench/bench"
)

// Part is what one of several machines sends of a slice: the parts First to
// First+Count−1 of Of equal ones. The zero value is the whole.
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
// What is sent of a part is summed up in a [Checksum]: also where {0, 1, 1} is the whole.
type Part struct {
	First int `json:"first"`
	Count int `json:"count"`
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
	case p.First < 0 || p.Count < 1 || p.First > p.Of-p.Count:
		return fmt.Errorf("parts %d to %d of %d: there are no such parts", p.First, p.First+p.Count-1, p.Of)
	}
	return nil
}

// Whole reports whether nothing is left for others.
func (p Part) Whole() bool { return p.Count == p.Of }

// String is "the whole", or which parts they are of how many.
func (p Part) String() string {
	switch {
	case p.Whole():
		return "the whole"
	case p.Count == 1:
		return fmt.Sprintf("part %d of %d", p.First, p.Of)
	}
	return fmt.Sprintf("parts %d to %d of %d", p.First, p.First+p.Count-1, p.Of)
}

// deal says which requests of a slice one thread takes.
type deal struct {
	owner            stream
	hashed           bool
	first, count, of uint64
	// threads share the machine's requests, which come in order; this one takes the next but
	// wait.
	threads, wait uint64
}

func newDeal(s Slice, thread, threads int) deal {
	p := s.Part
	if p == (Part{}) {
		p = Part{Count: 1, Of: 1}
	}
	return deal{
		owner: newStream(s.Seed, ownerStream), hashed: s.Arrivals == bench.Poisson,
		first: uint64(p.First), count: uint64(p.Count), of: uint64(p.Of), threads: uint64(threads), wait: uint64(thread),
	}
}

// owns reports whether an arrival is in the machine's part.
func (d *deal) owns(index uint64) bool {
	return d.part(index)-d.first < d.count
}

// part is the part that an arrival belongs to.
func (d *deal) part(index uint64) uint64 {
	if !d.hashed {
		return index % d.of
	}
	n, _ := column(d.owner.at(index), int(d.of))
	return uint64(n)
}

// index is that of the n-th request of a closed load, of which nobody knows when it is
// sent: the machines' requests differ, and all together there is no gap.
func (d *deal) index(n uint64) uint64 {
	if d.of == 1 {
		return n
	}
	return n/d.count*d.of + d.first + n%d.count
}
