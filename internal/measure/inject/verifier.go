package inject

import (
	"sync"
	"sync/atomic"
	"time"

	"authbench/bench"
)

// Verifier is what a target asks.
type Verifier interface {
	Verify(bench.Request) bench.Decision
	Scheme() string
}

// costly is a verifier with a fault.
type costly struct {
	Verifier
	fault Fault
	// ownCPU reads the process's CPU clock, ns. spin burns CPU time, sleep waits.
	ownCPU func() int64
	spin   func(time.Duration)
	sleep  func(time.Duration)
	now    func() time.Time

	requests atomic.Int64
	// cost is what a request cost the process lately without the fault, ns; owed what
	// the next burst is to pay.
	cost, owed atomic.Int64
	// injected is what the fault itself took since the last estimate, ns.
	injected atomic.Int64
	measured sync.Mutex // guards lastCPU
	lastCPU  int64
	paid     atomic.Int64 // when the last burst was paid, ns since 1970
	one      sync.Mutex   // held by the request that a lock lets in
	sink     atomic.Pointer[[]byte]
}

var _ Verifier = (*costly)(nil)

// estimateEvery is how many requests lie between two estimates of what one costs: a
// few milliseconds, within which the clock of the process has moved by far more than
// its resolution.
const estimateEvery = 256

// Wrap gives a verifier a fault. ownCPU reads the process's CPU time in ns; it is
// asked for shares of it only.
func Wrap(v Verifier, f Fault, ownCPU func() int64) Verifier {
	c := &costly{Verifier: v, fault: f, ownCPU: ownCPU, spin: spin, sleep: time.Sleep, now: time.Now}
	c.lastCPU = ownCPU()
	c.paid.Store(c.now().UnixNano())
	return c
}

// Verify decides as the verifier without the fault does.
func (c *costly) Verify(r bench.Request) bench.Decision {
	if c.fault.Lock {
		c.one.Lock()
		defer c.one.Unlock()
	}
	n := c.requests.Add(1)
	if c.fault.CPUShare > 0 && n%estimateEvery == 0 {
		c.estimate()
	}
	c.pay(c.fault.CPU + time.Duration(c.fault.CPUShare*float64(c.cost.Load())))
	if c.fault.AllocBytes > 0 {
		block := make([]byte, c.fault.AllocBytes)
		c.sink.Store(&block) // so that the compiler cannot leave it out
	}
	// Evenly spread: every fiftieth for 2 %.
	if share := c.fault.TailShare; int64(share*float64(n)) > int64(share*float64(n-1)) {
		c.sleep(c.fault.Tail)
	}
	c.stall()
	return c.Verifier.Verify(r)
}

// stall waits for the end of the present stall, if there is one. All requests see the
// same ones: they begin with the periods of the clock.
func (c *costly) stall() {
	if c.fault.StallEvery == 0 {
		return
	}
	since := time.Duration(c.now().UnixNano() % c.fault.StallEvery.Nanoseconds())
	if since < c.fault.Stall {
		c.sleep(c.fault.Stall - since)
	}
}

// estimate divides what the process used since the last time by its requests.
func (c *costly) estimate() {
	c.measured.Lock()
	defer c.measured.Unlock()
	now := c.ownCPU()
	c.cost.Store(max(0, now-c.lastCPU-c.injected.Swap(0)) / estimateEvery)
	c.lastCPU = now
}

// pay burns what a request owes, at once or with the next burst.
func (c *costly) pay(d time.Duration) {
	if c.fault.Burst > 0 {
		c.owed.Add(d.Nanoseconds())
		last, now := c.paid.Load(), c.now().UnixNano()
		if now-last < c.fault.Burst.Nanoseconds() || !c.paid.CompareAndSwap(last, now) {
			return
		}
		d = time.Duration(c.owed.Swap(0))
	}
	if d > 0 {
		c.spin(d)
		c.injected.Add(d.Nanoseconds())
	}
}

// spin keeps a CPU busy for so long.
func spin(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; {
	}
}
