package all

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/method/methodtest"
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
		issuer, verifier := methodtest.NewPair(t, Catalogue(), m, 3, time.Now())
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
		if _, err := Catalogue().NewIssuer(m, [32]byte{}, 1, time.Now()); err == nil {
			t.Errorf("%s: there is an issuer", name)
		}
		if _, err := Catalogue().NewVerifier(m, nil, nil); err == nil {
			t.Errorf("%s: there is a verifier", name)
		}
	}
	if _, err := Catalogue().NewIssuer(bench.Method{ID: "apikey"}, [32]byte{}, 0, time.Now()); err == nil {
		t.Error("an issuer of no credentials")
	}
}

// TestMinted: what a verifier does with credentials does not change them.
func TestMinted(t *testing.T) {
	strict := bench.Method{ID: "jwt", Params: bench.Params{"alg": "HS256", "engine": "jwx", "policy": "stock"}}
	if got, want := Catalogue().Minted(strict), (bench.Method{ID: "jwt", Params: bench.Params{"alg": "HS256"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if strict.Params["engine"] != "jwx" {
		t.Error("the method itself was changed")
	}
	now := time.Now()
	var tokens []string
	for _, m := range []bench.Method{strict, Catalogue().Minted(strict)} {
		issuer, err := Catalogue().NewIssuer(m, [32]byte{3}, 1, now)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, methodtest.Mint(t, issuer, bench.Valid, 0))
	}
	if tokens[0] != tokens[1] {
		t.Error("other credentials")
	}
}

func TestVerificationMaterialIsRefused(t *testing.T) {
	for _, m := range []bench.Method{{ID: "apikey"}, {ID: "jwt", Params: bench.Params{"alg": "HS256"}}, {ID: "jwt", Params: bench.Params{"alg": "HS256", "policy": "stock"}}} {
		for _, material := range []string{"", "null", "{}", "s3cret", `{"secret":"s3cret","count":3}`, `{"secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","count":10000001}`, `{"kind":"verification","version":1}`} {
			if _, err := Catalogue().NewVerifier(m, json.RawMessage(material), nil); err == nil {
				t.Errorf("%s: %q is accepted", m.ID, material)
			} else if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s: the error quotes it: %v", m.ID, err)
			}
		}
	}
}
