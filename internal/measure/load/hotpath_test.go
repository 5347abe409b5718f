package load

import (
	"strings"
	"testing"
	"time"

	"authbench/bench"
)

// bookkeeping returns a function that does for one request of an open load what the
// generator does around its system calls: the next arrival, its bytes, and the
// records of its sending and of its answer.
func bookkeeping(tb testing.TB) func() {
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
	t.reset(Endpoint{Workload: w, Timeout: time.Second}, slice, 0)
	s := newScript(w, slice, 0, 1, 0)
	var buffer []byte
	return func() {
		index, at := s.next()
		var r request
		buffer, r.class = s.appendRequest(buffer[:0], index)
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

// Whatever the generator does beside its system calls shows in the latencies, a
// garbage collection above all. (The parser's test is with the parser.)
func TestBookkeepingDoesNotAllocate(t *testing.T) {
	one := bookkeeping(t)
	one()
	if n := testing.AllocsPerRun(10_000, one); n != 0 {
		t.Errorf("%v allocations per request", n)
	}
}

func BenchmarkBookkeeping(b *testing.B) {
	one := bookkeeping(b)
	b.ReportAllocs()
	for b.Loop() {
		one()
	}
}
