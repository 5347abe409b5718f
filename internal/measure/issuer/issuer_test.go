package issuer

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/opaque"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// fasthttp keeps the clock of its Date field going for the process's life,
		// and looks for idle workers once more after its server has stopped.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
	)
}

var client = Client{ID: "server: 1", Secret: "p&ss wörd"}

// local serves one realm with tokens until the end of the test.
func local(t *testing.T, s Spec) (*Host, *Realm) {
	t.Helper()
	host, err := Local()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	realm, err := host.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	return host, realm
}

// tokens are some of a run, and what a realm makes of them.
func tokens(t *testing.T) (*opaque.Issuer, Spec) {
	t.Helper()
	i, err := opaque.NewIssuer("introspection", credential.Bearer, opaque.Config{Secret: [32]byte{7}, Count: 3, Now: time.Now(), Form: opaque.Keys{}})
	if err != nil {
		t.Fatal(err)
	}
	material, err := i.Verification(nil)
	if err != nil {
		t.Fatal(err)
	}
	return i, Spec{Tokens: material, Client: client, Name: "https://issuer.example", Audience: "api"}
}

func token(t *testing.T, i *opaque.Issuer, class bench.Class) string {
	t.Helper()
	value, err := i.Append(nil, class, 1)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(string(value), "Bearer ")
}

// answer is what an endpoint says.
type answer struct {
	status int
	header http.Header
	body   string
}

func ask(t *testing.T, method, at, body string, as Client) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if as.ID != "" {
		r.SetBasicAuth(url.QueryEscape(as.ID), url.QueryEscape(as.Secret))
	}
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

func TestKeySetIsPublished(t *testing.T) {
	const set, next = `{"keys":[]}`, `{"keys":[{}]}`
	host, r := local(t, Spec{KeySet: json.RawMessage(set)})
	for range 2 {
		if a := ask(t, http.MethodGet, r.KeySetURL(), "", Client{}); a.status != http.StatusOK || a.body != set || a.header.Get("Content-Type") != "application/jwk-set+json" {
			t.Errorf("%+v", a)
		}
	}
	if err := r.Publish([]byte(next)); err != nil {
		t.Fatal(err)
	}
	if c, err := r.Counters(); err != nil || c.Taken != 0 || c.Fetches != 2 {
		t.Errorf("nobody has fetched the new set: %+v, %v", c, err)
	}
	if a := ask(t, http.MethodGet, r.KeySetURL(), "", Client{}); a.body != next {
		t.Errorf("after another set was published: %q", a.body)
	}
	before, err := r.Counters()
	ask(t, http.MethodGet, r.KeySetURL(), "", Client{})
	after, afterErr := r.Counters()
	if err != nil || afterErr != nil || before.Taken == 0 || after.Taken != before.Taken || after.Fetches != 4 {
		t.Errorf("%+v, then %+v", before, after)
	}
	for at, want := range map[string]int{
		strings.Replace(r.KeySetURL(), "realm-1", "realm-2", 1): http.StatusNotFound,
		strings.TrimSuffix(r.KeySetURL(), keySetPath) + "keys":  http.StatusNotFound,
		r.url(introspectPath): http.StatusMethodNotAllowed,
	} {
		if a := ask(t, http.MethodGet, at, "", Client{}); a.status != want {
			t.Errorf("GET %s: %d", at, a.status)
		}
	}
	if a := ask(t, http.MethodPost, r.url(introspectPath), "token=x", client); a.status != http.StatusNotFound {
		t.Errorf("a realm without tokens answers %d about one", a.status)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if a := ask(t, http.MethodGet, r.KeySetURL(), "", Client{}); a.status != http.StatusNotFound {
		t.Errorf("a closed realm answers %d", a.status)
	}
	if err := r.Publish([]byte(set)); err == nil || host.Failure() != "" {
		t.Errorf("a closed realm publishes: %v", err)
	}
}

// TestIntrospection: an active token is described, and of another nothing is said but that
// it is not (RFC 7662 §2.2).
func TestIntrospection(t *testing.T) {
	i, s := tokens(t)
	_, r := local(t, s)
	valid := token(t, i, bench.Valid)
	about := func(token string) string {
		a := ask(t, http.MethodPost, r.url(introspectPath), url.Values{"token": {token}, "token_type_hint": {"refresh_token"}}.Encode(), client)
		if a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %+v", token, a)
		}
		return a.body
	}
	said := about(valid)
	for _, want := range []string{`"active":true`, `"sub":"user-1"`, `"tenant":"tenant-1"`, `"scope":"read"`, `"aud":"api"`, `"iss":"https://issuer.example"`, `"exp":`} {
		if !strings.Contains(said, want) {
			t.Errorf("%s lacks %s", said, want)
		}
	}
	for _, class := range []bench.Class{bench.Expired, bench.Revoked, bench.Forged, bench.Unknown, bench.Malformed} {
		if said := about(token(t, i, class)); said != `{"active":false}` {
			t.Errorf("%s: %s", class, said)
		}
	}
	if err := r.Revoke([]byte(valid)); err != nil {
		t.Fatal(err)
	}
	if said := about(valid); said != `{"active":false}` {
		t.Errorf("taken back by its operator: %s", said)
	}
	if err := r.Revoke([]byte("nothing")); err == nil {
		t.Error("an unknown token is taken back")
	}
	if c, err := r.Counters(); err != nil || c.Introspections != 7 || c.Active != 1 || c.Revoked != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestStrangersLearnNothing: each endpoint demands its client (RFC 7662 §2.1).
func TestStrangersLearnNothing(t *testing.T) {
	i, s := tokens(t)
	_, r := local(t, s)
	for name, as := range map[string]Client{
		"nobody": {}, "another name": {"other", client.Secret}, "another secret": {client.ID, "x"}, "no secret": {ID: client.ID},
	} {
		for _, endpoint := range []string{tokenPath, introspectPath, revokePath} {
			a := ask(t, http.MethodPost, r.url(endpoint), "grant_type=client_credentials&token="+token(t, i, bench.Valid), as)
			if a.status != http.StatusUnauthorized || a.body != `{"error":"invalid_client"}` || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic ") {
				t.Errorf("%s at %s: %+v", name, endpoint, a)
			}
		}
	}
	if c, err := r.Counters(); err != nil || c.Strangers != 12 || c.Introspections+c.Issued+c.Revoked != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	s.Client.Secret = ""
	if _, err := r.Host.Open(s); err == nil {
		t.Error("a realm whose client has no secret is opened")
	}
}

// TestTokenLives: it is issued, known, taken back (RFC 6749 §4.4, RFC 7009), and unknown in
// another realm.
func TestTokenLives(t *testing.T) {
	_, s := tokens(t)
	host, r := local(t, s)
	other, err := host.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	a := ask(t, http.MethodPost, r.url(tokenPath), "grant_type=client_credentials&scope=read", client)
	var given struct {
		Token   string `json:"access_token"`
		Type    string `json:"token_type"`
		Expires int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(a.body), &given); err != nil || a.status != http.StatusOK || given.Type != "Bearer" || given.Expires != 3600 || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%+v, %v", a, err)
	}
	active := func(r *Realm) bool {
		return strings.Contains(ask(t, http.MethodPost, r.url(introspectPath), "token="+given.Token, client).body, `"active":true,"scope":"read","sub":"server: 1"`)
	}
	if !active(r) || active(other) {
		t.Error("it is not known where it was issued, or is known elsewhere")
	}
	for range 2 { // one that is gone is answered alike (RFC 7009 §2.2)
		if a := ask(t, http.MethodPost, r.url(revokePath), "token="+given.Token, client); a.status != http.StatusOK {
			t.Errorf("%+v", a)
		}
	}
	if active(r) {
		t.Error("it is active after it was taken back")
	}
	for form, want := range map[string]string{
		"grant_type=password": "unsupported_grant_type", "": "invalid_request",
		"grant_type=client_credentials&scope=write": "invalid_scope",
	} {
		if a := ask(t, http.MethodPost, r.url(tokenPath), form, client); a.status != http.StatusBadRequest || !strings.Contains(a.body, want) {
			t.Errorf("%s: %+v", form, a)
		}
	}
	for _, form := range []string{"", "token=", "token=a&token=b"} {
		if a := ask(t, http.MethodPost, r.url(introspectPath), form, client); a.status != http.StatusBadRequest {
			t.Errorf("%q: %+v", form, a)
		}
	}
}
