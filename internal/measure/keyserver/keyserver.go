// Package keyserver publishes a key set (RFC 7517 §5) over HTTP on the loopback
// address, as an issuer of tokens does. What flows in: the set as JSON. What flows
// out: the same bytes, to whoever asks, and how often that was.
//
//  1. [Serve] listens on a free port.
//  2. Verifiers fetch the set from the server's URL.
//  3. The server counts fetches: a verifier that makes none has its keys from
//     elsewhere.
//  4. [Server.Publish] replaces the set, as an issuer does that replaces its key,
//     and tells how long it took until somebody fetched the new one.
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

// Server publishes a key set. Its methods are safe for concurrent use.
type Server struct {
	http    http.Server
	url     string
	current atomic.Pointer[Publication]
	fetches atomic.Int64
	done    chan error
}

// Publication is a set in force.
type Publication struct {
	set   []byte
	at    time.Time
	taken atomic.Int64 // ns after at; 0 if nobody has fetched it
}

// Taken is how long after its publication the set was first fetched, 0 if it was
// not.
func (p *Publication) Taken() time.Duration { return time.Duration(p.taken.Load()) }

// Serve publishes a set, which must not change, until another takes its place or
// the server is closed.
func Serve(set []byte) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for fetches of the key set: %w", err)
	}
	s := &Server{url: fmt.Sprintf("http://%v%s", listener.Addr(), path), done: make(chan error, 1)}
	s.Publish(set)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+path, s.answer)
	s.http = http.Server{Handler: mux, ReadTimeout: patience}
	go func() { s.done <- s.http.Serve(listener) }()
	return s, nil
}

// Publish puts a set, which must not change, in the place of the one before.
func (s *Server) Publish(set []byte) *Publication {
	p := &Publication{set: set, at: time.Now()}
	s.current.Store(p)
	return p
}

func (s *Server) answer(w http.ResponseWriter, _ *http.Request) {
	s.fetches.Add(1)
	p := s.current.Load()
	w.Header().Set("Content-Type", "application/jwk-set+json") // RFC 7517 §8.5.2
	if _, err := w.Write(p.set); err == nil {                  // a client that hangs up does without
		p.taken.CompareAndSwap(0, max(1, int64(time.Since(p.at)))) // 0 stands for never
	}
}

// URL is where the set is.
func (s *Server) URL() string { return s.url }

// Fetches is how often a set was asked for.
func (s *Server) Fetches() int64 { return s.fetches.Load() }

// Close ends the server and waits for its end.
func (s *Server) Close() error {
	err := s.http.Close()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
