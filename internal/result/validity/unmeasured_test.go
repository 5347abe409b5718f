package validity

import (
	"strings"
	"testing"

	"authbench/bench"
)

// An arm that answered nothing, or let no valid credential in, is void as a whole; what
// its scenario expects decides.
func TestUnmeasured(t *testing.T) {
	header := bench.Header{Scenario: bench.Scenario{Arms: []bench.Arm{{Name: "usual"}, {Name: "login", Expect: map[bench.Class]bench.Statuses{bench.Valid: {200, 302}}}}}}
	all := func(class bench.Class, status int) map[bench.Class]map[int]int64 {
		return map[bench.Class]map[int]int64{class: {status: 100}}
	}
	for _, c := range []struct {
		name  string
		slice bench.Slice
		want  string // code, then what the text says
	}{
		{"fine", bench.Slice{Arm: "usual", Completed: 100, Statuses: all(bench.Valid, 200)}, ""},
		{"none due", bench.Slice{Arm: "usual"}, "unanswered: no request came to an end"},
		{"none answered", bench.Slice{Arm: "usual", Errors: map[string]int64{"reset": 7, "timeout": 9}}, "unanswered: no request was answered, of 16: timeout ×9, reset ×7"},
		{"all refused", bench.Slice{Arm: "usual", Completed: 100, WrongVerdicts: 100, Statuses: all(bench.Valid, 401)}, "no_success: no request succeeded: where success was expected came 401 ×100"},
		{"all redirected", bench.Slice{Arm: "usual", Completed: 100, WrongVerdicts: 100, Statuses: all(bench.Valid, 302)}, "no_success: "},
		{"redirects are expected", bench.Slice{Arm: "login", Completed: 100, Statuses: all(bench.Valid, 302)}, ""},
		{"only bad credentials", bench.Slice{Arm: "usual", Completed: 100, Statuses: all(bench.Forged, 401)}, ""},
		{"a search for capacity", bench.Slice{Arm: "usual", Probe: &bench.Probe{}, Errors: map[string]int64{"timeout": 9}}, ""},
	} {
		c.slice.Launch, c.slice.Counts, c.slice.Measured = 1, true, 1e9
		got := ""
		for _, w := range Run(header, []bench.Launch{{Launch: 1}}, []bench.Slice{c.slice}) {
			if w.Code != CodeUnanswered && w.Code != CodeNoSuccess && w.Code != CodeFailures {
				continue
			}
			if w.Level != bench.Void || w.Arm != c.slice.Arm || w.Load != "" {
				t.Errorf("%s: %+v does not void the arm", c.name, w)
			}
			got += w.Code + ": " + w.Text
		}
		if !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
