package engines

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws/jwsbb"

	"authbench/bench"
	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
	"authbench/internal/method/all"
)

// forge signs what it is told to, for one algorithm. internal/credential/jose made its keys.
type forge struct {
	alg          string
	issuer       method.Issuer
	verification json.RawMessage
	config       jose.EngineConfig
	signing      jwk.Key // nil for ML-DSA
}

var forges sync.Map // of func() (*forge, error), by algorithm: RSA keys take long

func newForge(t testing.TB, alg string) *forge {
	t.Helper()
	made, _ := forges.LoadOrStore(alg, sync.OnceValues(func() (*forge, error) { return makeForge(alg) }))
	f, err := made.(func() (*forge, error))()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func makeForge(alg string) (*forge, error) {
	f := &forge{alg: alg}
	var err error
	if f.issuer, err = all.Catalogue().NewIssuer(bench.Method{ID: "jwt", Params: bench.Params{"alg": alg}}, [32]byte{3}, 10, time.Now()); err != nil {
		return nil, err
	}
	if f.verification, err = f.issuer.Verification(method.Places{}); err != nil {
		return nil, err
	}
	material, err := document.ReadVerification("verification material", bytes.NewReader(f.verification))
	if err != nil {
		return nil, err
	}
	f.config = jose.EngineConfig{Algorithm: alg, Issuer: material.Issuer, Audience: material.Audience, Keys: material.Keys, Now: func() time.Time { return frozen }}
	signing, err := f.issuer.SigningKeys()
	if err != nil || strings.HasPrefix(alg, "ML-DSA") {
		return f, err
	}
	set, err := jwk.Parse(signing)
	if err != nil {
		return nil, err
	}
	f.signing, _ = set.Key(0)
	return f, nil
}

func (f *forge) mint(t testing.TB, class bench.Class, index int) string {
	t.Helper()
	value, err := f.issuer.Append(nil, class, index)
	if err != nil {
		t.Fatal(err)
	}
	return string(value)
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// sign appends the signature of two segments.
func (f *forge) sign(input string) string {
	signature, err := jwsbb.Sign(f.signing, f.alg, []byte(input), nil)
	if err != nil {
		panic(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func (f *forge) token(header, claims string) string {
	return f.sign(encode(header) + "." + encode(claims))
}

// header is the default one, with more members.
func (f *forge) header(more string) string {
	return fmt.Sprintf(`{"alg":%q,"kid":"key-1"%s}`, f.alg, more)
}

// claims are the default ones, with members replaced by JSON texts; "" removes one.
func (f *forge) claims(replaced ...string) string {
	now := frozen.Unix()
	members := []string{
		"iss", `"` + f.config.Issuer + `"`, "aud", `"` + f.config.Audience + `"`, "sub", `"user-1"`, "tenant", `"tenant-a"`,
		"iat", fmt.Sprint(now), "nbf", fmt.Sprint(now), "exp", fmt.Sprint(now + 300),
	}
	for r := 0; r < len(replaced); r += 2 {
		at := len(members)
		for m := 0; m < len(members); m += 2 {
			if members[m] == replaced[r] {
				at = m
			}
		}
		members = append(members[:at], append([]string{replaced[r], replaced[r+1]}, members[min(at+2, len(members)):]...)...)
	}
	var out []string
	for m := 0; m < len(members); m += 2 {
		if members[m+1] != "" {
			out = append(out, fmt.Sprintf("%q:%s", members[m], members[m+1]))
		}
	}
	return "{" + strings.Join(out, ",") + "}"
}

// hash is that of an algorithm whose name ends in its bits.
func (f *forge) hash() crypto.Hash {
	return map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[f.alg[2:]]
}
