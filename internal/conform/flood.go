package conform

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// floodChecks are the parts of a flood after which the growth of memory is judged: a hundredth,
// a twentieth, all of it. Growth with each credential shows early: if the growth so far,
// extrapolated to the whole flood, stays below half of the limit, the flood can end. For
// most verifiers the first check is enough; where other memory hides the growth, the next
// one decides.
var floodChecks = []int{100, 20, 1}

// heapNoise is how many bytes a process's memory may grow by for other reasons while it
// answers a few credentials.
const heapNoise = 128 << 10

// flood sends many distinct bad credentials, and compares the memory that stays in use
// with the case's limit.
func (a *attempt) flood(ctx context.Context, s *step) (result, error) {
	if a.subject.Surface() != Process {
		return result{}, inapplicable("memory is measured in process")
	}
	credential, err := a.roleCredential(credentialValid)
	if err != nil {
		return result{}, err
	}
	if credential, err = apply(&a.minter, textOps(), s.Mutate, credential); err != nil {
		return result{}, err
	}
	most, limited := a.limit(limitHeap)
	m, metered := a.subject.(meter)
	pour := func(from, to int) (result, int) {
		return repeat(ctx, runtime.GOMAXPROCS(0), from, to, func(i int) result { return a.ask(ctx, a.floodCredential(credential, i), expectReject) })
	}
	if !limited || !metered {
		t, _ := pour(0, s.Flood)
		return t, ctx.Err()
	}
	before := m.usage(true).HeapBytes
	var t result
	sent := 0
	for _, part := range floodChecks {
		until := max(1, s.Flood/part)
		var poured int
		if t, poured = pour(sent, until); t.fault != "" || ctx.Err() != nil {
			return t, ctx.Err()
		}
		sent += poured
		grown := m.usage(true).HeapBytes - before
		whole := grown * int64(s.Flood) / int64(sent)
		switch cut := sent < until; {
		case grown > most:
			return failed(overLimit, "%d bytes more in use after %d credentials; %d is the limit", grown, sent, most), nil
		case cut && whole > most && grown > heapNoise:
			return failed(overLimit, "%d bytes more in use after %d credentials, as many as the time allowed: %d would take %d; %d is the limit", grown, sent, s.Flood, whole, most), nil
		case !cut && whole >= most/2:
			continue
		}
		break
	}
	t.got = fmt.Sprintf("%s, %d times", t.got, sent)
	return t, nil
}

// How many requests concurrent clients send depends on the pace of the server. Its faults
// with many clients show in the first requests, and all requests would take minutes if each
// costs a password hash.
//
// A server that answers fewer than slowBelow requests within paceAfter gets slowSends, a
// few for each client. One that answers fewer than mediumBelow gets mediumSends. All others
// get every request, unless fastSends of them take longer than fastPatience, as they may
// on a very busy machine.
const (
	paceAfter    = 250 * time.Millisecond
	slowSends    = 16
	slowBelow    = 60
	mediumSends  = 250
	mediumBelow  = 500
	fastSends    = 1000
	fastPatience = 10 * time.Second
)

// enough reports whether a server that was sent so many requests, the first one since ago,
// gets no more.
func enough(sent int, since time.Duration) bool {
	switch {
	case sent >= fastSends, since < paceAfter:
		return false
	case since >= fastPatience:
		return true
	}
	return sent >= slowSends && sent < slowBelow || sent >= mediumSends && sent < mediumBelow
}

// repeat calls do with each number of a range, from several goroutines, until a call fails
// or they are [enough]. It returns the first failure, or any success, and the number of
// calls.
func repeat(ctx context.Context, clients, from, to int, do func(i int) result) (result, int) {
	var taken atomic.Int64
	began := time.Now()
	trials := make([]result, clients)
	var wait sync.WaitGroup
	for c := range trials {
		wait.Go(func() {
			for trials[c].fault == "" && ctx.Err() == nil && !enough(int(taken.Load()), time.Since(began)) {
				i := from + int(taken.Add(1)) - 1
				if i >= to {
					return
				}
				trials[c] = do(i)
			}
		})
	}
	wait.Wait()
	done := min(int(taken.Load()), to-from)
	out := trials[0]
	for _, t := range trials {
		if t.fault != "" {
			return t, done
		}
		if out.got == "" {
			out = t
		}
	}
	return out, done
}

// floodCredential is one credential of a flood. If credentials have a checksum, every second one has
// a correct checksum, so that the verifier looks it up.
func (f *Fixture) floodCredential(credential string, number int) string {
	if f.fixChecksum != nil && number%2 == 1 {
		digits, middle := fmt.Sprintf("%08x", number), len(credential)/2
		return f.fixChecksum(credential[:middle] + digits + credential[middle+len(digits):])
	}
	return numbered(credential, number)
}
