package introspection

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/credential/jose"
	issuing "authbench/internal/measure/issuer"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// pair is an issuer with its process, and the verifier that asks it.
type pair struct {
	method.Issuer
	realm    *issuing.Realm
	verifier *verifier
	now      time.Time
}

func newPair(t testing.TB, p bench.Params) *pair {
	t.Helper()
	minted := newIssuerOf(t)
	host, err := issuing.Local()
	if err != nil {
		t.Fatal(err)
	}
	spec, err := issuing.SpecFor(minted, method.Needs{Tokens: true})
	if err != nil {
		t.Fatal(err)
	}
	spec.Client = issuing.Client{ID: "server", Secret: "secret"}
	realm, err := host.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	out := &pair{Issuer: minted, realm: realm, now: time.Now()}
	out.verifier = asking(t, p, realm.Places(method.Needs{Tokens: true}, method.Places{}).Introspection.URL, func() time.Time { return out.now })
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	return out
}

func methodsOf() method.Catalogue { return method.Catalogue{Method()} }

func newIssuerOf(t testing.TB) method.Issuer {
	t.Helper()
	minted, err := methodsOf().NewIssuer(bench.Method{ID: ID}, [32]byte{5}, 3, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return minted
}

// asking is a verifier that asks at a URL.
func asking(t testing.TB, p bench.Params, at string, now func() time.Time) *verifier {
	t.Helper()
	material, err := newIssuerOf(t).Verification(method.Places{Introspection: &credential.Endpoint{URL: at, ClientID: "server", ClientSecret: "secret"}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := newVerifierAt(p, material, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

func decide(v *verifier, value string) bench.Decision {
	return v.Verify(credentialtest.Request{"Authorization": {value}})
}

var cached = bench.Params{"cache_size": 100, "cache_ttl": "10s"}

func TestClasses(t *testing.T) {
	for _, params := range []bench.Params{nil, cached, {"answer": "jwt"}, {"concurrent": "once"}} {
		p := newPair(t, params)
		for range 2 {
			for class, want := range map[bench.Class]bench.Reason{
				bench.Valid: bench.ReasonNone, bench.Expired: bench.ReasonUnknown, bench.Revoked: bench.ReasonUnknown,
				bench.Forged: bench.ReasonUnknown, bench.Unknown: bench.ReasonUnknown, bench.Malformed: bench.ReasonUnknown,
				bench.Oversized: bench.ReasonTooLarge,
			} {
				d := decide(p.verifier, methodtest.Mint(t, p, class, 1))
				if d.Reason != want || (d.Outcome == bench.Allow) != (class == bench.Valid) || class == bench.Valid && (d.Subject != "user-1" || d.Tenant != "tenant-1") {
					t.Errorf("%v %s: %+v", params, class, d)
				}
			}
		}
		count := p.verifier.Store()
		if want := map[bool]int64{true: 12, false: 6}[params.Int("cache_size") == 0]; count.Lookups != want || count.Unavailable != 0 {
			t.Errorf("%v: %+v, want %d questions", params, count, want)
		}
	}
}

// TestRevocation shows as late as the cache lives, and not later than the token expires.
func TestRevocation(t *testing.T) {
	for _, c := range []struct {
		params bench.Params
		after  time.Duration
		works  bool
	}{
		{nil, 0, false},
		{cached, 10*time.Second - 1, true},
		{cached, 10 * time.Second, false},
		{bench.Params{"cache_size": 100, "cache_ttl": "24h"}, 23 * time.Hour, true},
		{bench.Params{"cache_size": 100, "cache_ttl": "24h"}, 24 * time.Hour, false}, // its exp
	} {
		p := newPair(t, c.params)
		value := methodtest.Mint(t, p, bench.Valid, 0)
		if d := decide(p.verifier, value); d.Outcome != bench.Allow {
			t.Fatalf("%+v", d)
		}
		if err := p.realm.Revoke([]byte(strings.TrimPrefix(value, "Bearer "))); err != nil {
			t.Fatal(err)
		}
		p.now = p.now.Add(c.after)
		if d := decide(p.verifier, value); (d.Outcome == bench.Allow) != c.works {
			t.Errorf("%v, %v after it was taken back: %+v", c.params, c.after, d)
		}
	}
}

// TestAnswers: what an issuer may say, and what it must not.
func TestAnswers(t *testing.T) {
	const good = `"active":true,"sub":"user-1","scope":"read write","iss":"` + jose.IssuerName + `","aud":"` + jose.AudienceName + `"`
	status, kind, body := http.StatusOK, "application/json", ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, secret, ok := r.BasicAuth(); !ok || id != "server" || secret != "secret" || r.FormValue("token") != "some+token/x==" {
			t.Errorf("asked as %q for %q", id, r.FormValue("token"))
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	defer server.Close()
	v := asking(t, nil, server.URL, time.Now)
	var notices []string
	v.OnNotice(func(text string) { notices = append(notices, text) })
	soon, past := time.Now().Add(time.Hour).Unix(), time.Now().Add(-time.Second).Unix()
	for _, c := range []struct {
		name, body string
		want       bench.Reason
	}{
		{"good", "{" + good + "}", bench.ReasonNone},
		{"good until", fmt.Sprintf(`{%s,"exp":%d}`, good, soon), bench.ReasonNone},
		{"bearer", "{" + good + `,"token_type":"bearer"}`, bench.ReasonNone},
		{"several audiences", strings.Replace("{"+good+"}", `"aud":"`+jose.AudienceName+`"`, `"aud":["other","`+jose.AudienceName+`"]`, 1), bench.ReasonNone},
		{"no issuer", strings.Replace("{"+good+"}", `"iss":"`+jose.IssuerName+`",`, "", 1), bench.ReasonNone},
		{"expired", fmt.Sprintf(`{%s,"exp":%d}`, good, past), bench.ReasonExpired},
		{"expired in 1970", "{" + good + `,"exp":0}`, bench.ReasonExpired},
		{"not yet", fmt.Sprintf(`{%s,"nbf":%d}`, good, soon), bench.ReasonNotYetValid},
		{"another issuer", strings.Replace("{"+good+"}", jose.IssuerName, "https://other.example", 1), bench.ReasonWrongIssuer},
		{"another audience", strings.Replace("{"+good+"}", jose.AudienceName, "other", 1), bench.ReasonWrongAudience},
		{"no audience", strings.Replace("{"+good+"}", `,"aud":"`+jose.AudienceName+`"`, "", 1), bench.ReasonWrongAudience},
		{"another scope", strings.Replace("{"+good+"}", "read write", "reader write", 1), bench.ReasonScope},
		{"no scope", strings.Replace("{"+good+"}", `"scope":"read write",`, "", 1), bench.ReasonScope},
		{"bound to a key", "{" + good + `,"token_type":"DPoP"}`, bench.ReasonUnknown},
		{"not active", `{"active":false,` + strings.TrimPrefix(good, `"active":true,`) + "}", bench.ReasonUnknown},
		{"active as a text", strings.Replace("{"+good+"}", "true", `"true"`, 1), bench.ReasonUnavailable},
		{"active as a number", strings.Replace("{"+good+"}", "true", "1", 1), bench.ReasonUnavailable},
		{"no active", `{"sub":"user-1"}`, bench.ReasonUnavailable},
		{"active null", `{"active":null}`, bench.ReasonUnavailable},
		{"nobody's", strings.Replace("{"+good+"}", `"sub":"user-1",`, "", 1), bench.ReasonUnavailable},
		{"exp as a text", "{" + good + `,"exp":"never"}`, bench.ReasonUnavailable},
		{"audience as a number", strings.Replace("{"+good+"}", `"aud":"`+jose.AudienceName+`"`, `"aud":1`, 1), bench.ReasonUnavailable},
		{"no JSON", "active", bench.ReasonUnavailable},
		{"JSON and more", "{" + good + "} {}", bench.ReasonUnavailable},
		{"a list", "[]", bench.ReasonUnavailable},
		{"nothing", "", bench.ReasonUnavailable},
		{"too much", "{" + good + `,"x":"` + strings.Repeat("x", mostAnswer) + `"}`, bench.ReasonUnavailable},
	} {
		body = c.body
		if d := decide(v, "Bearer some+token/x=="); d.Reason != c.want || (d.Outcome == bench.Fail) != (c.want == bench.ReasonUnavailable) {
			t.Errorf("%s: %+v, want %v", c.name, d, c.want)
		}
	}
	body, kind = "{"+good+"}", "text/html"
	if d := decide(v, "Bearer some+token/x=="); d.Outcome != bench.Fail {
		t.Errorf("HTML: %+v", d)
	}
	kind = "application/json; charset=utf-8"
	for _, status = range []int{201, 204, 302, 400, 401, 403, 404, 429, 500, 503} {
		if d := decide(v, "Bearer some+token/x=="); d.Outcome != bench.Fail {
			t.Errorf("status %d: %+v", status, d)
		}
	}
	if all := strings.Join(notices, "\n"); !strings.Contains(all, "correct the client's id and secret") || strings.Contains(all, "some") || strings.Contains(all, "secret\"") {
		t.Errorf("notices: %s", all)
	}
}

// TestSilentIssuer: a request is not let in, and not held for ever, when nobody answers.
func TestSilentIssuer(t *testing.T) {
	release := make(chan struct{})
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked.Add(1)
		<-release
	}))
	v := asking(t, cached, server.URL, time.Now)
	if d := decide(v, "Bearer x"); d.Outcome != bench.Fail || asked.Load() != 1 {
		t.Errorf("silent: %+v, asked %d times", d, asked.Load())
	}
	close(release)
	server.Close()
	if d := decide(v, "Bearer x"); d.Outcome != bench.Fail {
		t.Errorf("gone: %+v", d)
	}
	if c := v.Store(); c.Lookups != 2 || c.Unavailable != 2 {
		t.Errorf("%+v", c)
	}
}

// TestNobodyIsAskedAbout what cannot be a token.
func TestNobodyIsAskedAbout(t *testing.T) {
	p := newPair(t, nil)
	for _, value := range []string{"Bearer a b", "Bearer a&b", "Bearer =", "Bearer a=b", "Bearer a%20", "Bearer \"a\"", "Bearer é"} {
		if d := decide(p.verifier, value); d.Reason != bench.ReasonMalformed {
			t.Errorf("%q: %+v", value, d)
		}
	}
	if c := p.verifier.Store(); c.Lookups != 0 {
		t.Errorf("%+v", c)
	}
}

func TestMaterialHoldsNoTokens(t *testing.T) {
	if _, err := (issuer{}).Verification(method.Places{}); err == nil {
		t.Error("there is no issuer to ask, and that is no error")
	}
	if _, err := newVerifierAt(nil, []byte(`{"secret":"AAAA"}`), time.Now); err == nil {
		t.Error("material of another method is taken")
	}
}
