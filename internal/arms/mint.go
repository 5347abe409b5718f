package arms

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"authbench/bench"
	"authbench/internal/auth"
)

const (
	// longestMint bounds the signing for one population; RSA signs about a
	// thousand times a second.
	longestMint = 20 * time.Second
	// mintBlock is how many credentials a worker mints between two looks at the
	// clock: 64 RSA-4096 signatures are still below half a second.
	mintBlock = 64
	// validPerBad is how many distinct valid credentials go with one distinct
	// bad one of each class: bad ones are a hundredth of the traffic.
	validPerBad = 20
	// leastBad keeps a small population's bad credentials from being one value.
	leastBad = 16
)

// credentials are minted ones, ready to be sent. They implement load.Credentials.
type credentials struct {
	byClass [len(bench.Classes)]pool
}

// pool holds one class's values end to end.
type pool struct {
	text []byte
	ends []int // where each value ends in text
}

// Append implements load.Credentials.
func (c *credentials) Append(dst []byte, class bench.Class, index int) []byte {
	return append(dst, c.byClass[class.Index()].value(index)...)
}

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

// upTo returns c with no more values of a class than other has.
func (c *credentials) upTo(other *credentials) *credentials {
	out := *c
	for i := range out.byClass {
		p := &out.byClass[i]
		p.ends = p.ends[:min(p.len(), other.byClass[i].len())]
	}
	return &out
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
// many as can be signed in longestMint, and a twentieth of that of each bad class.
func mint(ctx context.Context, issuer auth.Issuer, p bench.Population) (*credentials, error) {
	deadline := time.Now().Add(longestMint)
	out := &credentials{}
	for _, class := range append([]bench.Class{bench.Valid}, p.BadClasses...) {
		count := p.Credentials
		if class != bench.Valid {
			count = min(count, max(leastBad, out.byClass[0].len()/validPerBad))
		}
		minted, err := mintClass(ctx, issuer, class, count, deadline)
		if err != nil {
			return nil, fmt.Errorf("mint %s credentials: %w", class, err)
		}
		out.byClass[class.Index()] = minted
	}
	return out, nil
}

// mintClass mints count credentials on all CPUs, fewer (but at least one block)
// once the deadline has passed.
func mintClass(ctx context.Context, issuer auth.Issuer, class bench.Class, count int, deadline time.Time) (pool, error) {
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

func (p *pool) mint(issuer auth.Issuer, class bench.Class, from, to int) error {
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
