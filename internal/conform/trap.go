package conform

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// trap listens where recipes send verifiers that fetch the keys which a token
// names. It serves the attacker's key set: a verifier that trusts it is not only
// noticed but let down.
type trap struct {
	server  http.Server
	url     string
	fetches atomic.Int64
	done    chan error
}

func newTrap(keySet []byte) (*trap, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for verifiers that fetch keys: %w", err)
	}
	t := &trap{url: fmt.Sprintf("http://%v/", listener.Addr()), done: make(chan error, 1)}
	t.server = http.Server{
		ReadHeaderTimeout: patience,
		// A connection is a fetch, whatever follows.
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				t.fetches.Add(1)
			}
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(keySet) // a client that hangs up has been counted
		}),
	}
	go func() { t.done <- t.server.Serve(listener) }()
	return t, nil
}

// settle is how long a fetch may take to show after the answer: a verifier may
// fetch behind its back, while others are examined beside it.
const settle = 50 * time.Millisecond

// count returns how many fetches there were.
func (t *trap) count(ctx context.Context) int64 {
	select {
	case <-time.After(settle):
	case <-ctx.Done():
	}
	return t.fetches.Load()
}

func (t *trap) close() error {
	err := t.server.Close()
	if served := <-t.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
