package service

import (
	"context"
	"iter"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"authbench/internal/credential/store"
)

// A server that takes connections and says nothing is given up, with the time that it
// was given.
func TestStoreThatSaysNothing(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for kind, url := range map[store.Kind]string{
		store.Redis: "redis://" + listener.Addr().String(), store.Postgres: "postgres://user@" + listener.Addr().String() + "/name",
	} {
		began := time.Now()
		_, err := newBackends(t).Put(context.Background(), store.Place{Kind: kind, URL: url}, "a", blocks())
		if err == nil || !strings.Contains(err.Error(), "server at store_url") {
			t.Errorf("%s: error %v", kind, err)
		}
		if took := time.Since(began); took > patience {
			t.Errorf("%s: given up after %v, which is to be %v", kind, took, pingTime)
		}
	}
}

// A server that stops while it is filled is given up, too, and that is no interruption
// by the user.
func TestStoreThatStopsWhileFilled(t *testing.T) {
	t.Parallel()
	for _, kind := range servers {
		t.Run(string(kind), func(t *testing.T) {
			need(t, kind)
			t.Parallel() // each waits for half a minute
			s := launch(t, programs()[kind], kind, starter(t), 0)
			place := store.Place{Kind: kind, URL: s.url, Space: "authbench_test"}
			failed := make(chan error, 1)
			go func() { failed <- store.Fill(context.Background(), place, stopping(t, s.PID())) }()
			select {
			case err := <-failed:
				if err == nil || strings.Contains(err.Error(), context.Canceled.Error()) {
					t.Errorf("error %v", err)
				}
			case <-time.After(4 * patience):
				t.Errorf("it still waits")
			}
			signal(t, s.PID(), syscall.SIGCONT)
		})
	}
}

// stopping are records without end that stop the server after the first block.
func stopping(t *testing.T, pid int) iter.Seq[[]store.Record] {
	return func(yield func([]store.Record) bool) {
		for n := 0; yield(records()); n++ {
			if n == 0 {
				signal(t, pid, syscall.SIGSTOP)
			}
		}
	}
}
