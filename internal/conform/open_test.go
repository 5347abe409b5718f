package conform

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/all"
)

// doors mints credentials that nobody checks.
type doors struct{}

func (doors) Field() string { return "Authorization" }

func (doors) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	return append(dst, "Door "+string(class)+"-"+strconv.Itoa(index)...), nil
}

func (doors) Verification(method.Places) (json.RawMessage, error) { return json.RawMessage("{}"), nil }
func (doors) Published() (json.RawMessage, error)                 { return json.RawMessage("{}"), nil }
func (doors) SigningKeys() (json.RawMessage, error)               { return json.RawMessage("{}"), nil }

// openDoor lets everybody in.
type openDoor struct{}

func (openDoor) Verify(bench.Request) bench.Decision { return bench.Decision{Outcome: bench.Allow} }
func (openDoor) Scheme() string                      { return "Door" }

// TestOpenMethodsAreUnsafe: a method that lets everybody in does not get round the examiner,
// whatever it says and leaves unsaid of itself, unless it says everywhere that it protects
// nothing.
func TestOpenMethodsAreUnsafe(t *testing.T) {
	protecting := func(bench.Params) bench.Facts {
		return bench.Facts{Asks: bench.AskedMemory, Revocation: bench.RevokedByRecord, Minter: bench.MintedByIssuer}
	}
	baseline := func(bench.Params) bench.Facts { return bench.Facts{Step: bench.StageTransport} }
	family := func(f method.Family) func(bench.Params) method.Family {
		return func(bench.Params) method.Family { return f }
	}
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	for name, m := range map[string]method.Method{
		"says nothing":                        {},
		"has facts, and no family":            {Facts: protecting},
		"is a baseline, and has no family":    {Facts: baseline},
		"says open, and has no facts":         {Family: family(method.Family{Open: true})},
		"says open, and that it protects":     {Facts: protecting, Family: family(method.Family{Open: true})},
		"is in no case of the catalogue":      {Facts: protecting, Family: family(method.Family{Scheme: "Door"})},
		"is in the catalogue's cases":         {Facts: protecting, Family: family(method.Family{Scheme: "Door", AppliesTo: "apikey"})},
		"is of a family that nobody names":    {Facts: protecting, Family: family(method.Family{AppliesTo: "door"})},
		"is a baseline, as all its parts say": {Facts: baseline, Family: family(method.Family{Open: true})},
	} {
		t.Run(name, func(t *testing.T) {
			m.MethodSpec = bench.MethodSpec{ID: "door", Classes: []bench.Class{bench.Valid, bench.Expired, bench.Revoked, bench.Unknown}}
			m.Issuer = func(method.Issue) (method.Issuer, error) { return doors{}, nil }
			m.Verifier = func(bench.Params, json.RawMessage, func(int, int)) (method.Verifier, error) { return openDoor{}, nil }
			w := NewHarness(append(all.Catalogue(), m), ofClass(builtin(t), "apikey"), 1)
			cache := OpenScoreCache(w, Programs{Main: program})
			cache.dir = t.TempDir()
			c, err := cache.Conformance(t.Context(), bench.Arm{Name: "door", Method: bench.Method{ID: "door"}}, func() {})
			if err != nil {
				t.Fatal(err)
			}
			if w.Methods.Open(bench.Method{ID: "door"}) {
				if c.Tested() || c.Untested != "it checks no credential" {
					t.Errorf("a baseline: %+v", c)
				}
				return
			}
			if !c.Unsafe() {
				t.Errorf("it is not called unsafe: %+v", c)
			}
		})
	}
}
