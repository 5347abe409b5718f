package issuer

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"authbench/internal/measure/httpd"
)

const (
	// patience bounds what a client may take to send its request, so that one that hangs
	// holds no connection for ever. An honest one takes less than a millisecond.
	patience = 5 * time.Second
	// mostBytes bounds a request: a token of the longest kind, and what stands around it.
	mostBytes = 64 << 10
)

// server serves realms. It is safe for concurrent use.
type server struct {
	http    fasthttp.Server
	door    *door
	mu      sync.RWMutex // guards realms and ended
	realms  map[string]*realm
	ended   bool           // no stream of events may begin
	ending  chan struct{}  // closed when the open streams have to end
	streams sync.WaitGroup // of events
}

// listen binds a free port of the loopback address.
func listen() (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the issuer: %w", err)
	}
	s := &server{door: newDoor(listener), realms: map[string]*realm{}, ending: make(chan struct{})}
	s.http = fasthttp.Server{
		Handler: s.handle, Logger: httpd.Silent{}, NoDefaultServerHeader: true,
		// Requests have a form as their body, and no more.
		MaxRequestBodySize: mostBytes, ReadBufferSize: mostBytes, ReadTimeout: patience,
		// A verifier's connections lie idle while other arms are visited.
		IdleTimeout: time.Hour,
	}
	return s, nil
}

// Addr is where it listens.
func (s *server) Addr() netip.AddrPort { return s.door.Addr().(*net.TCPAddr).AddrPort() }

// Serve answers until ctx ends. It is called once.
func (s *server) Serve(ctx context.Context) error {
	err := httpd.Serve(ctx, &s.http, s.door, "issuer")
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	close(s.ending)
	s.streams.Wait()
	return err
}

func (s *server) realm(name string) *realm {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.realms[name]
}

// handle answers one request: /REALM/ENDPOINT.
func (s *server) handle(ctx *fasthttp.RequestCtx) {
	name, endpoint, _ := bytes.Cut(bytes.TrimPrefix(ctx.Path(), []byte("/")), []byte("/"))
	r := s.realm(string(name))
	if r == nil {
		ctx.SetStatusCode(fasthttp.StatusNotFound)
		return
	}
	if s.fails(r, string(endpoint), ctx) {
		return
	}
	method, answer, hasTokens := fasthttp.MethodPost, (func(*fasthttp.RequestCtx))(nil), r.tokens != nil
	switch string(endpoint) {
	case keySetPath:
		method, answer = fasthttp.MethodGet, r.answerKeySet
	case statusListPath:
		method, answer = fasthttp.MethodGet, r.answerStatusList
	case revocationsPath:
		method, answer = fasthttp.MethodGet, r.requireClient(r.denied != nil, r.answerRevocations)
	case eventsPath:
		method, answer = fasthttp.MethodGet, r.requireClient(r.denied != nil, s.answerEvents(r))
	case tokenPath:
		answer = r.answerToken
	case introspectPath:
		answer = r.requireClient(hasTokens, r.answerIntrospection)
	case revokePath:
		answer = r.requireClient(hasTokens, r.answerRevocation)
	default:
		ctx.SetStatusCode(fasthttp.StatusNotFound)
		return
	}
	if string(ctx.Method()) != method {
		ctx.Response.Header.Set(fasthttp.HeaderAllow, method)
		ctx.SetStatusCode(fasthttp.StatusMethodNotAllowed)
		return
	}
	answer(ctx)
}
