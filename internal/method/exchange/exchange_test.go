package exchange

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/credentialtest"
	issuing "authbench/internal/measure/issuer"
	"authbench/internal/method"
	"authbench/internal/method/jwt"
	"authbench/internal/method/methodtest"
)

var methods = method.Catalogue{Method()}

func TestParameters(t *testing.T) {
	for _, c := range []struct {
		pairs string
		after time.Duration // 0: refused
		text  string
	}{
		{"alg=ES256", 4 * time.Minute, ""},
		{"alg=ES256 lifetime=5s", 4 * time.Second, ""},
		{"alg=ES256 lifetime=10s refresh=50%", 5 * time.Second, ""},
		{"alg=ES256 lifetime=1h refresh=10s", 59*time.Minute + 50*time.Second, ""},
		{"alg=ES256 lifetime=4s", 0, "tokens count whole seconds"},
		{"alg=ES256 lifetime=1ms", 0, "tokens count whole seconds"},
		{"alg=ES256 lifetime=0s", 0, "out of range"},
		{"alg=ES256 lifetime=5500ms", 0, "tokens count whole seconds"},
		{"alg=ES256 lifetime=48h", 0, "out of range"},
		{"alg=ES256 refresh=0%", 0, "from 1 to 99"},
		{"alg=ES256 refresh=100%", 0, "from 1 to 99"},
		{"alg=ES256 refresh=8.5%", 0, "from 1 to 99"},
		{"alg=ES256 refresh=soon", 0, "no share and no time"},
		{"alg=ES256 refresh=-10s", 0, "no time is left"},
		{"alg=ES256 lifetime=10s refresh=10s", 0, "each request would fetch one"},
		{"alg=ES256 lifetime=1h refresh=999ms", 0, "no time is left"},
		{"alg=ES256 jitter=51", 0, "out of range"},
		{"alg=ES256 bits=2048", 0, "bits is the size of an RSA key"},
		{"lifetime=5s", 0, "needs the parameter alg"},
	} {
		m, err := bench.ParseMethod(ID, strings.Fields(c.pairs), methods)
		if c.after == 0 {
			if err == nil || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: %v, want %q", c.pairs, err, c.text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.pairs, err)
		} else if got := time.Duration(methods.Needs(m).Exchange.After); got != c.after {
			t.Errorf("%s: refreshed after %v, want %v", c.pairs, got, c.after)
		}
	}
}

// exchange is what a run has of the method: who gives tokens, and what a server verifies with.
type exchange struct {
	method.Issuer
	realm    *issuing.Realm
	material json.RawMessage
	method   bench.Method
}

func newExchange(t *testing.T, alg string) *exchange {
	t.Helper()
	out := &exchange{method: bench.Method{ID: ID, Params: bench.Params{"alg": alg, "lifetime": "5s"}}}
	var err error
	if out.Issuer, err = methods.NewIssuer(out.method, [32]byte{7}, 3, time.Now()); err != nil {
		t.Fatal(err)
	}
	spec, err := issuing.SpecFor(out.Issuer, methods.Needs(out.method))
	if err != nil {
		t.Fatal(err)
	}
	spec.Client = issuing.Client{ID: "server", Secret: "secret"}
	host, err := issuing.Local()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	if out.realm, err = host.Open(spec); err != nil {
		t.Fatal(err)
	}
	if out.material, err = out.Verification(method.Places{}); err != nil {
		t.Fatal(err)
	}
	return out
}

// fetch exchanges the key of a client.
func (e *exchange) fetch(t *testing.T, index int) (status int, token string) {
	t.Helper()
	at := e.realm.TokenEndpoint(e.Issuer.(method.Exchanger).Client(index))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at.URL, strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", at.Authorization())
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var given struct {
		Token string `json:"access_token"`
	}
	_ = json.NewDecoder(answer.Body).Decode(&given) // a refusal has none
	return answer.StatusCode, given.Token
}

// judge is what a server whose clock is so far from the issuer's says of a token.
func (e *exchange) judge(t *testing.T, token string, ahead time.Duration) bench.Reason {
	t.Helper()
	newEngine, err := jwt.EngineOf(e.method.Params)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jwt.NewVerifierAround(newEngine, e.method.Params, e.material, func() time.Time { return time.Now().Add(ahead) })
	if err != nil {
		t.Fatal(err)
	}
	d := v.Verify(credentialtest.Request{"Authorization": {"Bearer " + token}})
	if (d.Outcome == bench.Allow) != (d.Reason == bench.ReasonNone) || d.Outcome == bench.Allow && (d.Subject != "user-1" || d.Tenant != "tenant-1") {
		t.Errorf("%+v", d)
	}
	return d.Reason
}

// TestExchange: what a client gets for its key is let in until it expires, whatever becomes of
// the key meanwhile. An issuer with another clock gives tokens that are not good yet, or that
// end as much earlier; never ones that live longer than its own clock says.
func TestExchange(t *testing.T) {
	for _, alg := range []string{"HS256", "ES256", "RS256", "EdDSA", "ML-DSA-44"} {
		e := newExchange(t, alg)
		status, token := e.fetch(t, 1)
		if status != http.StatusOK {
			t.Fatalf("%s: %d", alg, status)
		}
		_, secret := e.Issuer.(method.Exchanger).Client(1)
		if err := e.realm.Revoke([]byte(secret)); err != nil {
			t.Fatal(err)
		}
		if status, _ := e.fetch(t, 1); status != http.StatusUnauthorized {
			t.Errorf("%s: a key that was taken back is exchanged: %d", alg, status)
		}
		if status, _ := e.fetch(t, 2); status != http.StatusOK {
			t.Errorf("%s: another key was taken back, too: %d", alg, status)
		}
		lag := time.Duration(methods.Facts(e.method).RevocationLag)
		for ahead, want := range map[time.Duration]bench.Reason{
			0: bench.ReasonNone, lag: bench.ReasonExpired,
			2 * time.Second:  bench.ReasonNone,        // the issuer's clock is behind
			-3 * time.Second: bench.ReasonNotYetValid, // it is ahead
		} {
			if got := e.judge(t, token, ahead); got != want {
				t.Errorf("%s, a clock %v ahead: %v, want %v", alg, ahead, got, want)
			}
		}
	}
}

// TestMintedTokens are those of method jwt, with the method's lifetime.
func TestMintedTokens(t *testing.T) {
	e := newExchange(t, "ES256")
	for class, want := range map[bench.Class]bench.Reason{
		bench.Valid: bench.ReasonNone, bench.Expired: bench.ReasonExpired, bench.Forged: bench.ReasonBadSignature, bench.Unknown: bench.ReasonUnknownKey,
	} {
		token := strings.TrimPrefix(methodtest.Mint(t, e.Issuer, class, 1), "Bearer ")
		if got := e.judge(t, token, 0); got != want {
			t.Errorf("%s: %v, want %v", class, got, want)
		}
		if class == bench.Valid && e.judge(t, token, 6*time.Second) != bench.ReasonExpired {
			t.Error("a token lives for longer than lifetime says")
		}
	}
}
