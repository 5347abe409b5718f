package opaque

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/credential/store"
	"authbench/internal/method/methodtest"
)

// lookupPaths are the combinations of what may stand before a store.
var lookupPaths = []bench.Params{
	{"cache_size": 1000, "cache_ttl": "1m"},
	{"filter": "bloom"},
	{"cache_size": 1000, "cache_ttl": "1m", "filter": "bloom"},
	{"cache_size": 1000, "cache_ttl": "1m", "filter": "bloom", "hash": "hmac-sha256"},
}

// TestKeysBehindAFront: whatever stands before the store, and however often a key
// comes, the verdict is the store's.
func TestKeysBehindAFront(t *testing.T) {
	for _, params := range lookupPaths {
		issuer, made := methodtest.NewPair(t, methods, bench.Method{ID: "apikey", Params: params}, 50, time.Now())
		for range 3 {
			for class := range keyReasons {
				for index := range 50 {
					checkKey(t, made, issuer.Field(), methodtest.Mint(t, issuer, class, index), class)
				}
			}
		}
		got := made.(*Verifier).Lookups()
		const asked = 3 * 5 * 50 // by all classes but malformed ones
		if got.Hits+got.Misses+got.Filtered != asked && params["cache_size"] != nil {
			t.Errorf("%v: counted %+v of %d", params, got, asked)
		}
		if (got.Filtered > 0) != (params["filter"] != nil) || (got.Hits > 0) != (params["cache_size"] != nil) {
			t.Errorf("%v: counted %+v", params, got)
		}
	}
}

// switched is a store in which a record's status changes.
type switched struct {
	record store.Record
	err    error
}

func (s *switched) Lookup(uint64) (store.Record, bool, error) {
	return s.record, s.record.ID != 0, s.err
}

// TestRevocationBehindACache: a key that was taken back is let in until its entry
// ends, and not longer; one that was issued since it was asked for, likewise.
func TestRevocationBehindACache(t *testing.T) {
	const ttl = 10 * time.Second
	start := time.Unix(1_700_000_000, 0)
	key := appendKey(nil, 9, &[SecretSize]byte{1})
	good := store.Record{ID: 9, Digest: plainHash{}.digest(key), Status: store.Active, Scopes: store.ScopeRead, Expires: start.Unix() + 3600}
	taken := good
	taken.Status = store.Revoked
	for _, c := range []struct{ before, after store.Record }{{good, taken}, {store.Record{}, good}} {
		now := start
		clock := func() time.Time { return now }
		below := &switched{record: c.before}
		f, err := newLookupPath(bench.Params{"cache_size": 10, "cache_ttl": ttl.String()}, below, nil, clock)
		if err != nil {
			t.Fatal(err)
		}
		v := &Verifier{at: credential.Bearer, path: f, ring: &keyring{hash: plainHash{}, form: Keys{}}, now: clock}
		ask := func() bench.Reason {
			return v.Verify(credentialtest.Request{"Authorization": {"Bearer " + string(key)}}).Reason
		}
		before := ask()
		below.record = c.after
		now = start.Add(ttl - 1)
		if got := ask(); got != before {
			t.Errorf("within the entry's time: %v", got)
		}
		now = start.Add(ttl)
		if got := ask(); got == before {
			t.Errorf("after the entry's time: still %v", got)
		}
		// A store that fails is not asked while there is an entry, and is not believed
		// after.
		below.err = store.ErrUnavailable
		if got := ask(); got == bench.ReasonUnavailable {
			t.Error("the entry was not used")
		}
		now = now.Add(ttl)
		if got := ask(); got != bench.ReasonUnavailable {
			t.Errorf("a store that fails: %v", got)
		}
	}
}

func TestParametersOfKeys(t *testing.T) {
	for params, want := range map[string]string{
		"cache_size=10":                     "a cache has both cache_size and cache_ttl; write both",
		"cache_ttl=10s":                     "a cache has both cache_size and cache_ttl; write both",
		"hash=md5":                          `unknown hash "md5"; choose from sha256, hmac-sha256, bcrypt, argon2id`,
		"filter=cuckoo":                     `unknown filter "cuckoo"; choose from none, bloom`,
		"pool=3 cache_size=10 cache_ttl=1s": "pool is about connections",
		"hash=bcrypt cache_size=10 cache_ttl=24h": "",
		"store=redis filter=bloom":                "",
	} {
		_, err := bench.ParseMethod("apikey", strings.Fields(params), methods)
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && !strings.Contains(got, want) {
			t.Errorf("%s: %v, want %s", params, err, want)
		}
	}
}
