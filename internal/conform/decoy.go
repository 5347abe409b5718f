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

// decoyServer is the server that recipes name as the place of a token's keys. It counts
// connections, and serves the attacker's key set, so that a verifier that fetches and
// trusts it also accepts a forged token.
type decoyServer struct {
	server  http.Server
	url     string
	fetches atomic.Int64
	done    chan error
}

func newDecoyServer(keySet []byte) (*decoyServer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for verifiers that fetch keys: %w", err)
	}
	d := &decoyServer{url: fmt.Sprintf("http://%v/", listener.Addr()), done: make(chan error, 1)}
	d.server = http.Server{
		ReadHeaderTimeout: patience,
		// Any connection counts as a fetch.
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				d.fetches.Add(1)
			}
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(keySet) // a client that hangs up is counted already
		}),
	}
	go func() { d.done <- d.server.Serve(listener) }()
	return d, nil
}

// decoyWait is how long after an answer a fetch may still arrive: a verifier may fetch in the
// background, while other verifiers are examined.
const decoyWait = 50 * time.Millisecond

// count waits for late fetches, and returns how many there were.
func (d *decoyServer) count(ctx context.Context) int64 {
	select {
	case <-time.After(decoyWait):
	case <-ctx.Done():
	}
	return d.fetches.Load()
}

func (d *decoyServer) close() error {
	err := d.server.Close()
	if served := <-d.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
