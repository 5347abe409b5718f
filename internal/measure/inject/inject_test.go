package inject

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"authbench/bench"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Fault{
		"cpu=300ns":      {CPU: 300},
		"cpu=1.5us":      {CPU: 1500},
		"cpu=5%":         {CPUShare: 0.05},
		"cpu=0.5%":       {CPUShare: 0.005},
		"cpu=5%/1s":      {CPUShare: 0.05, Burst: time.Second},
		"alloc=2KiB":     {AllocBytes: 2048},
		"alloc=17B":      {AllocBytes: 17},
		"tail=2%:10ms":   {TailShare: 0.02, Tail: 10 * time.Millisecond},
		"stall=100ms/2s": {Stall: 100 * time.Millisecond, StallEvery: 2 * time.Second},
		"lock":           {Lock: true},
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, bad := range []string{
		"", "cpu", "cpu=", "cpu=5", "cpu=-5%", "cpu=0%", "cpu=0ns", "cpu=5%/", "cpu=5%/0s", "cpu=5ns/1s", "alloc=2", "alloc=0B", "alloc=65MiB",
		"alloc=99999999999999999999B", "tail=2%", "tail=101%:1ms", "tail=2%:0s", "stall=100ms", "stall=2s/2s", "stall=0s/2s", "stall=1s/", "lock=", "lock=1", "sleep=1s", "cpu=1.2.3%",
	} {
		if f, err := Parse(bad); err == nil || !strings.Contains(err.Error(), "cpu=5%/1s") {
			t.Errorf("%q: %+v, %v; want an error that shows the forms", bad, f, err)
		}
	}
}

// plain lets everybody in, and counts who is inside.
type plain struct{ enter func() }

func (p plain) Verify(bench.Request) bench.Decision {
	p.enter()
	return bench.Decision{Outcome: bench.Allow, Subject: "s"}
}
func (plain) Scheme() string { return "Bearer" }

// stage is a fault whose clocks are the test's.
type stage struct {
	*costly
	spun, slept []time.Duration
	cpu         int64
	clock       time.Time
}

func newStage(t *testing.T, text string) *stage {
	t.Helper()
	f, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{clock: time.Unix(1, 0)}
	s.costly = Wrap(plain{func() {}}, f, func() int64 { return s.cpu }).(*costly)
	s.spin = func(d time.Duration) { s.spun = append(s.spun, d); s.cpu += d.Nanoseconds() }
	s.sleep = func(d time.Duration) { s.slept = append(s.slept, d) }
	s.now = func() time.Time { return s.clock }
	s.paid.Store(s.clock.UnixNano())
	return s
}

// serve asks n times; each costs the process so much, and takes so long.
func (s *stage) serve(t *testing.T, n int, cost, gap time.Duration) {
	t.Helper()
	for range n {
		s.cpu += cost.Nanoseconds()
		s.clock = s.clock.Add(gap)
		if d := s.Verify(nil); d.Outcome != bench.Allow || d.Subject != "s" {
			t.Fatalf("it decides %+v", d)
		}
	}
}

func total(list []time.Duration) (sum time.Duration) {
	for _, d := range list {
		sum += d
	}
	return sum
}

func TestCPU(t *testing.T) {
	s := newStage(t, "cpu=300ns")
	s.serve(t, 10, time.Microsecond, 0)
	if len(s.spun) != 10 || total(s.spun) != 3*time.Microsecond || s.Scheme() != "Bearer" {
		t.Errorf("spun %v", s.spun)
	}
}

// A share is of what requests cost without it, and follows them.
func TestCPUShare(t *testing.T) {
	s := newStage(t, "cpu=5%")
	s.serve(t, estimateEvery, 10*time.Microsecond, 0)
	s.spun = nil
	s.serve(t, 100*estimateEvery, 10*time.Microsecond, 0)
	if share := float64(total(s.spun)) / float64(100*estimateEvery*10*time.Microsecond); share < 0.0499 || share > 0.0501 {
		t.Errorf("spun %.4f of the cost, want 0.05", share)
	}
	s.serve(t, 2*estimateEvery, 40*time.Microsecond, 0)
	if last := s.spun[len(s.spun)-1]; last != 2*time.Microsecond {
		t.Errorf("spun %v per request of 40 µs, want 2 µs", last)
	}
}

// Bursts cost as much in all, seldom.
func TestBursts(t *testing.T) {
	s := newStage(t, "cpu=5%/1s")
	s.serve(t, estimateEvery, 10*time.Microsecond, 0)
	s.spun = nil
	s.serve(t, 100_000, 10*time.Microsecond, 100*time.Microsecond)
	if share := float64(total(s.spun)) / float64(100_000*10*time.Microsecond); len(s.spun) != 10 || share < 0.045 || share > 0.0501 {
		t.Errorf("%d bursts of %.4f of the cost, want 10 of 0.05", len(s.spun), share)
	}
}

func TestTail(t *testing.T) {
	s := newStage(t, "tail=2%:10ms")
	s.serve(t, 1000, 0, 0)
	if len(s.slept) != 20 || total(s.slept) != 200*time.Millisecond {
		t.Errorf("slept %d times, %v", len(s.slept), total(s.slept))
	}
}

// Who comes during a stall waits for its end; who comes between two of them does not.
func TestStall(t *testing.T) {
	s := newStage(t, "stall=100ms/2s")
	s.clock = time.Unix(2, 0)
	s.serve(t, 200, 0, 10*time.Millisecond) // at 10, 20, … 2000 ms: nine and the last one
	if len(s.slept) != 10 || s.slept[0] != 90*time.Millisecond || s.slept[8] != 10*time.Millisecond || s.slept[9] != 100*time.Millisecond {
		t.Errorf("slept %v", s.slept)
	}
}

func TestAlloc(t *testing.T) {
	s := newStage(t, "alloc=1MiB")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s.serve(t, 10, 0, 0)
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown < 10<<20 || grown > 11<<20 {
		t.Errorf("allocated %d bytes, want ten times a mebibyte", grown)
	}
}

// A lock lets in one at a time; without it there are two inside at once.
func TestLock(t *testing.T) {
	for text, most := range map[string]int{"lock": 1, "alloc=1B": 2} {
		f, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var guard sync.Mutex // guards inside and seen
		inside, seen := 0, 0
		met := make(chan struct{})
		v := Wrap(plain{func() {
			guard.Lock()
			if inside++; inside > seen {
				seen = inside
			}
			if inside == 2 {
				close(met)
			}
			guard.Unlock()
			if most == 2 {
				<-met // both must be here to go on
			}
			guard.Lock()
			inside--
			guard.Unlock()
		}}, f, func() int64 { return 0 })
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { v.Verify(nil) })
		}
		both.Wait()
		if seen != most {
			t.Errorf("%s: %d at once, want %d", text, seen, most)
		}
	}
}

// The real spin takes at least as long as it is to.
func TestSpin(t *testing.T) {
	began := time.Now()
	if spin(2 * time.Millisecond); time.Since(began) < 2*time.Millisecond {
		t.Errorf("it took %v", time.Since(began))
	}
}
