package issuer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

const (
	// patience bounds what a client may take to send its request, so that one that hangs
	// holds no connection for ever. An honest one takes less than a millisecond.
	patience = 5 * time.Second
	// mostBytes bounds a request: a token of the longest kind, and what stands around it.
	mostBytes = 64 << 10
	// stopTime is what requests under way get to be answered.
	stopTime = time.Second
)

// server serves realms. It is safe for concurrent use.
type server struct {
	http     fasthttp.Server
	listener net.Listener
	mu       sync.RWMutex // guards realms
	realms   map[string]*realm
}

// listen binds a free port of the loopback address.
func listen() (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the issuer: %w", err)
	}
	s := &server{listener: listener, realms: map[string]*realm{}}
	s.http = fasthttp.Server{
		Handler: s.handle, Logger: silent{}, NoDefaultServerHeader: true,
		// Requests have a form as their body, and no more.
		MaxRequestBodySize: mostBytes, ReadBufferSize: mostBytes, ReadTimeout: patience,
		// A verifier's connections lie idle while other arms are visited.
		IdleTimeout: time.Hour,
	}
	return s, nil
}

// Addr is where it listens.
func (s *server) Addr() netip.AddrPort { return s.listener.Addr().(*net.TCPAddr).AddrPort() }

// Serve answers until ctx ends.
func (s *server) Serve(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("the issuer cannot accept connections: %w", err)
	case <-ctx.Done():
	}
	// Closed here: fasthttp's Shutdown does nothing if its Serve has not begun yet.
	err := s.listener.Close()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	stopped := s.http.ShutdownWithContext(grace)
	if errors.Is(stopped, net.ErrClosed) || errors.Is(stopped, context.DeadlineExceeded) {
		stopped = nil
	}
	if err := errors.Join(err, stopped, <-served); err != nil {
		return fmt.Errorf("stop the issuer: %w", err)
	}
	return nil
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
	method, answer := fasthttp.MethodPost, (func(*fasthttp.RequestCtx))(nil)
	switch string(endpoint) {
	case keySetPath:
		method, answer = fasthttp.MethodGet, r.answerKeySet
	case tokenPath:
		answer = r.forClient(r.answerToken)
	case introspectPath:
		answer = r.forClient(r.answerIntrospection)
	case revokePath:
		answer = r.forClient(r.answerRevocation)
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

// silent is a logger that says nothing: fasthttp's lines quote requests, and with them
// credentials.
type silent struct{}

func (silent) Printf(string, ...any) {}
