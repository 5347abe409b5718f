package bench

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A parameter means the same from YAML (int), from a flag (parsed text) and from
// a result file (float64).
func TestParamsSurviveJSON(t *testing.T) {
	spec := ParamSpec{Name: "keys", Kind: IntParam}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-10_000_000, 10_000_000).Draw(t, "n")
		written := Params{"keys": n, "alg": "RS256"}
		text, err := json.Marshal(written)
		if err != nil {
			t.Fatal(err)
		}
		var read Params
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		flag := Params{"alg": "RS256", "keys": spec.Parse(written.Text("keys"))}
		for _, p := range []Params{read, flag} {
			if p.Key() != written.Key() || p.Int("keys") != n || p.Text("keys") != written.Text("keys") {
				t.Fatalf("%v was %v: key %q and %q", p, written, p.Key(), written.Key())
			}
		}
	})
}

func TestParamsAccessors(t *testing.T) {
	p := Params{"share": 0.5, "on": true, "ttl": "90s"}
	if p.Duration("ttl") != 90*time.Second || p.Duration("share") != 0 || p.Duration("absent") != 0 {
		t.Errorf("%v %v %v", p.Duration("ttl"), p.Duration("share"), p.Duration("absent"))
	}
	if p.Text("share") != "0.5" || p.Text("on") != "true" || p.Text("absent") != "" || p.Int("share") != 0 || p.Int("absent") != 0 {
		t.Errorf("%q %q %q %d", p.Text("share"), p.Text("on"), p.Text("absent"), p.Int("share"))
	}
	if (Params{"a": "1"}).Key() == (Params{"a": "2"}).Key() || (Params{}).Key() != Params(nil).Key() {
		t.Error("keys of different parameters are equal, or of equal ones different")
	}
}

func TestProblems(t *testing.T) {
	methods := catalogue{}.Methods()
	apikey, jwt := methods[1], methods[2]
	for _, c := range []struct {
		method MethodSpec
		params Params
		want   string // empty: none
	}{
		{apikey, nil, ""},
		{apikey, Params{"keys": 1e6}, ""},
		{apikey, Params{"keys": 0}, "keys: keys is 0, out of range; write a whole number from 1 to 10000000"},
		{apikey, Params{"keys": 1.5}, "keys is 1.5, not a whole number"},
		{apikey, Params{"keys": "many"}, "keys is many, not a whole number"},
		{apikey, Params{"kees": 1}, `no parameter "kees"; did you mean "keys"?`},
		{methods[0], Params{"x": 1}, `no parameter "x"; there are none`},
		{jwt, Params{"alg": "HS256"}, ""},
		{jwt, nil, "id: method jwt needs the parameter alg; choose from HS256, RS256"},
		{jwt, Params{"alg": "RS256", "bits": 2048.0}, ""},
		{jwt, Params{"alg": "RS256", "bits": 1024}, `unknown bits "1024"; choose from 2048, 3072`},
		{jwt, Params{"alg": 5}, `unknown alg "5"`},
		{jwt, Params{"alg": "RS256", "lifetime": "1m30s"}, ""},
		{jwt, Params{"alg": "RS256", "lifetime": "1ms"}, "lifetime: lifetime is 1ms, out of range; write a number with a unit, from 1s to 24h0m0s"},
		{jwt, Params{"alg": "RS256", "lifetime": "25h"}, "lifetime is 25h0m0s, out of range"},
		{jwt, Params{"alg": "RS256", "lifetime": 60}, "lifetime is 60, not a duration; write a number with a unit"},
	} {
		problems := c.method.Problems(c.params)
		if c.want == "" {
			if len(problems) > 0 {
				t.Errorf("%s %v: %v, want none", c.method.ID, c.params, problems)
			}
			continue
		}
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), c.want) {
			t.Errorf("%s %v: %v, want %q", c.method.ID, c.params, problems, c.want)
		}
	}
}

func TestParseMethod(t *testing.T) {
	m, err := ParseMethod("jwt", []string{"alg=RS256", "bits=3072"}, catalogue{})
	if err != nil || m.ID != "jwt" || m.Params["bits"] != 3072 || m.Params["policy"] != "hardened" {
		t.Errorf("%+v, %v", m, err)
	}
	for _, c := range []struct{ id, pair, want string }{
		{"jtw", "alg=RS256", `did you mean "jwt"?`},
		{"jwt", "alg", "write name=value"},
		{"jwt", "alg=none", `unknown alg "none"`},
	} {
		if _, err := ParseMethod(c.id, []string{c.pair}, catalogue{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.id, c.pair, err, c.want)
		}
	}
}

func TestClassesDependOnParameters(t *testing.T) {
	for policy, want := range map[string]int{"hardened": 3, "stock": 4} {
		if got := ClassesOf(catalogue{}, Method{ID: "jwt", Params: Params{"policy": policy}}); len(got) != want || got[0] != Valid {
			t.Errorf("%s: %v", policy, got)
		}
	}
	if got := ClassesOf(catalogue{}, Method{ID: "none"}); len(got) != 0 {
		t.Errorf("none: %v", got)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"apikey", "jwt", "carry"}
	for wrong, want := range map[string]string{"jtw": "jwt", "api_key": "apikey", "apikeys": "apikey", "carrot": "carry", "password": "", "jwt": "jwt"} {
		if got := Nearest(wrong, known); got != want {
			t.Errorf("%q: %q, want %q", wrong, got, want)
		}
	}
}

// The edit distance is a metric, and at most the length of the longer word.
func TestEditDistance(t *testing.T) {
	words := rapid.StringMatching(`[abc]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := words.Draw(t, "a"), words.Draw(t, "b"), words.Draw(t, "c")
		ab, bc, ac := editDistance(a, b), editDistance(b, c), editDistance(a, c)
		if ab != editDistance(b, a) || ac > ab+bc || (ab == 0) != (a == b) || ab > max(len(a), len(b)) || ab < max(len(a), len(b))-min(len(a), len(b)) {
			t.Fatalf("%q %q %q: %d, %d, %d", a, b, c, ab, bc, ac)
		}
		if a != "" && editDistance(a, a[1:]) != 1 {
			t.Fatalf("%q without its first letter is %d away", a, editDistance(a, a[1:]))
		}
	})
}
