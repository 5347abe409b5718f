package issuer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/opaque"
)

// grants is a realm that gives JWTs for five seconds to clients with secrets and with keys.
type grants struct {
	*Realm
	secrets *opaque.Issuer
	server  jose.Engine  // verifies its tokens, as an API does
	signs   *jose.Signer // the key of client "signer"
	own     *jose.Signer // the issuer's
}

const issuerName = "https://issuer.example"

func newGrants(t *testing.T) *grants {
	t.Helper()
	out := &grants{}
	var s Spec
	out.secrets, s = tokens(t)
	s.Clients, s.Tokens = s.Tokens, nil
	s.Access = &Access{Lifetime: 5}
	out.own, s.Access.Key = newKey(t, "ES256")
	out.signs, _ = newKey(t, "ES256")
	s.ClientKeys = map[string]jose.JWK{"signer": out.signs.Public}
	_, out.Realm = local(t, s)
	var err error
	if out.server, err = ownEngine(out.own.Public, issuerName, "api", time.Now); err != nil {
		t.Fatal(err)
	}
	return out
}

// holder is the client of a secret of a class.
func (g *grants) holder(t *testing.T, class bench.Class) Client {
	return Client{ID: "user-1", Secret: token(t, g.secrets, class)}
}

// given is an answer with a token (RFC 6749 §5.1).
type given struct {
	Token   string `json:"access_token"`
	Kind    string `json:"issued_token_type"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"`
	Scope   string `json:"scope"`
}

// obtain asks for a token that must be given.
func (g *grants) obtain(t *testing.T, form url.Values, as Client) given {
	t.Helper()
	a := ask(t, http.MethodPost, g.url(tokenPath), form.Encode(), as)
	var out given
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" ||
		out.Type != "Bearer" || out.Scope != "read" {
		t.Fatalf("%v: %+v, %v", form, a, err)
	}
	return out
}

// mustRefuse asks for a token that must not be given, and compares the error's code.
func (g *grants) mustRefuse(t *testing.T, name string, form url.Values, as Client, want string) {
	t.Helper()
	a := ask(t, http.MethodPost, g.url(tokenPath), form.Encode(), as)
	status := http.StatusBadRequest
	if want == "invalid_client" {
		status = http.StatusUnauthorized
	}
	if a.status != status || a.body != `{"error":"`+want+`"}` || a.header.Get("Cache-Control") != "no-store" || (a.header.Get("WWW-Authenticate") != "") != (status == http.StatusUnauthorized) {
		t.Errorf("%s: %+v, want %s", name, a, want)
	}
}

// without is a form without a parameter, and with others instead.
func without(form url.Values, name string, instead ...string) url.Values {
	out := url.Values{}
	for n, v := range form {
		if n != name {
			out[n] = v
		}
	}
	for i := 0; i < len(instead); i += 2 {
		out.Add(instead[i], instead[i+1])
	}
	return out
}

var credentials = url.Values{"grant_type": {"client_credentials"}}

// TestClientCredentials: a client exchanges its secret for a JWT of its own (RFC 6749 §4.4).
func TestClientCredentials(t *testing.T) {
	g := newGrants(t)
	got := g.obtain(t, credentials, g.holder(t, bench.Valid))
	who, reason := g.server.Verify([]byte(got.Token), make([]byte, len(got.Token)))
	if now := time.Now().Unix(); reason != bench.ReasonNone || who.Subject != "user-1" || who.Tenant != "tenant-1" || who.ID == "" || who.Expires < now+4 || who.Expires > now+6 || got.Expires != 5 || got.Kind != "" {
		t.Errorf("%+v, %v, %+v", who, reason, got)
	}
	if again := g.obtain(t, credentials, g.holder(t, bench.Valid)); again.Token == got.Token {
		t.Error("two tokens are one")
	}
	other := g.holder(t, bench.Valid)
	other.ID = "user-2"
	for name, as := range map[string]Client{
		"nobody": {}, "another's id": other, "expired": g.holder(t, bench.Expired), "revoked": g.holder(t, bench.Revoked),
		"forged": g.holder(t, bench.Forged), "unknown": g.holder(t, bench.Unknown), "malformed": g.holder(t, bench.Malformed),
		"one with a key": {ID: "signer"}, "an empty secret": {ID: "user-1"},
	} {
		g.mustRefuse(t, name, credentials, as, "invalid_client")
	}
	for name, c := range map[string]struct {
		form url.Values
		want string
	}{
		"no grant":        {url.Values{"scope": {"read"}}, "invalid_request"},
		"another grant":   {url.Values{"grant_type": {"password"}}, "unsupported_grant_type"},
		"another scope":   {without(credentials, "", "scope", "write"), "invalid_scope"},
		"two grants":      {without(credentials, "", "grant_type", "client_credentials"), "invalid_request"},
		"a second secret": {without(credentials, "", "client_secret", "x"), "invalid_request"},
	} {
		g.mustRefuse(t, name, c.form, g.holder(t, bench.Valid), c.want)
	}
	if err := g.Revoke([]byte(g.holder(t, bench.Valid).Secret)); err != nil {
		t.Fatal(err)
	}
	g.mustRefuse(t, "a secret that was taken back", credentials, g.holder(t, bench.Valid), "invalid_client")
	if _, reason := g.server.Verify([]byte(got.Token), make([]byte, len(got.Token))); reason != bench.ReasonNone {
		t.Errorf("the token ended with the secret that it was given for: %v", reason)
	}
	if c, err := g.Counters(); err != nil || c.Issued != 2 || c.Refused != 5 || c.Strangers != 10 || c.Revoked != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestTokenExchange (RFC 8693).
func TestTokenExchange(t *testing.T) {
	g := newGrants(t)
	subject := g.obtain(t, credentials, g.holder(t, bench.Valid)).Token
	good := url.Values{"grant_type": {exchangeGrant}, "subject_token": {subject}, "subject_token_type": {issuedTokenType}}
	for _, form := range []url.Values{
		good, without(good, "subject_token_type", "subject_token_type", jwtTokenType), without(good, "", "requested_token_type", issuedTokenType),
		without(good, "", "requested_token_type", jwtTokenType, "audience", "api", "resource", "api", "scope", "read"),
	} {
		got := g.obtain(t, form, client) // on behalf of user-1
		who, reason := g.server.Verify([]byte(got.Token), make([]byte, len(got.Token)))
		first, _ := g.server.Verify([]byte(subject), make([]byte, len(subject)))
		if reason != bench.ReasonNone || who.Subject != "user-1" || who.Tenant != "tenant-1" || got.Kind != issuedTokenType || got.Token == subject {
			t.Errorf("%v: %+v, %v, %+v", form, who, reason, got)
		}
		if who.Expires > first.Expires {
			t.Errorf("the token lives %d s longer than the one that it was exchanged for", who.Expires-first.Expires)
		}
	}
	now := time.Now().Unix()
	claims := func(more string) string {
		return fmt.Sprintf(`{"iss":%q,"aud":"api","sub":"user-1","iat":%d%s}`, issuerName, now-10, more)
	}
	signed := func(key *jose.Signer, text string) string {
		out, err := key.JWT(accessType, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	soon := fmt.Sprintf(`,"exp":%d`, now+60)
	for name, c := range map[string]struct {
		form url.Values
		want string
	}{
		"no token":              {without(good, "subject_token"), "invalid_request"},
		"no type":               {without(good, "subject_token_type"), "invalid_request"},
		"a refresh token":       {without(good, "subject_token_type", "subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token"), "invalid_request"},
		"a refresh token asked": {without(good, "", "requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"), "invalid_request"},
		"an actor":              {without(good, "", "actor_token", subject, "actor_token_type", issuedTokenType), "invalid_request"},
		"an actor's type alone": {without(good, "", "actor_token_type", issuedTokenType), "invalid_request"},
		"two tokens":            {without(good, "", "subject_token", subject), "invalid_request"},
		"another audience":      {without(good, "", "audience", "api", "audience", "other"), "invalid_target"},
		"another resource":      {without(good, "", "resource", "https://other.example"), "invalid_target"},
		"another scope":         {without(good, "", "scope", "write"), "invalid_scope"},
		"a secret":              {without(good, "subject_token", "subject_token", g.holder(t, bench.Valid).Secret), "invalid_request"},
		"an expired token":      {without(good, "subject_token", "subject_token", signed(g.own, claims(fmt.Sprintf(`,"exp":%d`, now-1)))), "invalid_request"},
		"no end":                {without(good, "subject_token", "subject_token", signed(g.own, claims(""))), "invalid_request"},
		"another key's":         {without(good, "subject_token", "subject_token", signed(g.signs, claims(soon))), "invalid_request"},
		"another audience's":    {without(good, "subject_token", "subject_token", signed(g.own, strings.Replace(claims(soon), `"api"`, `"other"`, 1))), "invalid_request"},
	} {
		g.mustRefuse(t, name, c.form, client, c.want)
	}
	g.mustRefuse(t, "nobody", good, Client{}, "invalid_client")
	if got := g.obtain(t, without(good, "subject_token", "subject_token", signed(g.own, claims(soon))), client); got.Expires != 5 {
		t.Errorf("%+v, want the lifetime of tokens", got)
	}
}

// TestExchangeOfOpaqueTokens: a realm with opaque tokens exchanges these, and calls none a JWT.
func TestExchangeOfOpaqueTokens(t *testing.T) {
	i, s := tokens(t)
	_, r := local(t, s)
	g := &grants{Realm: r}
	good := url.Values{"grant_type": {exchangeGrant}, "subject_token": {token(t, i, bench.Valid)}, "subject_token_type": {issuedTokenType}}
	got := g.obtain(t, good, client)
	said := ask(t, http.MethodPost, r.url(introspectPath), "token="+got.Token, client).body
	if !strings.Contains(said, `"active":true,"scope":"read","sub":"user-1","tenant":"tenant-1"`) {
		t.Errorf("%+v: %s", got, said)
	}
	for _, class := range []bench.Class{bench.Expired, bench.Revoked, bench.Forged, bench.Unknown} {
		g.mustRefuse(t, string(class), without(good, "subject_token", "subject_token", token(t, i, class)), client, "invalid_request")
	}
	g.mustRefuse(t, "a JWT", without(good, "", "requested_token_type", jwtTokenType), client, "invalid_request")
	g.mustRefuse(t, "as a JWT", without(good, "subject_token_type", "subject_token_type", jwtTokenType), client, "invalid_request")
}

// TestAssertions: a client signs that it is itself (RFC 7523 §3).
func TestAssertions(t *testing.T) {
	g := newGrants(t)
	now := time.Now().Unix()
	claims := map[string]string{"iss": `"signer"`, "sub": `"signer"`, "aud": `"` + issuerName + `"`, "exp": fmt.Sprint(now + 60)}
	signed := func(key *jose.Signer, changes ...string) url.Values {
		var members []string
		for name, value := range claims {
			if i := slices.Index(changes, name); i < 0 || i%2 == 1 {
				members = append(members, fmt.Sprintf("%q:%s", name, value))
			}
		}
		for i := 0; i < len(changes); i += 2 {
			if changes[i+1] != "" {
				members = append(members, fmt.Sprintf("%q:%s", changes[i], changes[i+1]))
			}
		}
		assertion, err := key.JWT("JWT", []byte("{"+strings.Join(members, ",")+"}"))
		if err != nil {
			t.Fatal(err)
		}
		return url.Values{"grant_type": {bearerGrant}, "assertion": {string(assertion)}}
	}
	good := signed(g.signs)
	for name, form := range map[string]url.Values{
		"good": good, "again, as it has no id": good, "scope": without(good, "", "scope", "read"), "one audience in a list": signed(g.signs, "aud", `["`+issuerName+`"]`),
		"issued before": signed(g.signs, "iat", fmt.Sprint(now-1), "nbf", fmt.Sprint(now-1)), "with an id": signed(g.signs, "jti", `"1"`),
	} {
		got := g.obtain(t, form, Client{})
		if who, reason := g.server.Verify([]byte(got.Token), make([]byte, len(got.Token))); reason != bench.ReasonNone || who.Subject != "signer" || got.Kind != "" {
			t.Errorf("%s: %+v, %v", name, who, reason)
		}
	}
	other, _ := newKey(t, "ES256")
	for name, form := range map[string]url.Values{
		"the id again": signed(g.signs, "jti", `"1"`), "an id again, later": signed(g.signs, "jti", `"1"`, "exp", fmt.Sprint(now+90)),
		"another key": signed(other), "the issuer's key": signed(g.own), "expired": signed(g.signs, "exp", fmt.Sprint(now-1)), "no end": signed(g.signs, "exp", ""),
		"too long": signed(g.signs, "exp", fmt.Sprint(now+3700)), "in the future": signed(g.signs, "nbf", fmt.Sprint(now+30)), "issued in the future": signed(g.signs, "iat", fmt.Sprint(now+30)),
		"no issuer": signed(g.signs, "iss", ""), "no subject": signed(g.signs, "sub", ""), "no audience": signed(g.signs, "aud", ""),
		"another's issuer": signed(g.signs, "iss", `"user-1"`), "another's subject": signed(g.signs, "sub", `"user-1"`),
		"the endpoint as audience": signed(g.signs, "aud", fmt.Sprintf("%q", g.url(tokenPath))), "a second audience": signed(g.signs, "aud", `["`+issuerName+`","https://other.example"]`),
		"no JWT": {"grant_type": {bearerGrant}, "assertion": {"x"}}, "a name twice": signed(g.signs, "exp", fmt.Sprint(now+60), "exp", fmt.Sprint(now+61)),
	} {
		g.mustRefuse(t, name, form, Client{}, "invalid_grant")
	}
	g.mustRefuse(t, "no assertion", url.Values{"grant_type": {bearerGrant}}, Client{}, "invalid_request")
	g.mustRefuse(t, "two assertions", without(good, "", "assertion", "x"), Client{}, "invalid_request")
	g.mustRefuse(t, "another scope", without(good, "", "scope", "write"), Client{}, "invalid_scope")
	g.mustRefuse(t, "a wrong secret beside it", good, Client{ID: "signer", Secret: "x"}, "invalid_client")
	g.mustRefuse(t, "another client's", good, g.holder(t, bench.Valid), "invalid_grant")
}

// TestIDsOfAssertionsAreForgotten when the assertions are over, and only then.
func TestIDsOfAssertionsAreForgotten(t *testing.T) {
	u := &usedIDs{until: map[string]int64{}}
	for i := range mostAssertions {
		if why := u.add(fmt.Sprint(i), int64(100+i%2), 99); why != granted {
			t.Fatal(why)
		}
	}
	for _, step := range []struct {
		id   string
		now  int64
		want refusal
	}{{"new", 99, unavailable}, {"new", 100, granted}, {"new", 100, invalidGrant}, {"1", 100, invalidGrant}, {"0", 100, granted}} {
		if got := u.add(step.id, 200, step.now); got != step.want {
			t.Errorf("%s at %d: %q, want %q", step.id, step.now, got, step.want)
		}
	}
}

// TestBrokenRealms are not opened, and what is wrong with them is not quoted.
func TestBrokenRealms(t *testing.T) {
	g := newGrants(t)
	_, key := newKey(t, "ES256")
	named := Spec{Client: client, Name: issuerName, Audience: "api"}
	for name, change := range map[string]func(*Spec){
		"no lifetime":    func(s *Spec) { s.Access = &Access{Key: key} },
		"no key":         func(s *Spec) { s.Access = &Access{Lifetime: 5} },
		"no name":        func(s *Spec) { s.Access, s.Name = &Access{key, 5}, "" },
		"no client":      func(s *Spec) { s.Access, s.Client = &Access{key, 5}, Client{} },
		"broken clients": func(s *Spec) { s.Clients = []byte(`"quoted"`) },
		"broken keys":    func(s *Spec) { s.ClientKeys = map[string]jose.JWK{"a": {Secret: []byte("quoted")}} },
	} {
		s := named
		change(&s)
		if _, err := g.Host.Open(s); err == nil || strings.Contains(err.Error(), "quoted") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
