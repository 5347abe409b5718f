package arms

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"authbench/bench"
	"authbench/internal/method"
)

// proved are credentials that are made anew for each request, when it is rendered. A
// generator whose thread takes long for that sends late, which shows in its lag. A request
// that is sent again over another connection has the proof that it had. Rejected:
// a stock of them, made before any clock starts: nobody knows how many requests there will
// be, and proofs age.
type proved struct {
	method.Prover
	amounts
	serials *atomic.Uint64 // the last one that was used; for all requests of the run
	request bench.Message
}

var _ credentials = proved{}

// newProved returns the credentials of p, and the names of the fields that a request has
// for one beside the first.
func newProved(ctx context.Context, p method.Prover, population bench.Population) (_ credentials, beside []string, _ error) {
	out := proved{Prover: p, amounts: newAmounts(population), serials: new(atomic.Uint64)}
	// What stays the same in all requests is made before any clock starts, as long as that
	// does not take too long.
	deadline := time.Now().Add(longestMint)
	for _, class := range append([]bench.Class{bench.Valid}, population.BadClasses...) {
		if _, err := mintClass(ctx, p, class, out.count(class), deadline); err != nil {
			return nil, nil, fmt.Errorf("mint %s credentials: %w", class, err)
		}
	}
	out.request, _ = bench.NewMessage(bench.Draft{}) // until there is one
	for _, f := range out.fields(bench.Valid, 0) {
		if !bench.IsToken(f.Name) || !bench.IsFieldValue(f.Value) {
			return nil, nil, fmt.Errorf("field %q of a credential cannot travel in the head of a request", f.Name)
		}
		beside = append(beside, f.Name)
	}
	if len(beside) == 0 || beside[0] != p.Field() {
		return nil, nil, fmt.Errorf("the fields of a credential are %q: the first one must be %s", beside, p.Field())
	}
	return out, beside[1:], nil
}

// to implements credentials.
func (p proved) to(request bench.Message) credentials {
	p.request = request
	return p
}

func (p proved) fields(class bench.Class, index int) []bench.Field {
	return p.Prove(method.Use{
		Class: class, Index: index, Serial: p.serials.Add(1),
		Method: p.request.Method(), Target: p.request.Target(), Host: p.request.Host(),
	})
}

// Append implements load.Credentials: the name of the first field is in the request.
func (p proved) Append(dst []byte, class bench.Class, index int) []byte {
	for i, f := range p.fields(class, index) {
		if i > 0 {
			dst = append(append(append(dst, "\r\n"...), f.Name...), ": "...)
		}
		dst = append(dst, f.Value...)
	}
	return dst
}

// meanBytes looks at one.
func (p proved) meanBytes() float64 { return float64(len(p.Append(nil, bench.Valid, 0))) }
