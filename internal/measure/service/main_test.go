package service

import (
	"context"
	"flag"
	"os"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"authbench/internal/credential/store"
	"authbench/internal/measure/proc"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == proc.SuperviseArg {
		os.Exit(proc.Supervise(os.Args[2:]))
	}
	// These tests wait for servers and for timeouts more than they compute.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m,
		// An issuer in this process: fasthttp keeps the clock of its Date field going for the
		// process's life, and looks for idle workers once more after its server has stopped.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
	)
}

// starter starts processes until the end of the test, with a directory for
// temporary ones that their users can enter.
func starter(t *testing.T) *proc.Starter {
	t.Helper()
	s, err := proc.NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// need skips a test that needs a server which is not installed; in CI that is a
// failure.
func need(t *testing.T, kind store.Kind) {
	t.Helper()
	why := Missing(kind)
	switch {
	case why == "":
	case os.Getenv("CI") == "true":
		t.Fatal(why)
	default:
		t.Skip(why)
	}
}

// newBackends returns backends that are closed at the end of the test.
func newBackends(t *testing.T) *Backends {
	t.Helper()
	d := NewBackends(starter(t), "", nil)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// hashTexts are what records hold of a key beside its digest: nothing, or the text of a slow
// hash, each as its library writes it. A store that returns them as they are cannot change
// what the hash decides.
var hashTexts = []string{
	"", "$2a$10$abcdefghijklmnopqrstuv./ABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
	"$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$/+ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno",
}

// records are some, in blocks of different sizes, an empty one among them.
func records() []store.Record {
	var out []store.Record
	for i := range 1500 {
		out = append(out, store.Record{
			ID: uint64(i)<<56 | uint64(i+1), Digest: store.Digest{byte(i), 7}, Hash: hashTexts[i%len(hashTexts)], Subject: "user", Tenant: "tenant-é",
			Scopes: store.Scopes(i), Status: store.Status(i % 2), Expires: int64(i) - 3,
		})
	}
	return out
}

func blocks() func(func([]store.Record) bool) {
	all := records()
	return slices.Values([][]store.Record{all[:1], nil, all[1:1001], all[1001:]})
}

// put fills a store of a kind.
func put(t *testing.T, d *Backends, wanted store.Place, name string) *Kept {
	t.Helper()
	k, err := d.Put(context.Background(), wanted, name, blocks())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// open opens a place until the end of the test.
func open(t *testing.T, p store.Place) store.Store {
	t.Helper()
	p.Pool = 4
	s, err := store.Open(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
