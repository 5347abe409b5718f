package conform

import (
	"errors"
	"testing"

	"authbench/bench"
	"authbench/internal/method"
)

// TestSchemesOfTheirOwn: what a recipe says of Bearer is put to any scheme, in the same
// letter case.
func TestSchemesOfTheirOwn(t *testing.T) {
	m := &minter{Fixture: &Fixture{Field: defaultField, Scheme: "Basic"}}
	for value, want := range map[string]string{
		"Bearer x": "Basic x", "bearer x": "basic x", "BEARER x": "BASIC x", "bEaReR x": "bAsIc x", "Bearerx": "Basicx", "Bearer:x": "Basic:x",
		`"Bearer" x`: `"Basic" x`, "Bearer\tx": "Basic\tx", "Token x": "Token x", "x": "x", "": "", "Basic x": "", "basic x": "",
	} {
		got, err := m.withMethodScheme(value)
		if got != want || (err != nil) != (want == "" && value != "") {
			t.Errorf("%q: got %q, %v, want %q", value, got, err, want)
		}
	}
	long := &minter{Fixture: &Fixture{Field: defaultField, Scheme: "Signature"}}
	if got, err := long.withMethodScheme("BEARER x"); err != nil || got != "SIGNATURE x" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestAttacksOfMethodsAreChecked as those of the catalogue are.
func TestAttacksOfMethodsAreChecked(t *testing.T) {
	one := []method.Forgery{{Fields: func(m method.Minted) ([]bench.Field, error) { return m.Carry(m.Valid), nil }}}
	for name, a := range map[string]method.Attack{
		"no id":          {Title: "a", Impact: "forgery", Forgeries: one},
		"no title":       {ID: "A-1", Impact: "forgery", Forgeries: one},
		"unknown impact": {ID: "A-1", Title: "a", Impact: "harm", Forgeries: one},
		"no forgery":     {ID: "A-1", Title: "a", Impact: "forgery"},
	} {
		if _, err := methodCases("door", method.Family{Attacks: []method.Attack{a}}); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
	cases, err := methodCases("door", method.Family{Attacks: []method.Attack{{ID: "A-1", Title: "a", Impact: "forgery", Forgeries: one}}})
	if err != nil || len(cases) != 1 || len(cases[0].subCases) != 1 || !cases[0].Impact.gating() {
		t.Errorf("%+v, %v", cases, err)
	}
}

// TestForgersFailures: what a forger cannot make is an error of the examination, and no
// verdict.
func TestForgersFailures(t *testing.T) {
	broken := errors.New("no ink")
	a := &attempt{Case: &Case{}, minter: minter{Fixture: fixture(t, bench.Method{ID: "apikey"})}}
	_, err := a.runForged(t.Context(), method.Forgery{Fields: func(method.Minted) ([]bench.Field, error) { return nil, broken }})
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// TestCasesAboutAnyCredential are for methods that no list names.
func TestCasesAboutAnyCredential(t *testing.T) {
	f := &Fixture{Method: bench.Method{ID: "door"}}
	applies := 0
	for _, c := range builtin(t).Cases {
		if c.appliesTo(f) {
			applies++
		}
	}
	if applies != 20 {
		t.Errorf("%d cases are for any credential, want 20", applies)
	}
}
