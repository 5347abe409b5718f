package statuslist

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"authbench/bench"
	"authbench/internal/credential/jose"
)

const uri = "https://issuer.test/statuslists/1"

var now = time.Unix(1_800_000_000, 0)

// signer is a key of an issuer, others are of others.
func signer(t *testing.T, alg, kid string, secret byte) *jose.Signer {
	t.Helper()
	known, err := jose.MustAlgorithm(alg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jose.NewSigner([32]byte{secret}, known, kid, jose.LeastRSA)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reader is a list that is not followed: what is read is the test's.
func reader(t *testing.T, key jose.JWK) *List {
	t.Helper()
	signed, err := jose.NewStatements(Type, key)
	if err != nil {
		t.Fatal(err)
	}
	return &List{config: Config{URI: uri, TTL: 5 * time.Second, Now: func() time.Time { return now }}, signed: signed}
}

// TestListsOfEveryAlgorithm: what an issuer publishes with a private key that was handed over
// is read by whoever has the public one, and says of each place what it should.
func TestListsOfEveryAlgorithm(t *testing.T) {
	for _, alg := range jose.AlgorithmNames() {
		key := signer(t, alg, "key-1", 1)
		p, err := NewPublisher(Spec{URI: uri, Good: 10, Invalid: 3, TTL: 5 * time.Second, Key: handedOver(t, key.Private)})
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		if err := p.Invalidate(4); err != nil {
			t.Fatal(err)
		}
		token, err := p.Token(now)
		if err != nil {
			t.Fatal(err)
		}
		got, good, err := reader(t, key.Public).read(token)
		if err != nil || good != 17*time.Second {
			t.Errorf("%s: good for %v, %v", alg, good, err)
			continue
		}
		for place := range int64(16) {
			set, ok := got.status.get(place)
			if want := place == 4 || 10 <= place && place < 13; set != want || !ok {
				t.Errorf("%s: place %d is %v (%v)", alg, place, set, ok)
			}
		}
		for _, place := range []int64{-1, 16, 1 << 62} {
			if _, ok := got.status.get(place); ok {
				t.Errorf("place %d is on the list", place)
			}
		}
	}
}

// handedOver is a key as another process gets it.
func handedOver(t *testing.T, k jose.JWK) (out jose.JWK) {
	t.Helper()
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestNewLists: who asks gets what is known, signed in the same second.
func TestNewLists(t *testing.T) {
	key := signer(t, "EdDSA", "key-1", 1)
	p, err := NewPublisher(Spec{URI: uri, Good: 9, TTL: time.Second, Key: key.Private})
	if err != nil {
		t.Fatal(err)
	}
	issue := func(at time.Time) string {
		token, err := p.Token(at)
		if err != nil {
			t.Fatal(err)
		}
		return string(token)
	}
	first := issue(now)
	if issue(now.Add(999*time.Millisecond)) != first {
		t.Error("it is signed twice in a second, and has not changed")
	}
	if issue(now.Add(time.Second)) == first {
		t.Error("it is not signed anew")
	}
	again := issue(now)
	if err := p.Invalidate(8); err != nil || issue(now) == again {
		t.Errorf("a change does not show (%v)", err)
	}
	for _, place := range []int{-1, 9} {
		if p.Invalidate(place) == nil {
			t.Errorf("place %d is taken back, and is not there", place)
		}
	}
	for _, bad := range []Spec{
		{Good: 1, TTL: time.Second, Key: key.Private}, {URI: uri, TTL: time.Second, Key: key.Private},
		{URI: uri, Good: -1, Invalid: 5, TTL: time.Second, Key: key.Private}, {URI: uri, Good: 8*mostBytes + 1, TTL: time.Second, Key: key.Private},
		{URI: uri, Good: 1, TTL: 999 * time.Millisecond, Key: key.Private}, {URI: uri, Good: 1, TTL: 1500 * time.Millisecond, Key: key.Private},
		{URI: uri, Good: 1, TTL: time.Second}, {URI: uri, Good: 1, TTL: time.Second, Key: key.Public},
	} {
		if _, err := NewPublisher(bad); err == nil {
			t.Errorf("%+v is a list", bad)
		}
	}
}

// wrong are claims of a list, with members replaced; nil removes one.
func wrong(with map[string]any) []byte {
	text, _ := newBits(16).deflate()
	all := map[string]any{
		"sub": uri, "iat": now.Unix(), "exp": now.Unix() + 30, "ttl": 5,
		"status_list": map[string]any{"bits": 1, "lst": jose.Base64URL(text)},
	}
	for name, value := range with {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	out, _ := json.Marshal(all)
	return out
}

// TestWrongLists: what is no list of the issuer's, or out of date, is not taken, and the
// reason says what is wrong.
func TestWrongLists(t *testing.T) {
	key, other := signer(t, "ES256", "key-1", 1), signer(t, "ES256", "key-1", 2)
	stranger := signer(t, "ES256", "key-2", 2)
	var bomb bytes.Buffer
	w := zlib.NewWriter(&bomb)
	for range 64 {
		_, _ = w.Write(make([]byte, mostBytes/16))
	}
	_ = w.Close()
	list := func(members map[string]any) map[string]any { return map[string]any{"status_list": members} }
	short, _ := newBits(16).deflate()
	cases := []struct {
		name   string
		signer *jose.Signer
		typ    string
		claims []byte
		want   string // "" for a list that is taken
	}{
		{"the list", key, Type, wrong(nil), ""},
		{"its whole media type", key, MediaType, wrong(nil), ""},
		{"without exp and ttl", key, Type, wrong(map[string]any{"exp": nil, "ttl": nil}), ""},
		{"fractions of seconds", key, Type, wrong(map[string]any{"exp": float64(now.Unix()) + 0.5, "ttl": 5.5}), ""},
		{"a token that lets somebody in", key, "JWT", wrong(nil), "no status list that the issuer signed"},
		{"no type", key, "", wrong(nil), "no status list that the issuer signed"},
		{"signed with another key of the same name", other, Type, wrong(nil), "bad_signature"},
		{"signed with a key that is not known", stranger, Type, wrong(nil), "unknown_key"},
		{"another list", key, Type, wrong(map[string]any{"sub": uri + "/"}), "another list"},
		{"no name", key, Type, wrong(map[string]any{"sub": nil}), "its claims"},
		{"expired", key, Type, wrong(map[string]any{"exp": now.Unix()}), "out of date"},
		{"expired long ago", key, Type, wrong(map[string]any{"exp": 0}), "out of date"},
		{"kept for less than the interval", key, Type, wrong(map[string]any{"ttl": 4}), "less than 5s"},
		{"kept for less than a second", key, Type, wrong(map[string]any{"ttl": 0.001}), "1s is the least"},
		{"kept for no time", key, Type, wrong(map[string]any{"ttl": 0}), "its claims"},
		{"kept for a negative time", key, Type, wrong(map[string]any{"ttl": -5}), "its claims"},
		{"a ttl of another type", key, Type, wrong(map[string]any{"ttl": "5"}), "its claims"},
		{"no iat", key, Type, wrong(map[string]any{"iat": nil}), "its claims"},
		{"no list", key, Type, wrong(map[string]any{"status_list": nil}), "its claims"},
		{"two bits", key, Type, wrong(list(map[string]any{"bits": 2, "lst": jose.Base64URL(short)})), "its claims"},
		{"no lst", key, Type, wrong(list(map[string]any{"bits": 1})), "its claims"},
		{"lst in the wrong letter case", key, Type, wrong(list(map[string]any{"bits": 1, "LST": jose.Base64URL(short)})), "its claims"},
		{"not compressed", key, Type, wrong(list(map[string]any{"bits": 1, "lst": jose.Base64URL{0, 0}})), "not compressed"},
		{"cut off", key, Type, wrong(list(map[string]any{"bits": 1, "lst": jose.Base64URL(short[:len(short)-5])})), "not compressed"},
		{"a bomb", key, Type, wrong(list(map[string]any{"bits": 1, "lst": jose.Base64URL(bomb.Bytes())})), "longer than"},
		{"no JSON", key, Type, []byte("{"), "its claims"},
	}
	for _, c := range cases {
		token, err := c.signer.JWT(c.typ, c.claims)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = reader(t, key.Public).read(token)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, _, err := reader(t, key.Public).read([]byte("no token")); err == nil {
		t.Error("what is no token is a list")
	}
}

// issuer serves a list, or a fault.
type issuer struct {
	*Publisher
	fault atomic.Pointer[http.HandlerFunc]
	asked atomic.Int64
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.asked.Add(1)
	if fault := i.fault.Load(); fault != nil {
		(*fault)(w, r)
		return
	}
	token, err := i.Token(time.Now())
	if err != nil || r.Header.Get("Accept") != MediaType {
		w.WriteHeader(http.StatusNotAcceptable)
		return
	}
	w.Header().Set("Content-Type", MediaType)
	_, _ = w.Write(token)
}

// followed is an issuer and who follows its list.
func followed(t *testing.T) (*issuer, *List) {
	t.Helper()
	key := signer(t, "ES256", "key-1", 1)
	p, err := NewPublisher(Spec{URI: uri, Good: 10, Invalid: 1, TTL: time.Second, Key: key.Private})
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{Publisher: p}
	server := httptest.NewServer(i)
	t.Cleanup(server.Close)
	l, err := Follow(Config{URL: server.URL + "/1", URI: uri, Key: key.Public, TTL: time.Second, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return i, l
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after a minute: %s", what)
		}
	}
}

// TestFollow: the list says of each token what its issuer does, a short time later, and of
// one whose status it cannot know that it is refused.
func TestFollow(t *testing.T) {
	i, l := followed(t)
	for _, c := range []struct {
		at   jose.Place
		want bench.Reason
	}{
		{jose.Place{URI: uri, Index: 0}, bench.ReasonNone}, {jose.Place{URI: uri, Index: 9}, bench.ReasonNone},
		{jose.Place{URI: uri, Index: 10}, bench.ReasonRevoked},
		{jose.Place{URI: uri, Index: 16}, bench.ReasonMalformed}, {jose.Place{URI: uri, Index: -1}, bench.ReasonMalformed},
		{jose.Place{URI: uri + "0", Index: 0}, bench.ReasonMalformed}, {jose.Place{}, bench.ReasonMalformed},
	} {
		if got := l.Check(c.at); got != c.want || !l.Current() {
			t.Errorf("%+v: %v, want %v", c.at, got, c.want)
		}
	}
	if err := i.Invalidate(5); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it was not heard", func() bool { return l.Check(jose.Place{URI: uri, Index: 5}) == bench.ReasonRevoked })
	if got := l.Check(jose.Place{URI: uri, Index: 4}); got != bench.ReasonNone {
		t.Errorf("its neighbour: %v", got)
	}
}

// TestFaults: an issuer that answers with anything else is as one that does not answer, and
// its list is good again as soon as it does.
func TestFaults(t *testing.T) {
	key := signer(t, "ES256", "key-1", 1)
	stale, err := NewPublisher(Spec{URI: uri, Good: 10, TTL: time.Second, Key: key.Private})
	if err != nil {
		t.Fatal(err)
	}
	old, err := stale.Token(time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	before := sync.OnceValues(func() ([]byte, error) { return stale.Token(time.Now().Add(-2 * time.Second)) })
	earlier := func(w http.ResponseWriter, _ *http.Request) {
		token, err := before() // the first one is not out of date when it is asked for
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", MediaType)
		_, _ = w.Write(token)
	}
	answer := func(kind string, status int, text []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write(text)
		}
	}
	for name, c := range map[string]struct {
		fault http.HandlerFunc
		want  string
	}{
		"an error":                 {answer(MediaType, 500, nil), "answers 500"},
		"another type":             {answer("application/jwt", 200, old), "is not " + MediaType},
		"a stale list":             {answer(MediaType, 200, old), "out of date"},
		"one older than before":    {earlier, "older than the one before"},
		"an answer without an end": {answer(MediaType, 200, make([]byte, mostText+1)), "longer than"},
		"a redirection": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}, "answers 302"},
		"a lost connection": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, l := followed(t)
			told := make(chan string, 10)
			l.OnNotice(func(text string) { told <- text })
			i.fault.Store(&c.fault)
			if text := <-told; !strings.Contains(text, c.want) || !strings.Contains(text, "the status list at http://127.0.0.1") || !strings.Contains(text, "no request is let in") {
				t.Errorf("notice %q, want %q", text, c.want)
			}
			if !l.Current() {
				t.Error("the list before is not believed any more, and not yet out of date")
			}
			eventually(t, "the list is believed for ever", func() bool { return !l.Current() })
			i.fault.Store(nil)
			eventually(t, "the list is not taken again", l.Current)
		})
	}
}

// TestNotConfigured: who is told of no list, or of one elsewhere, is told what is missing.
func TestNotConfigured(t *testing.T) {
	key := signer(t, "ES256", "key-1", 1).Public
	for _, c := range []Config{
		{Key: key},
		{URL: "http://192.0.2.1/1", URI: uri, Key: key},
		{URL: "http://127.0.0.1:1/1", URI: uri},
	} {
		c.TTL, c.Now = time.Second, time.Now
		if l, err := Follow(c); err == nil {
			t.Errorf("%+v is followed", c)
			_ = l.Close()
		}
	}
}

// TestBits: a list of any places is what comes back, compressed or not.
func TestBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		places := rapid.IntRange(1, 10_000).Draw(t, "places")
		b, set := newBits(places), map[int]bool{}
		for _, place := range rapid.SliceOf(rapid.IntRange(0, places-1)).Draw(t, "set") {
			b.set(place)
			set[place] = true
		}
		text, err := b.deflate()
		if err != nil {
			t.Fatal(err)
		}
		got, err := inflate(text)
		if err != nil || len(got) != (places+7)/8 {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		for place := range places {
			if is, ok := got.get(int64(place)); !ok || is != set[place] {
				t.Fatalf("place %d: %v, %v", place, is, ok)
			}
		}
	})
}

// FuzzRead: whatever is read as a list has its name and is in date, and nothing panics.
func FuzzRead(f *testing.F) {
	f.Add(wrong(nil))
	f.Add(wrong(map[string]any{"ttl": 1e300, "exp": -1e300}))
	f.Add([]byte(fmt.Sprintf(`{"sub":%q,"iat":1,"status_list":null}`, uri)))
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, err := readClaims(payload)
		if err == nil && (c.subject == "" || c.ttl <= 0 || c.issued <= 0) {
			t.Fatalf("%+v", c)
		}
	})
}
