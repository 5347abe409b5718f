package load

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"authbench/bench"
)

// machines draws how many there are. Each has a part.
func machines(t *rapid.T) []Part {
	parts := make([]Part, rapid.SampledFrom([]int{1, 2, 3, 8, 64}).Draw(t, "machines"))
	for i := range parts {
		parts[i] = Part{i, len(parts)}
	}
	return parts
}

// scheduled draws an open load.
func scheduled(t *rapid.T) Slice {
	s := Slice{
		Arrivals: rapid.SampledFrom([]bench.Arrivals{bench.Poisson, bench.Constant}).Draw(t, "arrivals"),
		Seed:     rapid.Uint64().Draw(t, "seed"), Measure: 20 * time.Millisecond, Rate: rapid.Float64Range(1, 2e5).Draw(t, "rate"),
		Settle: time.Duration(rapid.IntRange(0, 5).Draw(t, "settle")) * time.Millisecond,
		Count:  rapid.SampledFrom([]int64{0, 0, 1, 50, 1000}).Draw(t, "count"),
	}
	if rapid.Bool().Draw(t, "a ramp") {
		s.Ramp = bench.Ramp{From: rapid.Float64Range(0, 1e5).Draw(t, "from"), Stages: []bench.RampStage{
			stage(10*time.Millisecond, s.Rate), stage(0, 1e5), stage(10*time.Millisecond, 0),
		}}
		s.Settle, s.Measure = 0, s.Ramp.Length()
	}
	return s
}

// Whatever the load, the machines and their threads, all together send the schedule of a
// single machine, and their checksums say so.
func TestPartsUniteToTheWhole(t *testing.T) {
	w := mixed(t)
	rapid.Check(t, func(t *rapid.T) {
		s, parts := scheduled(t), machines(t)
		index, at := arrivals(newScript(w, bounded(t, s), 0, 1, 1000))
		want := map[uint64]int64{}
		for i := range index {
			want[index[i]] = at[i]
		}
		var sum Checksum
		got := map[uint64]int64{}
		for _, p := range parts {
			own := s
			own.Part = p
			sum = sum.Plus(own.Checksum(w))
			threads := rapid.IntRange(1, 3).Draw(t, "threads")
			for k := range threads {
				index, at := arrivals(newScript(w, bounded(t, own), k, threads, 1000))
				for i := range index {
					if _, twice := got[index[i]]; twice {
						t.Fatalf("arrival %d has two owners", index[i])
					}
					got[index[i]] = at[i]
				}
			}
		}
		if !maps.Equal(got, want) {
			t.Fatalf("%d arrivals of %d machines, not the %d of one", len(got), len(parts), len(want))
		}
		if whole := s.Checksum(w); sum != whole {
			t.Fatalf("the checksums add up to %+v, that of the whole is %+v", sum, whole)
		}
	})
}

// The machines of a closed load send different requests.
func TestPartsOfAClosedLoad(t *testing.T) {
	w := mixed(t)
	rapid.Check(t, func(t *rapid.T) {
		parts := machines(t)
		count := int64(rapid.IntRange(0, 500).Draw(t, "count"))
		var got []uint64
		for _, p := range parts {
			for k := range 2 {
				for s := newScript(w, Slice{Part: p, Count: max(1, count)}, k, 2, 0); ; {
					index, at := s.next()
					if at == never {
						break
					}
					got = append(got, index)
				}
			}
		}
		slices.Sort(got)
		if n := len(slices.Compact(got)); n != len(got) || int64(n) != max(1, count) || got[n-1] != uint64(n-1) {
			t.Fatalf("%d requests, %d of them different, want %d", len(got), n, count)
		}
	})
}

// A part that is dealt by a hash is a Poisson process, and one that is dealt in turn is not.
func TestAPartIsPoisson(t *testing.T) {
	const rate, of, limit = 80_000.0, 8, 3.857 // as for the whole
	for seed := range uint64(5) {
		s := Slice{Arrivals: bench.Poisson, Rate: rate, Seed: seed, Measure: 4 * time.Second, Part: Part{int(seed), of}}
		a2 := func(hashed bool) float64 {
			own := newScript(nil, s, 0, 1, 0)
			own.deal.hashed = hashed
			_, at := arrivals(own)
			gaps := make([]float64, len(at)-1)
			for i := range gaps {
				gaps[i] = float64(at[i+1]-at[i]) / 1e9 * rate / of
			}
			return andersonDarling(gaps)
		}
		if got := a2(true); got > limit {
			t.Errorf("seed %d: A² = %.2f, above %v", seed, got, limit)
		}
		if got := a2(false); got < 100*limit {
			t.Errorf("seed %d: the test does not see arrivals in turn (A² = %.2f)", seed, got)
		}
	}
}

// Every mistake shows in the sum: a request that is lost, doubled, late by a
// nanosecond, or with another credential, and two that change places.
func TestAChecksumSeesMistakes(t *testing.T) {
	type request struct {
		index             uint64
		due               int64
		class, credential int
	}
	sum := func(all []request) (c Checksum) {
		for _, r := range all {
			c = c.Plus(Checksum{1, markOf(r.index, r.due, r.class, r.credential)})
		}
		return c
	}
	rapid.Check(t, func(t *rapid.T) {
		all := make([]request, rapid.IntRange(2, 50).Draw(t, "n"))
		for i := range all {
			all[i] = request{uint64(i), int64(i)*1000 + rapid.Int64Range(0, 999).Draw(t, "due"), rapid.IntRange(0, 5).Draw(t, "class"), rapid.IntRange(0, 9999).Draw(t, "credential")}
		}
		i := rapid.IntRange(0, len(all)-2).Draw(t, "i")
		want := sum(all)
		for name, spoil := range map[string]func([]request) []request{
			"lost":               func(a []request) []request { return slices.Delete(a, i, i+1) },
			"doubled":            func(a []request) []request { return append(a, a[i]) },
			"one for another":    func(a []request) []request { a[i] = a[i+1]; return a },
			"shifted":            func(a []request) []request { a[i].due++; return a },
			"another class":      func(a []request) []request { a[i].class++; return a },
			"another credential": func(a []request) []request { a[i].credential++; return a },
			"times swapped":      func(a []request) []request { a[i].due, a[i+1].due = a[i+1].due, a[i].due; return a },
			"all shifted": func(a []request) []request {
				for k := range a {
					a[k].due += 1000
				}
				return a
			},
		} {
			if got := sum(spoil(slices.Clone(all))); got == want {
				t.Fatalf("%s: %+v all the same", name, got)
			}
		}
		slices.Reverse(all)
		if got := sum(all); got != want {
			t.Fatal("the order counts")
		}
	})
}

// What several engines send, together or not at all, is the whole, also where connections
// are too few for it.
func TestEnginesSendTheirParts(t *testing.T) {
	for name, reply := range map[string]reply{
		"in time": always(ok),
		"too slow": func(c *net.TCPConn, n int, b []byte) bool {
			time.Sleep(20 * time.Millisecond)
			return always(ok)(c, n, b)
		},
		"it closes": func(c *net.TCPConn, n int, b []byte) bool { return always(ok)(c, n, b) && n%7 != 6 },
	} {
		t.Run(name, func(t *testing.T) {
			eachEngine(t, func(t *testing.T, e Engine) {
				s := Slice{Arrivals: bench.Poisson, Rate: 2000, Seed: 9, Settle: 10 * time.Millisecond, Measure: 90 * time.Millisecond}
				to := Endpoint{Connections: 3, Workload: mixed(t), Timeout: 50 * time.Millisecond}
				server := serve(t, reply)
				sum := NewOutcome(false)
				for k := range 3 {
					own := s
					own.Part = Part{k, 3}
					sum.Add(run(t, dial(t, e, server, to), own))
				}
				if got, want := sum.Checksum(), s.Checksum(to.Workload); got != want {
					t.Errorf("%+v was due (%d of it sent), want %+v", got, sum.Sent, want)
				}
				if name == "too slow" && sum.UnsentSum == 0 {
					t.Errorf("%d of %d were sent", sum.Sent, sum.Scheduled)
				}
			})
		})
	}
}

// A slice starts when it is to, with its connections up, and not at all if it is too late.
func TestStart(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		for _, s := range []Slice{
			{Arrivals: bench.Constant, Rate: 500, Measure: 20 * time.Millisecond},
			{Count: 10, Measure: time.Hour},
		} {
			var first atomic.Int64
			server := serve(t, func(c *net.TCPConn, n int, b []byte) bool {
				first.CompareAndSwap(0, time.Now().UnixNano())
				return always(ok)(c, n, b)
			})
			c := dial(t, e, server, Endpoint{})
			s.Start = time.Now().Add(150 * time.Millisecond)
			out := run(t, c, s)
			if after := first.Load() - s.Start.UnixNano(); out.Completed != 10 || after < 0 {
				t.Errorf("%d requests, the first %v after the start", out.Completed, time.Duration(after))
			}
			s.Start = time.Now()
			if out, err := c.Run(t.Context(), s); !errors.Is(err, ErrLate) || out != nil {
				t.Errorf("a start that is over: %v, %v", out, err)
			}
		}
	})
}

func TestPartCheck(t *testing.T) {
	for part, good := range map[Part]bool{
		{}: true, {0, 1}: true, {2, 3}: true, {0, mostParts}: true,
		{0, -1}: false, {1, 0}: false, {-1, 3}: false, {3, 3}: false, {0, mostParts + 1}: false, {1<<63 - 1, 3}: false,
	} {
		if err := part.Check(); (err == nil) != good {
			t.Errorf("%+v: %v", part, err)
		}
	}
}

// The digest is the same on all machines that may work together. A new one makes fleets of
// two versions refuse each other, which they must if a schedule has changed.
func TestScheduleDigest(t *testing.T) {
	const want = "97f14d0688bf5d65"
	if got := ScheduleDigest(); got != want && runtime.GOARCH == "amd64" {
		t.Errorf("the digest is %s, want %s", got, want)
	}
}

// BenchmarkDeal walks through a schedule as each thread does: for a thread that has all of
// it, for one of two, and for a machine with one of eight parts.
func BenchmarkDeal(b *testing.B) {
	for _, c := range []struct {
		threads int
		part    Part
	}{{1, Part{}}, {2, Part{}}, {1, Part{0, 8}}} {
		b.Run(fmt.Sprintf("threads=%d,parts=%d", c.threads, max(1, c.part.Of)), func(b *testing.B) {
			s := newScript(nil, Slice{Arrivals: bench.Poisson, Rate: 10_000, Seed: 1, Measure: 1000 * time.Hour, Part: c.part}, 0, c.threads, 0)
			for b.Loop() {
				s.next()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(s.schedule.index), "ns/arrival")
		})
	}
}
