package service

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"authbench/bench"
	"authbench/internal/credential/store"
)

// filled are the kinds that backends fill.
var filled = []store.Kind{store.Bolt, store.Redis, store.Postgres}

// Every store returns what was put into it, and nothing else.
func TestStoresReturnRecords(t *testing.T) {
	t.Parallel()
	for _, kind := range filled {
		t.Run(string(kind), func(t *testing.T) {
			need(t, kind)
			k := put(t, newBackends(t), store.Place{Kind: kind}, "a")
			s := open(t, k.Place)
			var askers sync.WaitGroup
			for from := range 8 {
				askers.Go(func() {
					for i, want := range records() {
						if i%8 != from {
							continue
						}
						if got, known, err := s.Lookup(want.ID); got != want || !known || err != nil {
							t.Errorf("record %d: %+v %v %v", i, got, known, err)
						}
					}
				})
			}
			askers.Wait()
			for _, id := range []uint64{0, 12345, 1 << 63} {
				if got, known, err := s.Lookup(id); got != (store.Record{}) || known || err != nil {
					t.Errorf("id %d: %+v %v %v", id, got, known, err)
				}
			}
			c := s.Counters()
			if c.Lookups != 1503 || c.Unavailable != 0 || c.Corrupt != 0 || c.Outages != 0 {
				t.Errorf("counted %+v", c)
			}
			if kind.IsServer() != (k.Server != nil) || kind.IsServer() != (k.Version != "") {
				t.Errorf("server %v, version %q", k.Server, k.Version)
			}
		})
	}
}

// A record that is taken back is so at the next look-up, and no other is. A bbolt file
// is open for reading alone.
func TestStoresTakeBack(t *testing.T) {
	t.Parallel()
	for _, kind := range filled {
		t.Run(string(kind), func(t *testing.T) {
			need(t, kind)
			s := open(t, put(t, newBackends(t), store.Place{Kind: kind}, "a").Place)
			want := records()[3]
			err := s.Revoke(want.ID)
			if kind == store.Bolt {
				if !errors.Is(err, store.ErrReadOnly) {
					t.Errorf("got %v", err)
				}
				return
			}
			want.Status = store.Revoked
			if got, _, lookupErr := s.Lookup(want.ID); err != nil || got != want || lookupErr != nil {
				t.Errorf("%v; %+v %v, want %+v", err, got, lookupErr, want)
			}
			if got, _, err := s.Lookup(records()[4].ID); got != records()[4] || err != nil {
				t.Errorf("its neighbour: %+v %v", got, err)
			}
			if err := s.Revoke(12345); err == nil {
				t.Error("a record that there is not was taken back")
			}
			if c := s.Counters(); c.Lookups != 2 {
				t.Errorf("counted %+v", c)
			}
		})
	}
}

// Equal records are put in once, others beside them, in the same server.
func TestBackendsShares(t *testing.T) {
	t.Parallel()
	for _, kind := range filled {
		t.Run(string(kind), func(t *testing.T) {
			need(t, kind)
			d := newBackends(t)
			a, again, b := put(t, d, store.Place{Kind: kind}, "a"), put(t, d, store.Place{Kind: kind}, "a"), put(t, d, store.Place{Kind: kind}, "b")
			if a.Place != again.Place || a.Place == b.Place || a.Server != b.Server || a.Server != again.Server {
				t.Errorf("kept %+v, %+v and %+v", a, again, b)
			}
		})
	}
}

// Closed backends leave neither processes nor directories.
func TestBackendsLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	for dir := tmp; strings.HasPrefix(dir, os.TempDir()) && dir != os.TempDir(); dir = dir[:strings.LastIndexByte(dir, '/')] {
		if err := os.Chmod(dir, 0o755); err != nil { // the servers' users must get in
			t.Fatal(err)
		}
	}
	if err := os.Chmod(tmp, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", tmp)
	d := NewBackends(starter(t), "", nil)
	var ended []*Kept
	for _, kind := range filled {
		if Missing(kind) == "" {
			ended = append(ended, put(t, d, store.Place{Kind: kind}, "a"))
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
	for _, k := range ended {
		if k.Server != nil && k.Failure() == "" {
			t.Errorf("%s still runs", k.Version)
		}
	}
}

// Records in a server that is the user's own are taken out at the end.
func TestBackendsClearsServers(t *testing.T) {
	t.Parallel()
	for _, kind := range []store.Kind{store.Redis, store.Postgres} {
		t.Run(string(kind), func(t *testing.T) {
			need(t, kind)
			theirs := put(t, newBackends(t), store.Place{Kind: kind}, "theirs")
			d := NewBackends(starter(t), "", nil)
			k := put(t, d, store.Place{Kind: kind, URL: theirs.Place.URL}, "ours")
			id := records()[0].ID
			if _, known, err := open(t, k.Place).Lookup(id); !known || err != nil {
				t.Errorf("put in: %v %v", known, err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			if _, known, err := open(t, k.Place).Lookup(id); known || kind == store.Redis && err != nil {
				t.Errorf("taken out: %v %v", known, err)
			}
			if _, known, err := open(t, theirs.Place).Lookup(id); !known || err != nil {
				t.Errorf("what else was there: %v %v", known, err)
			}
		})
	}
}

func TestBackendsRefuses(t *testing.T) {
	d := newBackends(t)
	secret := "geheim"
	for name, c := range map[string]struct {
		want store.Place
		say  string
	}{
		"no such kind":       {store.Place{Kind: "cassandra"}, `"cassandra"`},
		"nobody at the url":  {store.Place{Kind: store.Redis, URL: "redis://:" + secret + "@127.0.0.1:1/0"}, "start the server"},
		"nobody at the url.": {store.Place{Kind: store.Postgres, URL: "postgres://u:" + secret + "@127.0.0.1:1/x"}, "start the server"},
		"no url":             {store.Place{Kind: store.Redis, URL: "redis//:" + secret + "@x"}, "redis://"},
		"no url.":            {store.Place{Kind: store.Postgres, URL: "postgres://u:" + secret + "@x:y/"}, "postgres://"},
	} {
		_, err := d.Put(context.Background(), c.want, "a", blocks())
		if err == nil || !strings.Contains(err.Error(), c.say) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, want %q and no password", name, err, c.say)
		}
	}
}

// TestMeteredBackends: what is started here has a name in results, and the other way round.
func TestMeteredBackends(t *testing.T) {
	want := []string{bench.IssuerBackend}
	for kind := range programs() {
		want = append(want, string(kind))
	}
	got := slices.Sorted(slices.Values(bench.MeteredBackends[:]))
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("results have names for %v, and %v are started", got, want)
	}
}
