package loadtest

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/limit"
	"authbench/internal/result/validity"
)

// What counts as success decides the verdict, and whose times are shown.
func TestSuccess(t *testing.T) {
	for _, c := range []struct {
		name, expect string
		statuses     []int  // of the answers, in turn
		found        string // what is doubtful about the answers; how noisy the machine is adds to it
		success      float64
	}{
		{"all well", "2xx", []int{200, 204}, "", 1},
		{"all answers 500", "2xx", []int{500}, "no_success void", 0},
		{"all answers 404", "2xx", []int{404}, "no_success void", 0},
		{"a login page", "2xx", []int{302}, "no_success void", 0},
		{"a redirect that is wanted", "2xx,302", []int{302}, "", 1},
		{"a refusal that is wanted", "401", []int{401}, "", 1},
		{"half of them fail", "2xx", []int{200, 503}, "failures suspicious", 0.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked atomic.Int64
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.statuses[int(asked.Add(1))%len(c.statuses)])
			})
			s := taken(t, server, c.expect).Summary
			found := ""
			for _, code := range []string{validity.CodeFailures, validity.CodeNoSuccess, validity.CodeUnanswered, validity.CodeWrongVerdicts} {
				for _, w := range find(s, code) {
					found += w.Code + " " + string(w.Level)
				}
			}
			if found != c.found || s.Success == nil || *s.Success != c.success || s.Expect != c.expect || c.success == 0 && s.Validity != result.Invalid {
				t.Errorf("found %s; verdict %s, success %v of %s, warnings %+v", found, s.Validity, s.Success, s.Expect, s.Warnings)
			}
			if (s.Service == nil) != (c.success == 0) || s.Service != nil && float64(s.Service.Count) != c.success*100 {
				t.Errorf("times of the wrong answers: %+v", s.Service)
			}
		})
	}
}

// taken is a load test of 100 requests in a closed load.
func taken(t *testing.T, server *httptest.Server, expect string) *Result {
	t.Helper()
	spec := open(t, server, 0, 100)
	spec.Arrivals, spec.Poll = "", "never"
	spec.Expect, _ = bench.ParseStatuses(expect)
	r, err := Run(t.Context(), spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLimits(t *testing.T) {
	var asked atomic.Int64
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1)%4 == 0 {
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	r := taken(t, server, "2xx")
	for text, want := range map[string]limit.Outcome{
		"success<99%": limit.Broken, "success<75%": limit.Kept, "errors>0": limit.Kept, "status_429>24": limit.Broken, "status_429>25": limit.Kept,
		"status_4xx>0": limit.Broken, "status_5xx>0": limit.Kept, "requests<100": limit.Kept, "service_max_us>1000s": limit.Kept, "service_p50_us>1ns": limit.Broken,
		"throughput<0.001": limit.Kept, "throughput>1e-3": limit.Broken, "tls_p50_us>1s": limit.Unjudged, "malformed>0": limit.Kept, "errors_dial>0": limit.Kept,
	} {
		limits, err := limit.Parse([]string{text}, Spec{}.Scope())
		if err != nil {
			t.Fatal(err)
		}
		if got := limit.Judge(limits, []limit.Subject{r.Subject()}); len(got) != 1 || got[0].Outcome != want {
			t.Errorf("%s: %+v, want %s", text, got, want)
		}
	}
	for _, text := range []string{"p99>2ms", "queue_p50_us>1ms", "achieved<1k", "valid.status_401>0"} {
		if _, err := limit.Parse([]string{text}, Spec{}.Scope()); err == nil || !strings.Contains(err.Error(), strconv.Quote(text)) {
			t.Errorf("%s: %v; a closed load without credentials has none of it", text, err)
		}
	}
}
