package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"authbench/bench"
	"authbench/internal/golden"
)

// good is a small scenario that the cases below break.
const good = `question: Why?
baseline: none
arms:
  - name: none
    method: {id: none}
  - name: token
    method: {id: jwt, alg: HS256}
`

// mistake is a scenario that must be refused.
type mistake struct {
	name string
	text string
	set  []string
}

var mistakes = []mistake{
	{name: "empty"},
	{name: "only comments", text: "# nothing\n---\n"},
	{name: "not a mapping", text: "- a\n- b\n"},
	{name: "no arms", text: "baseline: none\n"},
	{name: "no list under arms", text: "baseline: none\narms:\n"},
	{name: "arms is a mapping", text: "baseline: none\narms: {none: none}\n"},
	{name: "unknown key", text: strings.Replace(good, "baseline", "basline", 1)},
	{name: "unknown key, nothing near", text: good + "colour: red\n"},
	{name: "neither true nor false", text: strings.Replace(good, "method: {id: none}", "method: {id: none}\n    request: {public: sometimes}", 1)},
	{name: "unknown key in a list", text: good + "loads:\n  - {name: a, kind: closed, conections: 3}\n"},
	{name: "duplicate key", text: good + "baseline: token\n"},
	{name: "key is a list", text: good + "[a, b]: c\n"},
	{name: "no baseline", text: strings.Replace(good, "baseline: none\n", "", 1)},
	{name: "unknown baseline", text: strings.Replace(good, "baseline: none", "baseline: tokn", 1)},
	{name: "duplicate arm", text: strings.Replace(good, "name: token", "name: none", 1)},
	{name: "arm without a name", text: good + "  - method: {id: none}\n"},
	{name: "arm without a method", text: good + "  - name: x\n"},
	{name: "bad arm name", text: strings.Replace(good, "name: token", "name: My Token", 1)},
	{name: "unknown method", text: strings.Replace(good, "id: jwt", "id: jtw", 1)},
	{name: "method is a word", text: strings.Replace(good, "{id: none}", "none", 1)},
	{name: "unknown parameter", text: strings.Replace(good, "alg: HS256", "alg: HS256, bit: 2048", 1)},
	{name: "missing parameter", text: strings.Replace(good, ", alg: HS256", "", 1)},
	{name: "bad parameter value", text: strings.Replace(good, "HS256", "HS265", 1)},
	{name: "bad parameter number", text: strings.Replace(good, "id: jwt, alg: HS256", "id: carry, bytes: many", 1)},
	{name: "parameter out of range", text: strings.Replace(good, "id: jwt, alg: HS256", "id: carry, bytes: 0", 1)},
	{name: "parameter is a list", text: strings.Replace(good, "HS256", "[HS256]", 1)},
	{name: "parameters that do not fit", text: strings.Replace(good, "HS256", "HS256, bits: 2048", 1)},
	{name: "text instead of a number", text: good + "launches: ten\n"},
	{name: "fraction instead of a whole number", text: good + "launches: 2.5\n"},
	{name: "number instead of text", text: strings.Replace(good, "Why?", "42", 1)},
	{name: "list instead of text", text: strings.Replace(good, "Why?", "[why]", 1)},
	{name: "duration without a unit", text: good + "slice: 100\n"},
	{name: "no value", text: good + "slice:\n"},
	{name: "negative duration", text: good + "slice: -5ms\n"},
	{name: "zero duration", text: good + "settle: 0s\n"},
	{name: "an interim status expected", text: good + "launches: 2\n", set: []string{"arms[0].expect.valid=[2xx, 101]"}},
	{name: "no statuses expected", text: good + "launches: 2\n", set: []string{"arms[0].expect.valid={ok: 200}"}},
	{name: "zero launches", text: good + "launches: 0\n"},
	{name: "too many launches", text: good + "launches: 100000\n"},
	{name: "zero rate", text: good + "loads:\n  - {name: open, kind: open, rate: 0}\n"},
	{name: "negative rate", text: good + "loads:\n  - {name: open, kind: open, rate: -3}\n"},
	{name: "rate is not a number", text: good + "loads:\n  - {name: open, kind: open, rate: .nan}\n"},
	{name: "rate with the unit of a time", text: good + "loads:\n  - {name: open, kind: open, rate: 5ms}\n"},
	{name: "rate of nothing", text: good + "loads:\n  - {name: open, kind: open, rate: 0k}\n"},
	{name: "rate of a closed load", text: good + "loads:\n  - {name: a, kind: closed, rate: 5}\n"},
	{name: "stages that are none", text: good + "loads:\n  - {name: ramp, kind: ramp, stages: '10s:100/s,soon'}\n"},
	{name: "stages with a bad rate", text: good + "loads:\n  - {name: ramp, kind: ramp, stages: '10s:5ms'}\n"},
	{name: "empty stages", text: good + "loads:\n  - {name: ramp, kind: ramp, stages: ''}\n"},
	{name: "stages as a list", text: good + "loads:\n  - {name: ramp, kind: ramp, stages: ['10s:100/s']}\n"},
	{name: "a ramp without stages", text: good + "loads:\n  - {name: ramp, kind: ramp}\n"},
	{name: "rate and stages", text: good + "loads:\n  - {name: ramp, kind: ramp, rate: 5k, stages: '10s:100/s'}\n"},
	{name: "stages of no length", text: good + "loads:\n  - {name: ramp, kind: ramp, stages: '0s:100/s'}\n"},
	{name: "stages above what can be paced", text: good + "loads:\n  - {name: ramp, kind: ramp, stages: '10s:1G/s'}\n"},
	{name: "stages of an open load", text: good + "loads:\n  - {name: open, kind: open, stages: '10s:100/s'}\n"},
	{name: "load without a kind", text: good + "loads:\n  - name: a\n"},
	{name: "share above one", text: good + "population: {bad_share: 1.5}\n"},
	{name: "contrast of an unknown arm", text: good + "contrasts: [{tokn: none}, {token: non}]\n"},
	{name: "contrast of an arm with itself", text: good + "contrasts:\n  - {token: token}\n"},
	{name: "contrast twice", text: good + "contrasts:\n  - {token: none}\n  - {none: token, says: the same}\n"},
	{name: "contrast of three", text: good + "contrasts: [{token: none, none: token}]\n"},
	{name: "contrast without arms", text: good + "contrasts: [{says: nothing}]\n"},
	{name: "contrast that is no mapping", text: good + "contrasts: [token]\n"},
	{name: "contrast with a list", text: good + "contrasts: [{token: [none]}]\n"},
	{name: "contrast that says a number", text: good + "contrasts: [{token: none, says: 5}]\n"},
	{name: "contrasts that are no list", text: good + "contrasts: {token: none}\n"},
	{name: "contrast beside an arm without a name", text: strings.Replace(good, "name: token", "name: [token]", 1) + "contrasts: [{token: none}]\n"},
	{name: "alias", text: good + "launches: &n 3\nrounds: *n\n"},
	{name: "unknown alias", text: good + "rounds: *n\n"},
	{name: "merge key", text: "population: &p {zipf: 1}\n" + good + "    population:\n      <<: *p\n"},
	{name: "two documents", text: good + "---\n" + good},
	{name: "tab", text: "baseline: none\narms:\n\t- name: none\n"},
	{name: "bracket left open", text: strings.Replace(good, "HS256}", "HS256", 1)},
	{name: "quote left open", text: strings.Replace(good, "Why?", `"Why?`, 1)},
	{name: "colon in text", text: strings.Replace(good, "Why?", "Why: because", 1)},
	{name: "wrong indentation", text: good + " launches: 3\n"},
	{name: "not UTF-8", text: strings.Replace(good, "Why?", "W\xffhy", 1)},
	{name: "control character", text: strings.Replace(good, "Why?", "W\x1b[31mhy", 1)},
	{name: "escaped control character", text: strings.Replace(good, "none", `"\e[31m"`, 1)},
	{name: "nested too deep", text: strings.Repeat("[", 100) + "\n"},
	{name: "too large", text: "# " + strings.Repeat("x", maxBytes) + "\n"},
	{name: "caret in a long line", text: strings.Replace(good, "{id: none}", "{id: carry, a: "+strings.Repeat("b", 150)+", c: d}", 1)},
	{name: "wide characters before the caret", text: strings.Replace(good, "id: jwt", "é: ü, id: jtw", 1)},
	{name: "more than ten", text: "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\nf: 1\ng: 1\nh: 1\ni: 1\nj: 1\nk: 1\nl: 1\n" + good},
	{name: "several, in the order of the file", text: "launches: 0\n" + strings.Replace(good, "jwt", "jtw", 1) + "rounds: x\n", set: []string{"slice=x"}},

	{name: "override without a value", text: good, set: []string{"launches"}},
	{name: "override with an empty value", text: good, set: []string{"launches="}},
	{name: "override of the wrong type", text: good, set: []string{"launches=many"}},
	{name: "override of an unknown key", text: good, set: []string{"lanches=3"}},
	{name: "override by an unknown name", text: good, set: []string{"arms[tokn].method.alg=RS256"}},
	{name: "override past the end", text: good, set: []string{"arms[7].method.alg=RS256"}},
	{name: "override of an entry of no list", text: good, set: []string{"loads[open].rate=2000"}},
	{name: "override of an entry below nothing", text: good, set: []string{"population.bad_classes[0]=forged"}},
	{name: "override below a word", text: good, set: []string{"baseline.x=1"}},
	{name: "override that is not YAML", text: good, set: []string{"cpus.server=[0, 1"}},
	{name: "override with a bad value", text: good, set: []string{"arms[token].method.alg=RS257"}},
}

// TestMistakes compares what is said about each mistake with the golden file,
// which is meant to be read.
func TestMistakes(t *testing.T) {
	var b strings.Builder
	for _, m := range mistakes {
		_, err := Parse("dir/my.yaml", []byte(m.text), Changes{Set: m.set}, smallCatalogue{})
		if err == nil {
			t.Errorf("%s: accepted", m.name)
			continue
		}
		fmt.Fprintf(&b, "# %s\n%v\n\n", m.name, err)
	}
	golden.Equal(t, "testdata/mistakes.txt", b.String())
}

// TestParseReadsEveryKey writes every key that there is.
func TestParseReadsEveryKey(t *testing.T) {
	text := `
question: "Every key?"
baseline: a
launches: 2
rounds: 3
slice: 60ms
settle: 1500µs
warmup: 1s
population: {credentials: 7, zipf: 0, bad_share: 0.25, bad_classes: [forged, malformed]}
cpus: {server: [0, 2], generator: [1]}
loads:
  - {name: c, kind: closed, connections: 4, timeout: 2s}
  - {name: o, kind: open, connections: 5, rate: 1.5e3, arrivals: constant}
  - {name: u, kind: open, utilisation: 0.25}
arms:
  - name: a
    method: {id: jwt, alg: RS256, bits: 3072, issuer: "7"}
    population: {zipf: 2}
  - name: b
    method: {id: none}
    target: {command: [./api, --port, "{port}"], ready: {http: /ok, timeout: 3s}}
    request: {method: POST, path: /orders, headers: {X-Id: "1"}, body: "{}"}
    expect: {expired: [401, 403]}
    credentials: keys.csv
  - name: c
    method: {id: apikey}
    target: {url: "http://127.0.0.1:8080"}
ladders: [[b, a]]
contrasts:
  - {a: b}
  - {says: a key, c: b}
`
	got, err := Parse("every.yaml", []byte(text), Changes{}, smallCatalogue{})
	if err != nil {
		t.Fatal(err)
	}
	number := func(f float64) *float64 { return &f }
	population := bench.Population{Credentials: 7, Zipf: number(0), BadShare: number(0.25), BadClasses: []bench.Class{bench.Forged, bench.Malformed}}
	own, unsent := population, population
	own.Zipf, unsent.BadClasses = number(2), nil
	get := bench.RequestShape{Method: "GET", Path: "/"}
	ms := func(n int) bench.Duration { return bench.Duration(time.Duration(n) * time.Millisecond) }
	want := bench.Scenario{
		Name: "every", Question: "Every key?", Baseline: "a",
		Protocol:   bench.Protocol{Launches: 2, Rounds: 3, Slice: ms(60), Settle: bench.Duration(1500 * time.Microsecond), Warmup: ms(1000)},
		Population: population,
		CPUs:       bench.CPUs{Server: []int{0, 2}, Generator: []int{1}},
		Loads: []bench.Load{
			{Name: "c", Kind: bench.Closed, Connections: 4, Timeout: ms(2000)},
			{Name: "o", Kind: bench.Open, Connections: 5, Rate: 1500, Arrivals: bench.Constant, Timeout: ms(5000)},
			{Name: "u", Kind: bench.Open, Connections: 64, Utilisation: 0.25, Arrivals: bench.Poisson, Timeout: ms(5000)},
		},
		Arms: []bench.Arm{
			{Name: "a", Method: bench.Method{ID: "jwt", Params: bench.Params{"alg": "RS256", "bits": 3072, "issuer": "7"}}, Request: get, Population: &own},
			{
				Name: "b", Method: bench.Method{ID: "none", Params: bench.Params{}}, Population: &unsent,
				Target:      &bench.Target{Command: []string{"./api", "--port", "{port}"}, Ready: bench.Ready{HTTP: "/ok", Timeout: ms(3000)}},
				Request:     bench.RequestShape{Method: "POST", Path: "/orders", Headers: map[string]string{"X-Id": "1"}, Body: "{}"},
				Expect:      map[bench.Class]bench.Statuses{bench.Expired: {401, 403}},
				Credentials: "keys.csv",
			},
			{Name: "c", Method: bench.Method{ID: "apikey", Params: bench.Params{}}, Request: get, Population: &population, Target: &bench.Target{URL: "http://127.0.0.1:8080"}},
		},
		Ladders:   []bench.Ladder{{"b", "a"}},
		Contrasts: []bench.Contrast{{Arm: "a", Versus: "b"}, {Arm: "c", Versus: "b", Says: "a key"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOverride(t *testing.T) {
	text := []byte(good + "loads:\n  - {name: shut, kind: closed}\n  - {name: open, kind: open}\n")
	for _, c := range []struct {
		set  []string
		read func(bench.Scenario) any
		want any
	}{
		{[]string{"launches=3"}, func(s bench.Scenario) any { return s.Launches }, 3},
		{[]string{"launches=3", "launches=4"}, func(s bench.Scenario) any { return s.Launches }, 4},
		{[]string{"slice=60ms"}, func(s bench.Scenario) any { return s.Slice.String() }, "60ms"},
		{[]string{"loads[1].rate=2000"}, func(s bench.Scenario) any { return s.Loads[1].Rate }, 2000.0},
		{[]string{"loads[open].rate=5k"}, func(s bench.Scenario) any { return s.Loads[1].Rate }, 5000.0},
		{[]string{"loads[open].rate=20.8 k/s"}, func(s bench.Scenario) any { return s.Loads[1].Rate }, 20_800.0},
		{[]string{"loads[open].rate=600/1m"}, func(s bench.Scenario) any { return s.Loads[1].Rate }, 10.0},
		{[]string{"loads[open].rate=2000"}, func(s bench.Scenario) any { return s.Loads[1].Rate }, 2000.0},
		{[]string{"loads[0]={name: only, kind: closed}"}, func(s bench.Scenario) any { return s.Loads[0].Name }, "only"},
		{[]string{"arms[token].method.alg=EdDSA"}, func(s bench.Scenario) any { return s.Arms[1].Method.Params.Text("alg") }, "EdDSA"},
		{[]string{"arms[token].method.issuer=a=b"}, func(s bench.Scenario) any { return s.Arms[1].Method.Params.Text("issuer") }, "a=b"},
		{[]string{"arms[0].request.headers.X-Id='5'"}, func(s bench.Scenario) any { return s.Arms[0].Request.Headers["X-Id"] }, "5"},
		{[]string{"arms[0].expect.valid=2xx,302"}, func(s bench.Scenario) any { return s.Arms[0].Expect[bench.Valid].String() }, "2xx,302"},
		{[]string{"arms[0].expect={valid: [2xx, 302], revoked: 403}"}, func(s bench.Scenario) any {
			return s.Arms[0].Expect[bench.Valid].String() + " " + s.Arms[0].Expect[bench.Revoked].String()
		}, "2xx,302 403"},
		{[]string{"population.zipf=0"}, func(s bench.Scenario) any { return *s.Population.Zipf }, 0.0},
		{[]string{"cpus={server: [1], generator: [0]}"}, func(s bench.Scenario) any { return s.CPUs.Server[0] }, 1},
	} {
		s, err := Parse("my.yaml", text, Changes{Set: c.set}, smallCatalogue{})
		if err != nil {
			t.Errorf("%q:\n%v", c.set, err)
			continue
		}
		if got := c.read(s); got != c.want {
			t.Errorf("%q: got %v, want %v", c.set, got, c.want)
		}
	}
}

// The overrides of a scenario's full size are taken when that is asked for, before those of
// the command line; mistakes in them are shown where they are.
func TestFullSize(t *testing.T) {
	text := func(full string) []byte { return []byte(good + full) }
	launches := func(c Changes) int {
		s, err := Parse("my.yaml", text("full: ['launches=30', 'rounds=7']\n"), c, smallCatalogue{})
		if err != nil {
			t.Fatal(err)
		}
		return 100*s.Launches + s.Rounds
	}
	usual := launches(Changes{})
	if full, more := launches(Changes{Full: true}), launches(Changes{Full: true, Set: []string{"launches=40"}}); usual == full || full != 3007 || more != 4007 {
		t.Errorf("usual %d, full %d, with more launches %d", usual, full, more)
	}
	for full, want := range map[string]string{
		"":                        "the scenario has no full size",
		"full: 3\n":               "full",
		"full: ['launches']\n":    "full:1:1: this is not an override",
		"full: ['launches=-1']\n": "full:1:10",
		"full: [{a: 1}]\n":        "full",
	} {
		if _, err := Parse("my.yaml", text(full), Changes{Full: true}, smallCatalogue{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", full, err)
		}
	}
}
