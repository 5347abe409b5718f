package auth

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"authbench/bench"
)

func TestCatalogueDescribesWhatItMakes(t *testing.T) {
	for _, spec := range Catalogue().Methods() {
		if spec.Summary == "" || spec.Reference == "" {
			t.Errorf("%s is not described", spec.ID)
		}
		pairs := []string{}
		for _, p := range spec.Params {
			if p.Doc == "" {
				t.Errorf("%s: parameter %s is not described", spec.ID, p.Name)
			}
			if p.Required {
				pairs = append(pairs, p.Name+"="+p.Values[0])
			}
		}
		m, err := bench.ParseMethod(spec.ID, pairs, Catalogue())
		if err != nil {
			t.Errorf("%s with its defaults: %v", spec.ID, err)
			continue
		}
		issuer, verifier := newPair(t, m, 3, time.Now())
		if (issuer.Field() == "") != (len(spec.Classes) == 0) {
			t.Errorf("%s: field %q, classes %v", spec.ID, issuer.Field(), spec.Classes)
		}
		if got := spec.CredentialField(m.Params); got != issuer.Field() {
			t.Errorf("%s: the credential is said to be in %q, and is in %q", spec.ID, got, issuer.Field())
		}
		if verifier.Scheme() == "" {
			t.Errorf("%s: no scheme", spec.ID)
		}
		for _, class := range bench.Classes {
			_, err := issuer.Append(nil, class, 0)
			if has := has(spec.Classes, class); has != (err == nil) {
				t.Errorf("%s: class %s: listed %v, but %v", spec.ID, class, has, err)
			}
		}
		for what, file := range map[string]func() (json.RawMessage, error){"published": issuer.Published, "signing keys": issuer.SigningKeys} {
			content, err := file()
			if err != nil || !json.Valid(content) {
				t.Errorf("%s: %s: %q, %v", spec.ID, what, content, err)
			}
		}
	}
}

func has(classes []bench.Class, class bench.Class) bool {
	for _, c := range classes {
		if c == class {
			return true
		}
	}
	return false
}

func TestMethodsAreRefused(t *testing.T) {
	for name, m := range map[string]bench.Method{
		"unknown method":    {ID: "password"},
		"unknown parameter": {ID: "none", Params: bench.Params{"x": 1}},
		"no algorithm":      {ID: "jwt"},
		"unknown algorithm": {ID: "jwt", Params: bench.Params{"alg": "none"}},
		"odd size":          {ID: "jwt", Params: bench.Params{"alg": "RS256", "bits": 512}},
		"size without RSA":  {ID: "jwt", Params: bench.Params{"alg": "EdDSA", "bits": 2048}},
	} {
		if _, err := NewIssuer(m, [32]byte{}, 1, time.Now()); err == nil {
			t.Errorf("%s: there is an issuer", name)
		}
		if _, err := NewVerifier(m, nil, nil); err == nil {
			t.Errorf("%s: there is a verifier", name)
		}
	}
	if _, err := NewIssuer(bench.Method{ID: "apikey"}, [32]byte{}, 0, time.Now()); err == nil {
		t.Error("an issuer of no credentials")
	}
}

// TestEnginesElsewhere: methods with engines of the other program are valid and
// minted here, but not verified.
func TestEnginesElsewhere(t *testing.T) {
	for _, f := range elsewhere() {
		m, err := bench.ParseMethod("jwt", []string{"alg=EdDSA", "engine=" + f.name}, Catalogue())
		if err != nil {
			t.Fatal(err)
		}
		issuer, err := NewIssuer(m, [32]byte{3}, 1, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		verification, err := issuer.Verification()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewVerifier(m, verification, nil); !IsElsewhere(m) || !errors.Is(err, ErrElsewhere) || !strings.Contains(err.Error(), "make engines") {
			t.Errorf("%s: %v", f.name, err)
		}
		for _, alg := range f.lacks {
			if _, err := bench.ParseMethod("jwt", []string{"alg=" + alg, "engine=" + f.name}, Catalogue()); err == nil || !strings.Contains(err.Error(), alg) {
				t.Errorf("%s with %s: %v", f.name, alg, err)
			}
		}
	}
	if IsElsewhere(bench.Method{ID: "jwt", Params: bench.Params{"alg": "EdDSA"}}) {
		t.Error("the default engine is elsewhere")
	}
}

// TestMinted: what a verifier does with credentials does not change them.
func TestMinted(t *testing.T) {
	strict := bench.Method{ID: "jwt", Params: bench.Params{"alg": "HS256", "engine": "jwx", "policy": "stock"}}
	if got, want := Minted(strict), (bench.Method{ID: "jwt", Params: bench.Params{"alg": "HS256"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if strict.Params["engine"] != "jwx" {
		t.Error("the method itself was changed")
	}
	now := time.Now()
	var tokens []string
	for _, m := range []bench.Method{strict, Minted(strict)} {
		issuer, err := NewIssuer(m, [32]byte{3}, 1, now)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, mint(t, issuer, bench.Valid, 0))
	}
	if tokens[0] != tokens[1] {
		t.Error("other credentials")
	}
}

func TestVerificationMaterialIsRefused(t *testing.T) {
	for _, m := range []bench.Method{{ID: "apikey"}, {ID: "jwt", Params: bench.Params{"alg": "HS256"}}, {ID: "jwt", Params: bench.Params{"alg": "HS256", "policy": "stock"}}} {
		for _, material := range []string{"", "null", "{}", "s3cret", `{"secret":"s3cret","count":3}`, `{"secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","count":10000001}`, `{"kind":"verification","version":1}`} {
			if _, err := NewVerifier(m, json.RawMessage(material), nil); err == nil {
				t.Errorf("%s: %q is accepted", m.ID, material)
			} else if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s: the error quotes it: %v", m.ID, err)
			}
		}
	}
}

func TestCarryIgnoresWhatItCarries(t *testing.T) {
	for _, as := range []string{"apikey", "EdDSA"} {
		issuer, verifier := newPair(t, bench.Method{ID: "carry", Params: bench.Params{"as": as}}, 2, time.Now())
		value := mint(t, issuer, bench.Valid, 1)
		if as == "EdDSA" && strings.Count(value, ".") != 2 || as == "apikey" && !strings.HasPrefix(value, "Bearer "+keyPrefix) {
			t.Errorf("%s: carries %d bytes of another form", as, len(value))
		}
		for _, r := range []request{{"Authorization": {value}}, {"Authorization": {value + "x"}}, {}} {
			if d := verifier.Verify(r); d.Outcome != bench.Allow || d.Subject != "" {
				t.Errorf("%s: %+v", as, d)
			}
		}
	}
}
