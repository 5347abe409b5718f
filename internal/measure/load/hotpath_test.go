package load

import (
	"strings"
	"testing"
	"time"

	"authbench/bench"
)

// bookkeeping returns a function that does for one request of an open load what the
// generator does around its system calls: the next arrival, its bytes, and the
// records of its sending and of its answer. Somebody watches unless live is nil.
func bookkeeping(tb testing.TB, live *Live) func() {
	var expect [len(bench.Classes)][]int
	expect[bench.Valid.Index()], expect[bench.Forged.Index()] = []int{200}, []int{401}
	w, err := NewWorkload(WorkloadSpec{
		Prefix: []byte("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: "), Suffix: []byte("\r\n\r\n"),
		Credentials: fixed(strings.Repeat("x", 500)), Zipf: 0.99,
		Mix: []Share{{bench.Forged, 1, 100}, {bench.Valid, 99, 10_000}}, Expect: expect,
	})
	if err != nil {
		tb.Fatal(err)
	}
	const always = 1000 * time.Hour
	slice := Slice{Arrivals: bench.Poisson, Rate: 10_000, Seed: 7, Measure: always}
	t := newTally(func() time.Duration { return 0 })
	to := Endpoint{Workload: w, Timeout: time.Second}
	live.open([]*tally{t}, to, slice)
	t.reset(to, slice, 0)
	s := newScript(w, slice, 0, 1, 0)
	var buffer []byte
	return func() {
		index, at := s.next()
		var r request
		buffer, r.class, r.mark = s.appendRequest(buffer[:0], index, at)
		t.reach(at)
		r.intended, r.free, r.sent, r.counted, r.bytesOut = at, at-1000, at+200, t.scheduled(at), int64(len(buffer))
		t.sent(&r)
		status := 200
		if bench.Classes[r.class] == bench.Forged {
			status = 401
		}
		last := r.sent + 40_000
		t.reach(last)
		t.answered(&r, last, status)
		if t.out.WrongVerdicts != 0 || t.out.Completed == 0 {
			tb.Fatalf("%d wrong verdicts in %d answers", t.out.WrongVerdicts, t.out.Completed)
		}
	}
}

// watching is a watcher who does as little as one can.
func watching() *Live { return &Live{Every: time.Second / 8, Take: func(Interval) {}} }

// Whatever the generator does beside its system calls shows in the latencies, a
// garbage collection above all. (The parser's test is with the parser.) Nor does
// handing over make garbage, which some thread would have to collect.
func TestBookkeepingDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(10_000, bookkeeping(t, nil)); n != 0 {
		t.Errorf("%v allocations per request", n)
	}
	live := watching()
	taken := 0
	live.Take = func(i Interval) { taken += int(i.Completed) }
	one := bookkeeping(t, live)
	long := func() { // more than an interval
		for range 2_000 {
			one()
		}
		live.Poll()
	}
	for range 50 { // until every histogram has had all that occurs
		long()
	}
	if n := testing.AllocsPerRun(5, long); n != 0 || taken < 100_000 {
		t.Errorf("%v allocations in an interval and its handing over, %d requests were taken", n, taken)
	}
}

// BenchmarkBookkeeping times what a request costs beside its system calls: alone, and
// with somebody who watches. The latter has an interval, and its taking, spread over
// 1,250 requests: no more than 10,000 a second.
func BenchmarkBookkeeping(b *testing.B) {
	for _, name := range []string{"alone", "watched"} {
		b.Run(name, func(b *testing.B) {
			var live *Live
			if name == "watched" {
				live = watching()
			}
			one := bookkeeping(b, live)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if one(); live != nil && n%1_000 == 0 {
					live.Poll()
				}
			}
		})
	}
}

// BenchmarkInterval times what one interval of one thread costs whoever watches.
func BenchmarkInterval(b *testing.B) {
	live := watching()
	one := bookkeeping(b, live)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for live.relays[0].full.Load() == nil {
			one()
		}
		b.StartTimer()
		live.Poll()
	}
}
