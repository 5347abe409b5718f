package arms

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/jose"
	"authbench/internal/measure/issuer"
	"authbench/internal/method"
	"authbench/internal/method/all"
)

// rotating is an arm whose issuer replaces its key.
func rotating() bench.Arm {
	share := 0.5
	return bench.Arm{
		Name:       "jwt",
		Method:     bench.Method{ID: "jwt", Params: bench.Params{"alg": "EdDSA", "keys": "jwks", "rotation": "8s"}},
		Population: &bench.Population{Credentials: 3, BadShare: &share, BadClasses: []bench.Class{bench.Unknown}},
	}
}

func rotatingCredentials(t *testing.T, a bench.Arm, shared map[string]*mintedCredentials) (*mintedCredentials, error) {
	t.Helper()
	w, err := testConfig().mintedFor(t.Context(), a, shared)
	if err != nil {
		t.Fatal(err)
	}
	return testConfig().withKeyRotation(t.Context(), a, w, shared)
}

// signedBy says which key signed the credential that clients hold now.
func signedBy(t *testing.T, w *mintedCredentials) string {
	t.Helper()
	for name, issuer := range map[string]method.Issuer{"old": w.issuer, "new": w.next.issuer} {
		verification, err := issuer.Verification(method.Places{})
		if err != nil {
			t.Fatal(err)
		}
		v, err := all.Catalogue().NewVerifier(bench.Method{ID: "jwt", Params: bench.Params{"alg": "EdDSA"}}, verification, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := v.Verify(asked(w.next.Append(nil, bench.Valid, 1))); d.Outcome == bench.Allow && d.Subject == "user-1" {
			return name
		}
	}
	return "neither"
}

// asked is a request with a credential.
type asked []byte

func (asked) Method() []byte    { return []byte("GET") }
func (asked) Target() []byte    { return []byte("/") }
func (asked) Room(n int) []byte { return make([]byte, n) }

func (a asked) Values(field string) [][]byte {
	if field != "Authorization" {
		return nil
	}
	return [][]byte{a}
}

// published are the key ids of the set that the server publishes.
func published(t *testing.T, keys *issuer.Realm) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, keys.KeySetURL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []jose.JWK }
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, k := range set.Keys {
		out = append(out, k.KeyID)
	}
	return strings.Join(out, " ")
}

// TestRotation: the new key is published before anybody uses it, and the old one
// stays until nobody does. Each launch begins with the old one.
func TestRotation(t *testing.T) {
	w, err := rotatingCredentials(t, rotating(), map[string]*mintedCredentials{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		set, err := method.PublishedKeys(w.issuer)
		if err != nil {
			t.Fatal(err)
		}
		host, err := issuer.Local()
		if err != nil {
			t.Fatal(err)
		}
		keys, err := host.Open(issuer.Spec{KeySet: set})
		if err != nil {
			t.Fatal(err)
		}
		r, err := w.next.begin(w.issuer, keys)
		if err != nil {
			t.Fatal(err)
		}
		if ids, by := published(t, keys), signedBy(t, w); ids != "key-1" || by != "old" || *r.record() != (bench.Rotation{}) {
			t.Errorf("at the start: keys %s, the %s one signs, %+v", ids, by, r.record())
		}
		began := time.Now()
		for _, step := range []struct {
			after   time.Duration
			ids, by string
		}{
			{0, "key-1 key-3", "old"},
			{8*time.Second - 1, "key-1 key-3", "old"},
			{8 * time.Second, "key-1 key-3", "new"},
			{16*time.Second - 1, "key-1 key-3", "new"},
			{16 * time.Second, "key-3", "new"},
			{time.Hour, "key-3", "new"},
		} {
			if err := r.advance(began.Add(step.after)); err != nil {
				t.Fatal(err)
			}
			learned := r.record().Learned
			if ids, by := published(t, keys), signedBy(t, w); ids != step.ids || by != step.by || r.record().Used != (by == "new") {
				t.Errorf("after %v: keys %s, the %s one signs, %+v; want keys %s, and the %s one", step.after, ids, by, r.record(), step.ids, step.by)
			}
			if after := r.record().Learned; (learned != 0) != (step.after > 0) || after == 0 || learned != 0 && learned != after {
				t.Errorf("after %v: learned after %d ns, and after %d", step.after, learned, after)
			}
		}
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestKeyRotation: arms share what is minted and each turns by itself; who cannot
// replace a key is told.
func TestKeyRotation(t *testing.T) {
	shared := map[string]*mintedCredentials{}
	a, errA := rotatingCredentials(t, rotating(), shared)
	b, errB := rotatingCredentials(t, rotating(), shared)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	a.next.turned.Store(true)
	if a.next.next != b.next.next || a.next.first != b.next.first || signedBy(t, a) != "new" || signedBy(t, b) != "old" {
		t.Error("arms do not share their credentials, or do not turn by themselves")
	}
	if shares := a.mix(0.5, 0); len(shares) != 2 || shares[0].Count != 3 {
		t.Errorf("%+v", shares)
	}
	steady := rotating()
	delete(steady.Method.Params, "rotation")
	if w, err := rotatingCredentials(t, steady, shared); err != nil || w.next != nil {
		t.Errorf("an issuer that keeps its key: %v, %v", w.next, err)
	}
	for want, change := range map[string]func(*bench.Arm){
		"only the built-in server fetches": func(a *bench.Arm) { a.Target = &bench.Target{URL: "http://127.0.0.1:1"} },
		"nobody can sign":                  func(a *bench.Arm) { a.Credentials = "own.jsonl" },
	} {
		arm := rotating()
		change(&arm)
		if _, err := testConfig().withKeyRotation(t.Context(), arm, &mintedCredentials{}, shared); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestUpTo: of two populations, requests use what both have.
func TestUpTo(t *testing.T) {
	pools := func(valid, unknown int) *pooled {
		c := &pooled{}
		for range valid {
			c.byClass[0].add([]byte("x"))
		}
		for range unknown {
			c.byClass[bench.Unknown.Index()].add([]byte("y"))
		}
		return c
	}
	more, fewer := pools(5, 1), pools(3, 2)
	got := cappedCredentials{more, fewer}
	if got.count(bench.Valid) != 3 || got.count(bench.Unknown) != 1 {
		t.Errorf("%d valid and %d unknown ones", got.count(bench.Valid), got.count(bench.Unknown))
	}
}

// TestRemovableKeys: of each credential whose key an episode removes, the key stands in the
// set until then; what others hold is as it was.
func TestRemovableKeys(t *testing.T) {
	share := 0.0
	a := bench.Arm{Name: "jwt", Method: bench.Method{ID: "jwt", Params: bench.Params{"alg": "EdDSA", "keys": "jwks"}}, Population: &bench.Population{Credentials: 10, BadShare: &share}}
	other := a
	other.Name = "other"
	s := bench.Scenario{Arms: []bench.Arm{a, other}, Episodes: []bench.Episode{{Name: "removal", Event: bench.RemoveKey, Revocations: 2}, {Name: "revocation", Revocations: 1}}}
	w, err := testConfig().mintedFor(t.Context(), other, map[string]*mintedCredentials{})
	if err != nil {
		t.Fatal(err)
	}
	own, err := testConfig().withRemovableKeys(s, other, w)
	if err != nil {
		t.Fatal(err)
	}
	all, err := own.publishedKeys(nil)
	if err != nil {
		t.Fatal(err)
	}
	left, err := own.publishedKeys(map[int]bool{7: true})
	if err != nil {
		t.Fatal(err)
	}
	for kid, in := range map[string][2]bool{"key-1": {true, true}, "key-of-7": {true, false}, "key-of-6": {true, true}, "key-of-9": {false, false}, "key-of-8": {false, false}} {
		for i, set := range [][]byte{all, left} {
			if strings.Contains(string(set), `"`+kid+`"`) != in[i] {
				t.Errorf("set %d holds %s: %v: %s", i, kid, !in[i], set)
			}
		}
	}
	for index := range 10 {
		before, now := w.credentials.Append(nil, bench.Valid, index), own.credentials.Append(nil, bench.Valid, index)
		if removable := index == 6 || index == 7; string(before) == string(now) == removable {
			t.Errorf("credential %d is signed with a key of its own: %v", index, !removable)
		}
	}
	for _, same := range []bench.Arm{rotating(), {Name: "static", Method: bench.Method{ID: "jwt", Params: bench.Params{"alg": "EdDSA"}}}} {
		if got, err := testConfig().withRemovableKeys(s, same, w); err != nil || got != w {
			t.Errorf("%s has keys that can be removed (%v)", same.Name, err)
		}
	}
	if (&builtinServer{minted: own}).RemoveKey(5) == nil {
		t.Error("a key is removed that signs for others")
	}
}
