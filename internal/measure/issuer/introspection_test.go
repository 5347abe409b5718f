package issuer

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/jose"
)

// newKey is a private key.
func newKey(t *testing.T, alg string) (*jose.Signer, json.RawMessage) {
	t.Helper()
	a, err := jose.MustAlgorithm(alg)
	if err != nil {
		t.Fatal(err)
	}
	var secret [32]byte
	rand.Read(secret[:])
	s, err := jose.NewSigner(secret, a, "k", jose.LeastRSA)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(s.Private)
	if err != nil {
		t.Fatal(err)
	}
	return s, text
}

// askAccepting asks about a token, and accepts answers of one type.
func askAccepting(t *testing.T, r *Realm, token, accept string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url(introspectPath), strings.NewReader("token="+token))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", r.endpoint(introspectPath).Authorization())
	request.Header.Set("Accept", accept)
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := c.Do(request)
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

// TestSignedIntrospection: who asks for a JWT gets one of its own type, which nobody can take
// for a token (RFC 9701 §5).
func TestSignedIntrospection(t *testing.T) {
	i, s := tokens(t)
	key, private := newKey(t, "ES256")
	s.AnswerKey = private
	host, r := local(t, s)
	reads, err := jose.NewStatements(answerType, key.Public)
	if err != nil {
		t.Fatal(err)
	}
	for _, class := range []bench.Class{bench.Valid, bench.Revoked} {
		for _, accept := range []string{"application/token-introspection+jwt", "application/json;q=0.5, application/Token-Introspection+JWT; q=1"} {
			a := askAccepting(t, r, token(t, i, class), accept)
			claims, reason := reads.Fresh([]byte(a.body), time.Now(), "https://issuer.example", client.ID)
			var said map[string]json.RawMessage
			if reason != bench.ReasonNone || json.Unmarshal(claims, &said) != nil || a.status != http.StatusOK ||
				a.header.Get("Content-Type") != "application/token-introspection+jwt" || a.header.Get("Cache-Control") != "no-store" {
				t.Fatalf("%s: %+v, %v", class, a, reason)
			}
			if len(said) != 4 || string(said["token_introspection"]) == "" || said["sub"] != nil || said["exp"] != nil {
				t.Errorf("%s: %s", class, claims)
			}
			if active := strings.Contains(string(said["token_introspection"]), `"active":true,"scope":"read","sub":"user-1"`); active != (class == bench.Valid) {
				t.Errorf("%s: %s", class, claims)
			}
		}
		if a := askAccepting(t, r, token(t, i, class), "application/json, */*"); !strings.HasPrefix(a.body, `{"active":`) {
			t.Errorf("JSON was asked for: %+v", a)
		}
	}
	s.AnswerKey = nil
	unsigned, err := host.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	if a := askAccepting(t, unsigned, "x", "application/"+answerType); a.status != http.StatusNotAcceptable {
		t.Errorf("a realm that signs nothing: %+v", a)
	}
	for _, key := range []string{`"quoted"`, `{"kty":"EC","alg":"ES256","d":"cXVvdGVk"}`} {
		s.AnswerKey = []byte(key)
		if _, err := host.Open(s); err == nil || strings.Contains(err.Error(), "quoted") {
			t.Errorf("key %s: %v", key, err)
		}
	}
}
