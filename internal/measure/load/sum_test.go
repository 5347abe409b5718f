package load

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"authbench/bench"
	"authbench/internal/result/hist"
)

// Outcomes that went through JSON add up to what one engine would have found.
func TestOutcomesAddUp(t *testing.T) {
	compared := cmp.Options{
		cmp.Comparer(func(a, b *hist.Histogram) bool {
			if a == nil || b == nil {
				return a == b
			}
			one, _ := a.Encode()
			other, _ := b.Encode()
			return one == other
		}), cmpopts.EquateEmpty(),
	}
	for _, breakdown := range []bool{true, false} {
		c := dial(t, start(t, Options{Name: Portable}), serve(t, always(ok)), Endpoint{Connections: 2, Breakdown: breakdown, Workload: mixed(t)})
		sum, n := NewOutcome(breakdown), int64(0)
		for k := range 3 {
			out := run(t, c, Slice{Arrivals: bench.Constant, Rate: 2000, Measure: 50 * time.Millisecond, Seed: uint64(k)})
			n += out.Completed
			text, err := json.Marshal(out)
			if err != nil {
				t.Fatal(err)
			}
			var back Outcome
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(*out, back, compared); d != "" {
				t.Fatal(d)
			}
			if err := back.Check(); err != nil {
				t.Fatal(err)
			}
			sum.Add(&back)
		}
		if sum.Completed != n || sum.Scheduled != 300 || sum.StatusCounts()[bench.Valid][200] == 0 || sum.Valid.Response.Count()+sum.Refused.Response.Count()+sum.WrongVerdicts != n {
			t.Errorf("%d answers, want %d: %+v", sum.Completed, n, sum.StatusCounts())
		}
	}
}

// What another machine says of itself is looked at before it is added.
func TestOutcomeCheck(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "no histogram", `{"statuses":{"good":{"200":1}}}`: "class", `{"statuses":{"valid":{"1000":1}}}`: "status", `{"statuses":{"valid":{"200":-1}}}`: "status",
		`{"valid":{"service":"x"}}`: "histogram", `{"completed":-1}`: "-1",
	} {
		var o Outcome
		err := json.Unmarshal([]byte(text), &o)
		if err == nil {
			err = o.Check()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
