package analysis

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/result/limit"
)

func TestKinds(t *testing.T) {
	record := bench.Facts{Asks: bench.AskedMemory, Revocation: bench.RevokedByRecord}
	stored := bench.Facts{Asks: bench.AskedStore, Revocation: bench.RevokedByRecord}
	cached := stored
	cached.RevocationLag = int64(10 * time.Second)
	for _, c := range []struct {
		name        string
		facts       bench.Facts
		store       string
		own         bool
		kind, label string
	}{
		{"apikey", record, "", false, "in memory", "apikey (in memory)"},
		{"apikey-memory", record, "memory", false, "in memory", "apikey-memory"},
		{"keys", stored, "redis", false, "in Redis", "keys (in Redis)"},
		{"apikey-redis", stored, "redis", false, "in Redis", "apikey-redis"},
		{"REDIS", stored, "redis", false, "in Redis", "REDIS"},
		{"apikey-postgres", stored, "postgres", false, "in Postgres", "apikey-postgres"},
		{"apikey-bbolt", stored, "bbolt", false, "in a file", "apikey-bbolt (in a file)"},
		{"keys", stored, "other", false, "in a store", "keys (in a store)"},
		{"ttl-10s", cached, "redis", false, "in Redis, cached for 10s", "ttl-10s (in Redis)"},
		{"redis-cached", cached, "redis", false, "in Redis, cached for 10s", "redis-cached (cached for 10s)"},
		{"mine", record, "", true, "", "mine"},
		{"jwt", bench.Facts{Asks: bench.AskedNobody, Revocation: bench.RevokedByExpiry}, "", false, "", "jwt"},
		{"denylist", bench.Facts{Asks: bench.AskedMemory, Revocation: bench.RevokedByList}, "", false, "", "denylist"},
	} {
		arm := bench.Arm{Name: c.name, Method: bench.Method{ID: "m", Params: bench.Params{}}}
		if c.store != "" {
			arm.Method.Params["store"] = c.store
		}
		if c.own {
			arm.Target = &bench.Target{URL: "http://127.0.0.1:1"}
		}
		a := Arm{Name: c.name, Kind: kindOf(arm, c.facts)}
		if a.Kind != c.kind || a.Label() != c.label {
			t.Errorf("%s: kind %q, label %q; want %q, %q", c.name, a.Kind, a.Label(), c.kind, c.label)
		}
		a.Name = a.Label()
		if a.Label() != c.label {
			t.Errorf("%s: a label's label is %q", c.label, a.Label())
		}
	}
}

// Every place that names an arm is labelled, and the analysis itself stays as it was.
func TestLabelledNamesEveryArm(t *testing.T) {
	build := func() *Analysis {
		arm := Arm{Name: "key", Kind: "in memory"}
		return &Analysis{
			Summary: Summary{
				Baseline: "key", Arms: []Arm{arm, {Name: "jwt"}}, Warnings: []bench.Warning{{Arm: "key"}, {Arm: ""}},
				Contrasts:  []Contrast{{Contrast: bench.Contrast{Arm: "jwt", Versus: "key"}}, {Contrast: bench.Contrast{Arm: "key", Versus: "gone"}}},
				Ladders:    []Ladder{{Arm: "key", Steps: []Step{{Arm: "key"}}}},
				Limits:     []limit.Judged{{Arm: "key"}},
				BreakEvens: []BreakEven{{Arm: "key", Series: []string{"key", "jwt"}}},
			},
			Distributions: []Distribution{{Arm: "key"}}, Points: []Point{{Arm: "jwt"}, {Arm: "key"}},
		}
	}
	a := build()
	got := a.Labelled()
	if !reflect.DeepEqual(a, build()) {
		t.Error("labelling changes what it labels")
	}
	if names := namesIn(reflect.ValueOf(got)); names["key"] > 0 || names["key (in memory)"] != 12 || names["jwt"] != 4 || names["gone"] != 1 {
		t.Errorf("%v", names)
	}
	if again := got.Labelled(); !reflect.DeepEqual(again, got) {
		t.Error("labels are labelled again")
	}
}

// namesIn counts the texts in a value that are names of arms.
func namesIn(v reflect.Value) map[string]int {
	out := map[string]int{}
	var walk func(reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			for _, name := range []string{"key", "jwt", "gone"} {
				if strings.HasPrefix(v.String(), name) {
					out[v.String()]++
				}
			}
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		}
	}
	walk(v)
	return out
}
