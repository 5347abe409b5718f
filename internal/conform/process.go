package conform

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/measure/target"
	"authbench/internal/method"
)

// process is a verifier in this process.
type process struct {
	verifier method.Verifier
	proofs   *proofs
}

var (
	_ Subject = process{}
	_ meter   = process{}
)

func (process) Surface() Surface { return Process }
func (process) Host() string     { return "" }

// Ask calls the verifier. A panic is an answer: the worst one.
func (p process) Ask(_ context.Context, r Request) (a Answer, err error) {
	began := time.Now()
	defer func() {
		a.Took = time.Since(began)
		if recover() != nil {
			a = Answer{Status: 500, Panicked: true, Took: a.Took}
		}
	}()
	d := p.verifier.Verify(requestView{p.proofs.complete(r, p.Host())})
	return Answer{
		Status: d.Status(), Challenged: p.verifier.Scheme() != "", Reason: d.Reason, Subject: d.Subject, Tenant: d.Tenant,
		Seen: fmt.Sprintf("%d %s %s %s", d.Status(), p.verifier.Scheme(), d.Subject, d.Tenant),
	}, nil
}

func (process) usage(settled bool) bench.Counters {
	if settled {
		// The second collection frees objects whose finalizers the first one ran.
		runtime.GC()
		runtime.GC()
	}
	return target.Usage()
}

// requestView is a request as a verifier sees it.
type requestView struct{ Request }

var _ bench.Request = requestView{}

func (s requestView) Method() []byte { return []byte(s.Request.Method) }
func (s requestView) Target() []byte { return []byte(s.Request.Target) }

func (requestView) Room(n int) []byte { return make([]byte, n) }

func (s requestView) Values(field string) [][]byte {
	var out [][]byte
	for _, f := range s.Fields {
		if strings.EqualFold(f.Name, field) {
			out = append(out, []byte(f.Value))
		}
	}
	return out
}
