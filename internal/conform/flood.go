package conform

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// firstShare is the part of a flood after which its growth is judged for the first
// time. What grows with each credential shows by then: when twenty times the growth so
// far stays within half of the limit, the rest would tell nothing.
const firstShare = 20

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
	for _, until := range []int{max(1, s.Flood/firstShare), s.Flood} {
		var poured int
		if t, poured = pour(sent, until); t.fault != "" || ctx.Err() != nil {
			return t, ctx.Err()
		}
		sent += poured
		grown := m.usage(true).HeapBytes - before
		if grown > most {
			return failed(OverLimit, "%d bytes more in use after %d credentials; %d is the limit", grown, sent, most), nil
		}
		if sent < until || grown*firstShare < most/2 {
			break
		}
	}
	t.got = fmt.Sprintf("%s, %d times", t.got, sent)
	return t, nil
}

// A server that computes a password hash for each request has not answered slowCrowd of
// them by slowAfter. It is sent leastCrowd, some for each client, and no more: thousands
// would take minutes, and what it does wrong it does in the first. Others are sent all,
// unless even quickCrowd take longer than crowdPatience, on a machine that is very busy.
const (
	slowAfter     = 500 * time.Millisecond
	slowCrowd     = 125
	leastCrowd    = 16
	quickCrowd    = 1000
	crowdPatience = 10 * time.Second
)

// enough reports whether a server is to be sent no more when it was sent so many in the
// time since the first.
func enough(sent int, since time.Duration) bool {
	switch {
	case sent >= quickCrowd:
		return false
	case since >= crowdPatience:
		return true
	}
	return since >= slowAfter && sent >= leastCrowd && sent < slowCrowd
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

// drop is one credential of a flood. Every second one of our own API keys has a
// checksum that is right, so that it is looked up.
func (f *Fixture) drop(credential string, number int) string {
	if f.mendable && number%2 == 1 {
		digits := fmt.Sprintf("%08x", number)
		return mended(credential[:len(credential)-crcDigits-len(digits)] + digits + credential[len(credential)-crcDigits:])
	}
	return numbered(credential, number)
}
