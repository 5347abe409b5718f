package opaque

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/credential/store"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// A verifier whose records are in a store decides as one with records in memory.
func TestKeysInAStore(t *testing.T) {
	const count = 1500
	m := bench.Method{ID: "apikey", Params: bench.Params{"store": "bbolt"}}
	issuer, err := methods.NewIssuer(methods.Minted(m), [32]byte{3}, count, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	records, err := method.Records(issuer)
	if err != nil {
		t.Fatal(err)
	}
	place := store.Place{Kind: store.Bolt, Path: filepath.Join(t.TempDir(), "keys")}
	if err := store.Fill(t.Context(), place, records); err != nil {
		t.Fatal(err)
	}
	material, err := issuer.Verification(method.Places{Store: &place})
	if err != nil {
		t.Fatal(err)
	}
	made, err := methods.NewVerifier(m, material, nil)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for class, want := range keyReasons {
		for index := 0; index < count; index += 97 {
			d := made.Verify(credentialtest.Request{issuer.Field(): {methodtest.Mint(t, issuer, class, index)}})
			if d.Reason != want || (d.Outcome == bench.Allow) != (class == bench.Valid) {
				t.Errorf("%s key %d: %+v", class, index, d)
			}
			if class != bench.Malformed { // which is refused without a look-up
				asked++
			}
		}
	}
	if c := made.(*Verifier).Store(); c == nil || c.Lookups != int64(asked) || c.Unavailable != 0 {
		t.Errorf("counted %+v, want %d lookups", c, asked)
	}
	if err := method.Close(made); err != nil {
		t.Fatal(err)
	}
	if d := made.Verify(credentialtest.Request{issuer.Field(): {methodtest.Mint(t, issuer, bench.Valid, 0)}}); d.Outcome != bench.Fail {
		t.Errorf("after the end of its store: %+v", d)
	}
}

// Who stops reading records leaves no worker behind.
func TestRecordsUpToAPoint(t *testing.T) {
	issuer, err := methods.NewIssuer(bench.Method{ID: "apikey"}, [32]byte{3}, 20*loadBlock, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	records, err := method.Records(issuer)
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for range records {
		if blocks++; blocks == 3 {
			break
		}
	}
	if blocks != 3 {
		t.Errorf("%d blocks", blocks)
	}
}

// Credentials are the same wherever their records are.
func TestStoresShareCredentials(t *testing.T) {
	m := bench.Method{ID: "apikey", Params: bench.Params{"store": "redis", "pool": 3, "latency": "1ms", "store_url": "redis://127.0.0.1:1/0", "header": "x-api-key"}}
	if key := methods.Minted(m).Params.Key(); key != "header=x-api-key;" {
		t.Errorf("credentials depend on %s", key)
	}
}

func TestStoreParams(t *testing.T) {
	const secret = "geheim"
	for _, c := range []struct {
		params bench.Params
		want   string // "" for good ones
	}{
		{bench.Params{}, ""},
		{bench.Params{"store": "memory"}, ""},
		{bench.Params{"store": "bbolt"}, ""},
		{bench.Params{"store": "redis", "pool": 256, "latency": "500us"}, ""},
		{bench.Params{"store": "postgres", "store_url": "postgres://u:" + secret + "@localhost:5432/x"}, ""},
		{bench.Params{"store": "redis", "store_url": "redis://:" + secret + "@[::1]:6379/0"}, ""},
		{bench.Params{"store": "mongo"}, "choose from memory, bbolt, redis, postgres"},
		{bench.Params{"pool": 3}, "pool is about connections"},
		{bench.Params{"store": "bbolt", "latency": "1ms"}, "latency is about connections"},
		{bench.Params{"store": "memory", "store_url": "redis://127.0.0.1"}, "store_url is about connections"},
		{bench.Params{"store": "redis", "pool": 257}, "from 1 to 256"},
		{bench.Params{"store": "redis", "pool": 0}, "from 1 to 256"},
		{bench.Params{"store": "redis", "latency": "501ms"}, "out of range"},
		{bench.Params{"store": "redis", "latency": "-1ms"}, "out of range"},
		{bench.Params{"store": "redis", "store_url": ""}, "redis://user:password@"},
		{bench.Params{"store": "redis", "store_url": "postgres://u:" + secret + "@127.0.0.1/x"}, "not one of redis"},
		{bench.Params{"store": "redis", "store_url": "redis://:" + secret + "@example.org/0"}, "this machine"},
		{bench.Params{"store": "redis", "store_url": "redis://:" + secret + "@10.0.0.1/0"}, "this machine"},
		{bench.Params{"store": "redis", "store_url": "redis://:" + secret + "@127.0.0.1:x/0"}, "not a URL"},
		{bench.Params{"store": "postgres", "store_url": "postgres://127.0.0.1/x?password=" + secret}, "settings after the path"},
	} {
		found, err := methods.Find(bench.Method{ID: "apikey", Params: c.params})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%v: %v", c.params.Key(), err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), secret)):
			t.Errorf("%v: %v, %v; want %q and no password", c.params.Key(), found.ID, err, c.want)
		}
	}
}

func TestNoStore(t *testing.T) {
	m := bench.Method{ID: "apikey", Params: bench.Params{"store": "redis"}}
	issuer, err := methods.NewIssuer(methods.Minted(m), [32]byte{3}, 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	material, err := issuer.Verification(method.Places{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := methods.NewVerifier(m, material, nil); err == nil || !strings.Contains(err.Error(), "choose store memory") {
		t.Errorf("with material of a store in memory: %v", err)
	}
}
