package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/valyala/fasthttp"

	"authbench/bench"
	"authbench/internal/measure/control"
	"authbench/internal/measure/httpd"
)

// Verifier decides about requests. It is called from many goroutines at once.
type Verifier interface {
	Verify(bench.Request) bench.Decision
	// Scheme is the authentication scheme that a refused client is told to use
	// (RFC 9110 §11.6.1).
	Scheme() string
}

// readBuffer bounds the request line and headers. fasthttp's own 4 KiB would
// refuse tokens that other servers take; this leaves room for a token of
// 16 KiB, which verifiers judge by themselves, and is the same for every arm.
const readBuffer = 32 << 10

// Server is a target that listens.
type Server struct {
	http      fasthttp.Server
	listener  net.Listener
	verifier  Verifier
	challenge challenges
	decisions decisions
	requests  sync.Pool // of *request
}

var _ control.Measured = (*Server)(nil)

// Listen binds addr, which must be a loopback address, for a server around v.
func Listen(addr netip.AddrPort, v Verifier) (*Server, error) {
	if !addr.Addr().IsLoopback() {
		return nil, fmt.Errorf("%v is not a loopback address: a target serves this machine only", addr)
	}
	listener, err := net.Listen("tcp", addr.String())
	if err != nil {
		return nil, fmt.Errorf("start the target: %w", err)
	}
	s := &Server{listener: listener, verifier: v, challenge: challengesFor(v)}
	s.requests.New = func() any { return new(request) }
	s.http = fasthttp.Server{
		Handler:               s.handle,
		ErrorHandler:          s.refuseUnread,
		Logger:                httpd.Silent{},
		ReadBufferSize:        readBuffer,
		NoDefaultServerHeader: true,
		// No timeouts: an arm's connections lie idle while others are visited.
		// No limit of connections below fasthttp's 262,144.
	}
	return s, nil
}

// Addr is where the server listens.
func (s *Server) Addr() netip.AddrPort {
	return s.listener.Addr().(*net.TCPAddr).AddrPort()
}

// Serve answers requests until ctx ends, then lets requests under way finish for
// a second at most: the harness has read all answers before it gives the order.
func (s *Server) Serve(ctx context.Context) error {
	return httpd.Serve(ctx, &s.http, s.listener, "target")
}

// Config is what [Run] needs.
type Config struct {
	Listen   netip.AddrPort
	Verifier Verifier
	// Ready is called once the server accepts connections.
	Ready func(netip.AddrPort) error
}

// Run serves until ctx ends.
func Run(ctx context.Context, c Config) error {
	s, err := Listen(c.Listen, c.Verifier)
	if err != nil {
		return err
	}
	if err := c.Ready(s.Addr()); err != nil {
		return errors.Join(fmt.Errorf("report ready: %w", err), s.listener.Close())
	}
	return s.Serve(ctx)
}
