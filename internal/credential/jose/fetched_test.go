package jose

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"authbench/bench"
)

// issuing is an issuer that publishes keys, with the clock of those who fetch them.
type issuing struct {
	*forge
	mu      sync.Mutex // guards all below
	set     []byte
	fail    error
	fetches int
	clock   time.Time
}

func (i *issuing) fetch() ([]byte, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fetches++
	return i.set, i.fail
}

func (i *issuing) now() time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.clock
}

func (i *issuing) pass(d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.clock = i.clock.Add(d)
}

// publish replaces the set.
func (i *issuing) publish(t *testing.T, keys ...*Signer) {
	t.Helper()
	var public []JWK
	for _, k := range keys {
		public = append(public, k.Public)
	}
	set, err := EncodeKeySet(public...)
	if err != nil {
		t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.set, i.fail = set, nil
}

func (i *issuing) engineOf(t *testing.T, own implementation) *Fetched {
	t.Helper()
	f, err := newFetched(own.Tokens, EngineConfig{Algorithm: i.alg.Name, Issuer: IssuerName, Audience: AudienceName, Now: i.now}, i.fetch)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// by is a good token of either key.
func (i *issuing) by(s *Signer) []byte {
	return []byte(s.sign(strings.TrimSuffix(s.Header, ".") + "." + Encode(i.claims())))
}

// forFetching runs a test with each engine that may fetch its keys.
func forFetching(t *testing.T, test func(*testing.T, *issuing, implementation)) {
	t.Helper()
	for _, own := range Implementations() {
		if own.Policy == "stock" {
			continue
		}
		t.Run(own.Engine, func(t *testing.T) {
			alg, _ := FindAlgorithm("EdDSA")
			i := &issuing{forge: newForge(t, alg, own), clock: frozen}
			i.publish(t, i.signer)
			test(t, i, own)
		})
	}
}

// expect asks an engine about a token.
func expect(t *testing.T, when string, e Engine, token []byte, want bench.Reason) {
	t.Helper()
	if _, got := e.Verify(token, make([]byte, len(token))); got != want {
		t.Errorf("%s: %v, want %v", when, got, want)
	}
}

// TestNewKeys: the first token of a new key has it fetched, once the pause is over.
func TestNewKeys(t *testing.T) {
	forFetching(t, func(t *testing.T, i *issuing, own implementation) {
		f := i.engineOf(t, own)
		old, fresh := i.by(i.signer), i.by(i.stranger)
		expect(t, "at the start", f, old, bench.ReasonNone)
		i.publish(t, i.signer, i.stranger)
		i.pass(KeyPause - 1)
		expect(t, "within the pause", f, fresh, bench.ReasonUnknownKey)
		if i.fetches != 1 {
			t.Errorf("%d fetches within the pause", i.fetches)
		}
		i.pass(1)
		expect(t, "after it", f, fresh, bench.ReasonNone)
		expect(t, "the old key", f, old, bench.ReasonNone)
		if i.fetches != 2 {
			t.Errorf("%d fetches", i.fetches)
		}
	})
}

// TestRemovedKeys: a removed key works until the set is refreshed, whatever the
// engine remembers of it.
func TestRemovedKeys(t *testing.T) {
	forFetching(t, func(t *testing.T, i *issuing, own implementation) {
		i.publish(t, i.signer, i.stranger)
		f := i.engineOf(t, own)
		removed, kept := i.by(i.signer), i.by(i.stranger)
		expect(t, "at the start", f, removed, bench.ReasonNone)
		i.publish(t, i.stranger)
		i.pass(KeysRefresh - 1)
		expect(t, "before the refresh", f, removed, bench.ReasonNone)
		i.pass(1)
		expect(t, "removed", f, removed, bench.ReasonUnknownKey)
		expect(t, "kept", f, kept, bench.ReasonNone)
		if i.fetches != 2 {
			t.Errorf("%d fetches", i.fetches)
		}
	})
}

// TestFirstSetIsFetchedSooner: by a time, and those after it are not. Without a set there is none.
func TestFirstSetIsFetchedSooner(t *testing.T) {
	forFetching(t, func(t *testing.T, i *issuing, own implementation) {
		f, token := i.engineOf(t, own), i.by(i.signer)
		f.fetchSooner(3 * time.Second)
		for n, after := range []time.Duration{KeysRefresh - 3*time.Second, KeysRefresh} {
			i.pass(after - 1)
			expect(t, "before the refresh", f, token, bench.ReasonNone)
			if i.fetches != n+1 {
				t.Errorf("%d fetches before refresh %d", i.fetches, n+1)
			}
			i.pass(1)
			expect(t, "after it", f, token, bench.ReasonNone)
			if i.fetches != n+2 {
				t.Errorf("%d fetches after refresh %d", i.fetches, n+1)
			}
		}
		i.fail = errors.New("out")
		none := i.engineOf(t, own)
		none.fetchSooner(time.Second)
		expect(t, "without a set", none, token, bench.ReasonUnavailable)
	})
}

// TestSameSet: a set that did not change leaves the engine with what it remembers.
func TestSameSet(t *testing.T) {
	forFetching(t, func(t *testing.T, i *issuing, own implementation) {
		f := i.engineOf(t, own)
		before := f.current.Load().engines[0]
		i.pass(KeysRefresh)
		expect(t, "after a refresh", f, i.by(i.signer), bench.ReasonNone)
		if i.fetches != 2 || f.current.Load().engines[0] != before {
			t.Errorf("%d fetches, the engine stayed: %v", i.fetches, f.current.Load().engines[0] == before)
		}
	})
}

// TestFloodOfUnknownKeys: many clients with unknown key ids cause one fetch per
// pause, and good tokens do not suffer.
func TestFloodOfUnknownKeys(t *testing.T) {
	forFetching(t, func(t *testing.T, i *issuing, own implementation) {
		f := i.engineOf(t, own)
		good, unknown := i.by(i.signer), i.by(i.stranger)
		const seconds = 12
		for second := range seconds {
			i.pass(KeyPause)
			var clients sync.WaitGroup
			for range 8 {
				clients.Go(func() {
					for range 20 {
						expect(t, "unknown", f, unknown, bench.ReasonUnknownKey)
						expect(t, "good", f, good, bench.ReasonNone)
					}
				})
			}
			clients.Wait()
			if want := second + 2; i.fetches != want {
				t.Fatalf("%d fetches after %d pauses, want %d", i.fetches, second+1, want)
			}
		}
	})
}

// useless are answers from which no key comes.
func useless(t *testing.T, i *issuing) map[string]func() {
	answer := func(set string, err error) func() {
		return func() {
			i.mu.Lock()
			defer i.mu.Unlock()
			i.set, i.fail = []byte(set), err
		}
	}
	weak := testSigner(t, mustFind(t, "HS256"), ValidKey)
	return map[string]func(){
		"unreachable":   answer("", errors.New("connection refused")),
		"nothing":       answer("", nil),
		"garbage":       answer("<html>", nil),
		"another type":  answer(`{"keys":{"kid":"key-1"}}`, nil),
		"an empty set":  answer(`{"keys":[]}`, nil),
		"no key":        answer(`{"keys":[null,1,{"kty":"OKP"}]}`, nil),
		"another alg's": func() { i.publish(t, weak) },
	}
}

func mustFind(t testing.TB, name string) Algorithm {
	t.Helper()
	alg, err := MustAlgorithm(name)
	if err != nil {
		t.Fatal(err)
	}
	return alg
}

// TestUselessSets: without keys nothing can be decided, and keys stay for as long as
// keysKept. As soon as there is a good set again, it is in force.
func TestUselessSets(t *testing.T) {
	forFetching(t, func(t *testing.T, i *issuing, own implementation) {
		token := i.by(i.signer)
		for name, spoil := range useless(t, i) {
			spoil()
			f := i.engineOf(t, own)
			expect(t, name+" at the start", f, token, bench.ReasonUnavailable)
			i.publish(t, i.signer)
			i.pass(KeyPause - 1)
			expect(t, name+", within the pause", f, token, bench.ReasonUnavailable)
			i.pass(1)
			expect(t, name+", after it", f, token, bench.ReasonNone)
			spoil()
			for range keysKept/KeysRefresh - 1 {
				i.pass(KeysRefresh)
				expect(t, name+" later", f, token, bench.ReasonNone)
			}
			i.pass(KeysRefresh)
			expect(t, name+" for too long", f, token, bench.ReasonUnavailable)
			i.publish(t, i.signer)
			i.pass(KeyPause)
			expect(t, name+", at last", f, token, bench.ReasonNone)
			i.clock = frozen // the token is to stay valid
		}
	})
}

// TestOthersGoOn: while one request waits for a fetch, others use the old keys.
func TestOthersGoOn(t *testing.T) {
	forFetching(t, func(t *testing.T, i *issuing, own implementation) {
		f := i.engineOf(t, own)
		asked, answered := make(chan bool), make(chan bool)
		f.fetch = func() ([]byte, error) {
			asked <- true
			<-answered
			return nil, errors.New("too late")
		}
		i.pass(KeysRefresh)
		var waiting sync.WaitGroup
		waiting.Go(func() { expect(t, "the one that waited", f, i.by(i.signer), bench.ReasonNone) })
		<-asked
		expect(t, "another", f, i.by(i.signer), bench.ReasonNone)
		expect(t, "an unknown one", f, i.by(i.stranger), bench.ReasonUnknownKey)
		close(answered)
		waiting.Wait()
	})
}

// TestFetchIsBounded: what is slow, endless or elsewhere is given up.
func TestFetchIsBounded(t *testing.T) {
	const good = `{"keys":[]}`
	for path, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"/good":     {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(good)) }, ""},
		"/slow":     {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "Client.Timeout"},
		"/broken":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, "500"},
		"/redirect": {http.RedirectHandler("/good", http.StatusFound).ServeHTTP, "302"},
		"/endless": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(strings.Repeat(" ", 2*largestKeySet)))
		}, "more than"},
	} {
		server := httptest.NewServer(c.answer)
		client := keySetClient()
		if path == "/slow" {
			client.Timeout = 20 * time.Millisecond
		}
		got, err := fetchKeySet(client, server.URL+path)
		switch {
		case c.want == "" && (err != nil || string(got) != good):
			t.Errorf("%s: %q, %v", path, got, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %s", path, err, c.want)
		}
		server.Close()
	}
}

// TestAddressesOfKeySets: keys come from this machine or not at all.
func TestAddressesOfKeySets(t *testing.T) {
	for address, good := range map[string]bool{
		"http://127.0.0.1:8080/jwks.json": true, "http://[::1]:8080/": true,
		"": false, "://": false, "127.0.0.1:8080": false, "http://127.0.0.1/": false, "https://127.0.0.1:8080/": false,
		"http://192.0.2.1:8080/": false, "http://localhost:8080/": false, "file:///keys": false,
	} {
		if _, err := keySetFetch(address); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// FuzzReadKeySet: whatever is published, keys that come out are good for their
// algorithm, no two of a layer have one name, and an engine takes each layer.
func FuzzReadKeySet(f *testing.F) {
	const good = `{"kty":"OKP","kid":"k","alg":"EdDSA","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	const nameless = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	for _, seed := range []string{`{"keys":[]}`, `{"keys":[` + good + `]}`, `{"keys":[` + good + `,` + nameless + `,` + good + `]}`, `{"keys":[` + nameless + `,1]}`, `null`, `[`} {
		f.Add([]byte(seed))
	}
	alg, _ := FindAlgorithm("EdDSA")
	f.Fuzz(func(t *testing.T, document []byte) {
		keys, err := readKeySet(document, alg)
		if (err == nil) != (len(keys.layers) > 0) || len(keys.layers) > mostAlike {
			t.Fatalf("%d layers, %v", len(keys.layers), err)
		}
		for _, layer := range keys.layers {
			names := map[string]bool{}
			for _, k := range layer {
				if _, err := k.strongKey(alg); err != nil || names[k.KeyID] || k.KeyID == "" && len(layer) > 1 {
					t.Errorf("key %q: %v", k.KeyID, err)
				}
				names[k.KeyID] = true
			}
			if _, err := newLean(EngineConfig{Algorithm: alg.Name, Issuer: IssuerName, Audience: AudienceName, Keys: layer, Now: time.Now}); err != nil {
				t.Errorf("%d keys: %v", len(layer), err)
			}
		}
	})
}

// TestFetchesAreCounted: those that brought nothing, too.
func TestFetchesAreCounted(t *testing.T) {
	forFetching(t, func(t *testing.T, i *issuing, own implementation) {
		f := i.engineOf(t, own)
		useless(t, i)["garbage"]()
		for range 3 {
			i.pass(KeysRefresh)
			expect(t, "later", f, i.by(i.signer), bench.ReasonNone)
		}
		i.publish(t, i.signer)
		i.pass(KeyPause)
		expect(t, "at last", f, i.by(i.signer), bench.ReasonNone)
		if got := f.Counters(); *got != (bench.KeySetCounters{Fetches: 5, Failed: 3}) {
			t.Errorf("%+v", got)
		}
	})
}
