package bench

import (
	"strings"
	"testing"
)

// A baseline of another program is warned of, and one of the same program is not, however
// else its command differs.
func TestOtherProgram(t *testing.T) {
	command := func(words string) *Target { return &Target{Command: strings.Fields(words)} }
	url := func(text string) *Target { return &Target{URL: text} }
	for _, c := range []struct {
		baseline, arm *Target
		other         bool
	}{
		{nil, nil, false},
		{nil, command("node server.mjs"), true},
		{command("node server.mjs"), nil, true},
		{command("node server.mjs"), command("node server.mjs"), false},
		{command("node server.mjs"), command("node other.mjs"), true},
		{command("node server.mjs"), command("python3 server.py"), true},
		{command("node server.mjs --auth none"), command("node server.mjs --auth jwt {port}"), false},
		{command("env AUTH=none ./api 8080"), command("env AUTH=jwt ./api {port}"), false},
		{command("./api -open"), command("./api"), false},
		{command("{program} --port {port}"), command("{program} --port {port} --open"), false},
		{nil, url("http://127.0.0.1:8080"), true},
		{command("./api"), url("http://127.0.0.1:8080"), true},
		{url("http://127.0.0.1:8080"), url("http://127.0.0.1:8081"), false},
	} {
		s := Scenario{Baseline: "none", Arms: []Arm{{Name: "mine", Target: c.arm}, {Name: "none", Target: c.baseline}}}
		w, other := s.OtherProgram()
		if other != c.other || other && (w.Level != Suspicious || !strings.Contains(w.Text, "the baseline none is another program than mine,")) {
			t.Errorf("baseline %+v, arm %+v: %v, %+v", c.baseline, c.arm, other, w)
		}
	}
	many := Scenario{Baseline: "none", Arms: []Arm{{Name: "none"}}}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		many.Arms = append(many.Arms, Arm{Name: name, Target: command("./api")})
	}
	if w, _ := many.OtherProgram(); !strings.Contains(w.Text, "than a, b, c and 2 more,") {
		t.Errorf("of many arms: %s", w.Text)
	}
	if w, ok := (Scenario{Baseline: "gone", Arms: many.Arms}).OtherProgram(); ok {
		t.Errorf("without a baseline: %+v", w)
	}
}
