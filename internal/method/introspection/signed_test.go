package introspection

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/jose"
)

// signedBy signs claims as an issuer does.
func signedBy(t *testing.T, key *jose.Signer, typ, claims string) string {
	t.Helper()
	out, err := key.JWT(typ, []byte(claims))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestSignedAnswers: an answer that was asked for as a JWT counts only if the issuer made it,
// for this server, just now (RFC 9701 §5). All else lets nobody in, and refuses nobody.
func TestSignedAnswers(t *testing.T) {
	own := newIssuerOf(t).(issuer).answers
	alg, err := jose.MustAlgorithm(answerAlgorithm)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := jose.NewSigner([32]byte{6}, alg, "answers", 0) // the same id, another key
	if err != nil {
		t.Fatal(err)
	}
	kind, body := "application/"+answerType, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if accept := r.Header.Get("Accept"); accept != "application/"+answerType {
			t.Errorf("asked for %q", accept)
		}
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	now := time.Now()
	v := asking(t, bench.Params{"answer": "jwt"}, server.URL, func() time.Time { return now })
	const said = `"active":true,"sub":"user-1","scope":"read","aud":"` + jose.AudienceName + `"`
	claims := func(iss, aud, times, more string) string {
		return `{"iss":"` + iss + `","aud":` + aud + `,` + times + `"token_introspection":{` + said + `}` + more + `}`
	}
	at := func(d time.Duration) string { return fmt.Sprintf(`"iat":%d,`, now.Add(d).Unix()) }
	good := claims(jose.IssuerName, `"server"`, at(0), "")
	jwt := func(claims string) string { return signedBy(t, own, answerType, claims) }
	for name, c := range map[string]struct {
		body string
		want bench.Reason
	}{
		"good":                          {jwt(good), bench.ReasonNone},
		"for several":                   {jwt(claims(jose.IssuerName, `["other","server"]`, at(0), "")), bench.ReasonNone},
		"with its media type":           {signedBy(t, own, "application/"+answerType, good), bench.ReasonNone},
		"an issuer two seconds ahead":   {jwt(claims(jose.IssuerName, `"server"`, at(2*time.Second), "")), bench.ReasonNone},
		"an issuer two seconds behind":  {jwt(claims(jose.IssuerName, `"server"`, at(-2*time.Second), "")), bench.ReasonNone},
		"not active":                    {jwt(strings.Replace(good, said, `"active":false`, 1)), bench.ReasonUnknown},
		"signed by another":             {signedBy(t, stranger, answerType, good), bench.ReasonUnavailable},
		"another type":                  {signedBy(t, own, "JWT", good), bench.ReasonUnavailable},
		"the type of a token":           {signedBy(t, own, "at+jwt", good), bench.ReasonUnavailable},
		"another audience":              {jwt(claims(jose.IssuerName, `"other"`, at(0), "")), bench.ReasonUnavailable},
		"the audience of tokens":        {jwt(claims(jose.IssuerName, `"`+jose.AudienceName+`"`, at(0), "")), bench.ReasonUnavailable},
		"no audience":                   {jwt(strings.Replace(good, `"aud":"server",`, "", 1)), bench.ReasonUnavailable},
		"another issuer":                {jwt(claims("https://other.test", `"server"`, at(0), "")), bench.ReasonUnavailable},
		"no issuer":                     {jwt(strings.Replace(good, `"iss":"`+jose.IssuerName+`",`, "", 1)), bench.ReasonUnavailable},
		"no time":                       {jwt(claims(jose.IssuerName, `"server"`, "", "")), bench.ReasonUnavailable},
		"a time as a text":              {jwt(claims(jose.IssuerName, `"server"`, `"iat":"now",`, "")), bench.ReasonUnavailable},
		"older than a minute":           {jwt(claims(jose.IssuerName, `"server"`, at(-61*time.Second), "")), bench.ReasonUnavailable},
		"more than a minute ahead":      {jwt(claims(jose.IssuerName, `"server"`, at(62*time.Second), "")), bench.ReasonUnavailable},
		"expired":                       {jwt(claims(jose.IssuerName, `"server"`, at(-time.Second)+fmt.Sprintf(`"exp":%d,`, now.Unix()), "")), bench.ReasonUnavailable},
		"says nothing":                  {jwt(strings.Replace(good, `"token_introspection":{`+said+`}`, `"x":0`, 1)), bench.ReasonUnavailable},
		"says it beside the claim":      {jwt(`{` + said[:len(said)-1] + `","iss":"` + jose.IssuerName + `",` + at(0) + `"x":0}`), bench.ReasonUnavailable},
		"says it as a text":             {jwt(strings.Replace(good, `{`+said+`}`, `"{\"active\":true,\"sub\":\"user-1\"}"`, 1)), bench.ReasonUnavailable},
		"says it twice":                 {jwt(strings.Replace(good, `}}`, `},"token_introspection":{`+said+`}}`, 1)), bench.ReasonUnavailable},
		"plain JSON":                    {`{` + said + `}`, bench.ReasonUnavailable},
		"nothing":                       {"", bench.ReasonUnavailable},
		"without its signature":         {jwt(good)[:strings.LastIndex(jwt(good), ".")+1], bench.ReasonUnavailable},
		"with a line feed at its end":   {jwt(good) + "\n", bench.ReasonUnavailable},
		"two of them, one after a line": {jwt(good) + "\n" + jwt(good), bench.ReasonUnavailable},
	} {
		body = c.body
		if d := decide(v, "Bearer x"); d.Reason != c.want || (d.Outcome == bench.Fail) != (c.want == bench.ReasonUnavailable) {
			t.Errorf("%s: %+v, want %v", name, d, c.want)
		}
	}
	body = jwt(good)
	for _, kind = range []string{"application/json", "application/jwt", "text/plain", ""} {
		if d := decide(v, "Bearer x"); d.Outcome != bench.Fail {
			t.Errorf("a good answer as %q: %+v", kind, d)
		}
	}
	kind = "Application/Token-Introspection+JWT; charset=utf-8"
	if d := decide(v, "Bearer x"); d.Outcome != bench.Allow {
		t.Errorf("%q: %+v", kind, d)
	}
}

// TestUnsignedVerifierTakesNoJWT: who asks for JSON is not answered with a JWT.
func TestUnsignedVerifierTakesNoJWT(t *testing.T) {
	body := signedBy(t, newIssuerOf(t).(issuer).answers, answerType, `{"active":true,"sub":"user-1"}`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/"+answerType)
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	if d := decide(asking(t, nil, server.URL, time.Now), "Bearer x"); d.Outcome != bench.Fail {
		t.Errorf("%+v", d)
	}
}

// TestQuestionsAreShared: requests with one token at the same time ask once, one after the
// other each ask, and those with other tokens share nothing.
func TestQuestionsAreShared(t *testing.T) {
	release, asked := make(chan struct{}), atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		<-release
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"active": true, "sub": "user-1", "scope": "read", "aud": jose.AudienceName})
	}))
	defer server.Close()
	v := asking(t, bench.Params{"concurrent": "once"}, server.URL, time.Now)
	var requests sync.WaitGroup
	for i := range 10 {
		requests.Go(func() {
			if d := decide(v, "Bearer "+[]string{"x", "y"}[i%2]); d.Outcome != bench.Allow {
				t.Errorf("%+v", d)
			}
		})
	}
	for v.Lookups().Misses < 10 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	requests.Wait()
	// A request may count before it joins a question: it then asks anew.
	if n := asked.Load(); n < 2 || n > 9 {
		t.Errorf("10 requests with two tokens asked %d times", n)
	}
	before := asked.Load()
	for range 3 {
		decide(v, "Bearer x")
	}
	if n := asked.Load() - before; n != 3 {
		t.Errorf("3 requests, one after the other, asked %d times", n)
	}
}

// TestAnswersOfTheIssuer: what our issuer signs, our verifier takes, and a realm without a key
// for answers says that it cannot.
func TestAnswersOfTheIssuer(t *testing.T) {
	p := newPair(t, bench.Params{"answer": "jwt"})
	if d := decide(p.verifier, "Bearer unknown"); d.Outcome != bench.Deny {
		t.Errorf("%+v", d)
	}
	for name, pairs := range map[string][]string{"answer": {"answer=html"}, "concurrent": {"concurrent=each", "cache_size=1", "cache_ttl=1s"}} {
		if _, err := bench.ParseMethod(ID, pairs, methodsOf()); err == nil {
			t.Errorf("%s: %v is taken", name, pairs)
		}
	}
}
