package arms

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/method"
)

const (
	// longestMint bounds the signing for one population; RSA signs about a
	// thousand times a second.
	longestMint = 20 * time.Second
	// mintBlock is how many credentials a worker mints between two looks at the
	// clock: 16 hashes by bcrypt are still below a second.
	mintBlock = 16
	// validPerBad is how many distinct valid credentials go with one distinct
	// bad one of each class: bad ones are a hundredth of the traffic.
	validPerBad = 20
	// leastBad keeps a small population's bad credentials from being one value.
	leastBad = 16
)

// credentials are what an arm's clients hold.
type credentials interface {
	load.Credentials
	// to returns them for a request: what holds for one alone is made from it.
	to(request bench.Message) credentials
	// count is how many there are of a class.
	count(class bench.Class) int
	// meanBytes is the mean size of a valid one as it is sent.
	meanBytes() float64
}

// pooled are credentials that were minted, ready to be sent.
type pooled struct {
	byClass [len(bench.Classes)]pool
}

var _ credentials = (*pooled)(nil)

// pool holds one class's values end to end.
type pool struct {
	text []byte
	ends []int // where each value ends in text
}

// Append implements load.Credentials.
func (c *pooled) Append(dst []byte, class bench.Class, index int) []byte {
	return append(dst, c.byClass[class.Index()].value(index)...)
}

func (c *pooled) to(bench.Message) credentials { return c }

func (c *pooled) count(class bench.Class) int { return c.byClass[class.Index()].len() }
func (c *pooled) meanBytes() float64          { return c.byClass[0].meanBytes() }

func (p *pool) value(index int) []byte {
	start := 0
	if index > 0 {
		start = p.ends[index-1]
	}
	return p.text[start:p.ends[index]]
}

func (p *pool) add(value []byte) {
	p.text = append(p.text, value...)
	p.ends = append(p.ends, len(p.text))
}

// cappedCredentials has no more credentials of a class than other has.
type cappedCredentials struct {
	credentials
	other credentials
}

func (u cappedCredentials) count(class bench.Class) int {
	return min(u.credentials.count(class), u.other.count(class))
}

func (p *pool) len() int { return len(p.ends) }

// meanBytes is the mean length of a value, 0 if there are none.
func (p *pool) meanBytes() float64 {
	if len(p.ends) == 0 {
		return 0
	}
	return float64(len(p.text)) / float64(len(p.ends))
}

// mint makes a population's credentials: as many valid ones as asked for, or as
// many as can be signed in longestMint, and a twentieth of that of each bad class. It
// returns the names of the further fields as well that requests have for one.
func mint(ctx context.Context, issuer method.Issuer, p bench.Population) (_ credentials, beside []string, _ error) {
	if prover, ok := issuer.(method.Prover); ok {
		return newProved(ctx, prover, p)
	}
	if d, ok := issuer.(method.Deriver); ok && p.Credentials > maxPooled {
		return newDerived(d, p), nil, nil
	}
	deadline := time.Now().Add(longestMint)
	out := &pooled{}
	for _, class := range append([]bench.Class{bench.Valid}, p.BadClasses...) {
		count := p.Credentials
		if class != bench.Valid {
			count = badCount(p.Credentials, out.byClass[0].len())
		}
		minted, err := mintClass(ctx, issuer, class, count, deadline)
		if err != nil {
			return nil, nil, fmt.Errorf("mint %s credentials: %w", class, err)
		}
		out.byClass[class.Index()] = minted
	}
	return out, nil, nil
}

// badCount is how many credentials of a bad class go with so many valid ones, of
// those that were asked for.
func badCount(asked, valid int) int { return min(asked, max(leastBad, valid/validPerBad)) }

// mintClass mints count credentials on all CPUs, fewer (but at least one block)
// once the deadline has passed.
func mintClass(ctx context.Context, issuer method.Issuer, class bench.Class, count int, deadline time.Time) (pool, error) {
	blocks := make([]pool, (count+mintBlock-1)/mintBlock)
	var taken atomic.Int64
	var workers sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	for w := range errs {
		workers.Go(func() {
			for {
				b := int(taken.Add(1)) - 1
				if b >= len(blocks) || (b > 0 && time.Now().After(deadline)) || ctx.Err() != nil {
					return
				}
				if errs[w] = blocks[b].mint(issuer, class, b*mintBlock, min(count, (b+1)*mintBlock)); errs[w] != nil {
					return
				}
			}
		})
	}
	workers.Wait()
	for _, err := range append(errs, ctx.Err()) {
		if err != nil {
			return pool{}, err
		}
	}
	return join(blocks), nil
}

func (p *pool) mint(issuer method.Issuer, class bench.Class, from, to int) error {
	var value []byte
	for i := from; i < to; i++ {
		var err error
		if value, err = issuer.Append(value[:0], class, i); err != nil {
			return err
		}
		p.add(value)
	}
	return nil
}

// join puts blocks together up to the first one that was left out: blocks are
// taken in order, so nothing minted is lost.
func join(blocks []pool) pool {
	var out pool
	for _, b := range blocks {
		if b.len() == 0 {
			break
		}
		start := len(out.text)
		out.text = append(out.text, b.text...)
		for _, end := range b.ends {
			out.ends = append(out.ends, start+end)
		}
	}
	return out
}
