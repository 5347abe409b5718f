// Package keyserver publishes a key set (RFC 7517 §5) over HTTP on the loopback
// address, as an issuer of tokens does. What flows in: the set as JSON. What flows
// out: the same bytes, to whoever asks, and how often that was.
//
//  1. [Serve] listens on a free port.
//  2. Verifiers fetch the set from the server's URL.
//  3. The server counts fetches: a verifier that makes none has its keys from
//     elsewhere.
//
// It runs in the harness's process. One fetch takes tens of microseconds every few
// seconds, of the generator's CPU and not of the target's: a process of its own
// would take more away from the measurement than it would keep out of it.
package keyserver

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// path is where issuers usually have their key set.
const path = "/.well-known/jwks.json"

// patience bounds what a client may take to send its request, so that one that
// hangs holds no connection for ever. An honest one takes less than a millisecond.
const patience = 5 * time.Second

// Server publishes one key set. Its methods are safe for concurrent use.
type Server struct {
	http    http.Server
	url     string
	set     []byte
	fetches atomic.Int64
	done    chan error
}

// Serve publishes a set, which must not change, until the server is closed.
func Serve(set []byte) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for fetches of the key set: %w", err)
	}
	s := &Server{set: set, url: fmt.Sprintf("http://%v%s", listener.Addr(), path), done: make(chan error, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+path, s.answer)
	s.http = http.Server{Handler: mux, ReadTimeout: patience}
	go func() { s.done <- s.http.Serve(listener) }()
	return s, nil
}

func (s *Server) answer(w http.ResponseWriter, _ *http.Request) {
	s.fetches.Add(1)
	w.Header().Set("Content-Type", "application/jwk-set+json") // RFC 7517 §8.5.2
	_, _ = w.Write(s.set)                                      // a client that hangs up does without
}

// URL is where the set is.
func (s *Server) URL() string { return s.url }

// Fetches is how often the set was asked for.
func (s *Server) Fetches() int64 { return s.fetches.Load() }

// Close ends the server and waits for its end.
func (s *Server) Close() error {
	err := s.http.Close()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
