package load

import (
	"context"
	"fmt"
	"time"

	"authbench/bench"
)

// Checksum stands for the arrivals of an open load's measured part: how many there are,
// and the sum (mod 2^64) of a hash of each one's index, time, class and credential. Sums
// of parts add up to that of the whole, in any order. A request that is lost, doubled or
// at another time shows: one mistake in 2^64 does not.
type Checksum struct {
	Due int64  `json:"due"`
	Sum uint64 `json:"sum"`
}

// Plus returns the checksum of both.
func (c Checksum) Plus(o Checksum) Checksum { return Checksum{c.Due + o.Due, c.Sum + o.Sum} }

// Checksum is that of the requests that were due, whether or not they could be sent, in a
// slice with a part.
func (o *Outcome) Checksum() Checksum { return Checksum{o.Scheduled, o.SentSum + o.UnsentSum} }

// markOf is what a request adds to a checksum. The odd multipliers are of SplitMix64 and
// of its finaliser: they keep small differences of one number from making up for those
// of another.
func markOf(index uint64, due int64, class, credential int) uint64 {
	return finalise(index*golden + uint64(due)*0xbf58476d1ce4e5b9 + (uint64(class)<<32|uint64(credential))*0x94d049bb133111eb)
}

// Checksum runs through an open load's part, without sending anything. A closed load has
// none.
func (s Slice) Checksum(w *Workload) Checksum { return s.Checksums(w, []Part{s.Part})[0] }

// Checksums runs once through an open load, and returns the checksum of each of some of its
// parts, which do not overlap and are of equally many. It takes some 30 ns for each arrival.
// A closed load has none.
func (s Slice) Checksums(w *Workload, parts []Part) []Checksum {
	sums := make([]Checksum, len(parts))
	if s.Arrivals == "" || len(parts) == 0 {
		return sums
	}
	s.Part = parts[0]
	owner := newDeal(s, 0, 1)
	whose := make([]int, owner.of)
	for i, p := range parts {
		whose[p.Index] = i + 1
	}
	s.Part = Part{Of: 1}
	s, _ = s.Bounded(context.Background()) // which does not end
	all := newScript(w, s, 0, 1, 0)
	for {
		index, at := all.next()
		if at == never {
			return sums
		}
		if i := whose[owner.part(index)]; i > 0 && at >= int64(s.Settle) {
			sums[i-1] = sums[i-1].Plus(Checksum{1, all.mark(index, at)})
		}
	}
}

// tested is how many arrivals of each kind a digest looks at. An engine whose products
// and sums are fused rounds one time in 3,000 otherwise: it would have to be alike in 60.
const tested = 1 << 17

// ScheduleDigest is a checksum of a few schedules that never change. Machines with
// another one calculate otherwise (fused multiplications, another logarithm), or are of
// another program: their parts would not make a whole.
func ScheduleDigest() string {
	w, err := NewWorkload(WorkloadSpec{
		Prefix: []byte("-"), Credentials: nothing{}, Zipf: *bench.DefaultPopulation().Zipf,
		Mix: []Share{{bench.Forged, 1, 100}, {bench.Valid, 9, 10_000}},
	})
	if err != nil {
		panic("load: the workload of the digest: " + err.Error())
	}
	ramp := bench.Ramp{From: 100, Stages: []bench.RampStage{{Length: bench.Duration(time.Minute), To: 4000}, {Length: bench.Duration(time.Minute), To: 0}}}
	var sum Checksum
	for _, s := range []Slice{
		{Arrivals: bench.Poisson, Rate: 3000, Measure: time.Hour},
		{Arrivals: bench.Constant, Rate: 7000, Measure: time.Hour},
		{Arrivals: bench.Poisson, Ramp: ramp, Measure: ramp.Length()},
	} {
		s.Seed, s.Count, s.Part = 42, tested, Part{Index: 1, Of: 3}
		sum = sum.Plus(s.Checksum(w))
	}
	return fmt.Sprintf("%016x", finalise(sum.Sum+uint64(sum.Due)))
}

// nothing is a credential without a byte.
type nothing struct{}

func (nothing) Append(dst []byte, _ bench.Class, _ int) []byte { return dst }
