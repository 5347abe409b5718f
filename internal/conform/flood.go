package conform

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
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
	if !limited || !metered {
		return a.pour(ctx, credential, 0, s.Flood), ctx.Err()
	}
	before := m.usage(true).HeapBytes
	sent := 0
	var t trial
	for _, until := range []int{max(1, s.Flood/firstShare), s.Flood} {
		if t = a.pour(ctx, credential, sent, until); t.fault != "" || ctx.Err() != nil {
			return t, ctx.Err()
		}
		sent = until
		grown := m.usage(true).HeapBytes - before
		if grown > most {
			return failed(OverLimit, "%d bytes more in use after %d credentials; %d is the limit", grown, sent, most), nil
		}
		if grown*firstShare < most/2 {
			break
		}
	}
	t.got = fmt.Sprintf("%s, %d times", t.got, sent)
	return t, nil
}

// pour sends the credentials of a range of numbers on all CPUs.
func (a *attempt) pour(ctx context.Context, credential string, from, to int) trial {
	var taken atomic.Int64
	trials := make([]trial, runtime.GOMAXPROCS(0))
	var clients sync.WaitGroup
	for c := range trials {
		clients.Go(func() {
			for trials[c].fault == "" && ctx.Err() == nil {
				i := from + int(taken.Add(1)) - 1
				if i >= to {
					return
				}
				trials[c] = a.ask(ctx, a.drop(credential, i), expectReject)
			}
		})
	}
	clients.Wait()
	for _, t := range trials {
		if t.fault != "" {
			return t
		}
	}
	return trials[0]
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
