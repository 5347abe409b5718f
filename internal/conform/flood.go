package conform

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// looks are the parts of a flood after which its growth is judged: a hundredth, a
// twentieth, all of it. What grows with each credential shows early: when the growth so
// far, taken on to the whole flood, stays within half of the limit, the rest would tell
// nothing. The first look is enough for most verifiers; what else a process holds can
// hide the growth there, and then the next look decides.
var looks = []int{100, 20, 1}

// heapNoise is what a process may hold more of, for reasons of its own, after a few
// credentials.
const heapNoise = 128 << 10

// flood sends many distinct bad credentials and holds the memory that stays in use
// to the case's limit.
func (a *attempt) flood(ctx context.Context, s *step) (trial, error) {
	if a.subject.Surface() != Process {
		return trial{}, inapplicable("memory is measured in process")
	}
	credential, err := a.roleCredential(credentialValid)
	if err != nil {
		return trial{}, err
	}
	if credential, err = apply(&a.minting, textOps(), s.Mutate, credential); err != nil {
		return trial{}, err
	}
	most, limited := a.limit(limitHeap)
	m, metered := a.subject.(meter)
	pour := func(from, to int) (trial, int) {
		return repeat(ctx, runtime.GOMAXPROCS(0), from, to, func(i int) trial { return a.ask(ctx, a.drop(credential, i), expectReject) })
	}
	if !limited || !metered {
		t, _ := pour(0, s.Flood)
		return t, ctx.Err()
	}
	before := m.usage(true).HeapBytes
	var t trial
	sent := 0
	for _, part := range looks {
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
			return failed(OverLimit, "%d bytes more in use after %d credentials; %d is the limit", grown, sent, most), nil
		case cut && whole > most && grown > heapNoise:
			return failed(OverLimit, "%d bytes more in use after %d credentials, as many as the time allowed: %d would take %d; %d is the limit", grown, sent, s.Flood, whole, most), nil
		case !cut && whole >= most/2:
			continue
		}
		break
	}
	t.got = fmt.Sprintf("%s, %d times", t.got, sent)
	return t, nil
}

// How many requests a crowd sends depends on how many were answered by slowAfter: what a
// server does wrong with many clients it does in the first of them, and all of them would
// take minutes where each costs a password hash.
//
// A server with fewer than slowCrowd answers by then is sent leastCrowd, some for each
// client; one with fewer than steadyCrowd is sent shortCrowd; all others are sent
// everything, unless even quickCrowd take longer than crowdPatience, on a machine that is
// very busy.
const (
	slowAfter     = 250 * time.Millisecond
	leastCrowd    = 16
	slowCrowd     = 60
	shortCrowd    = 250
	steadyCrowd   = 500
	quickCrowd    = 1000
	crowdPatience = 10 * time.Second
)

// enough reports whether a server is to be sent no more when it was sent so many in the
// time since the first.
func enough(sent int, since time.Duration) bool {
	switch {
	case sent >= quickCrowd, since < slowAfter:
		return false
	case since >= crowdPatience:
		return true
	}
	return sent >= leastCrowd && sent < slowCrowd || sent >= shortCrowd && sent < steadyCrowd
}

// repeat does something with each number of a range, from several goroutines, until
// it fails or was [enough]. It returns the first failure, or any success, and
// how many were done.
func repeat(ctx context.Context, clients, from, to int, do func(i int) trial) (trial, int) {
	var taken atomic.Int64
	began := time.Now()
	trials := make([]trial, clients)
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

// drop is one credential of a flood. Every second one that has a checksum has a right one,
// so that it is looked up.
func (f *Fixture) drop(credential string, number int) string {
	if f.mend != nil && number%2 == 1 {
		digits, middle := fmt.Sprintf("%08x", number), len(credential)/2
		return f.mend(credential[:middle] + digits + credential[middle+len(digits):])
	}
	return numbered(credential, number)
}
