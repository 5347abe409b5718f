package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"authbench/bench"
	"authbench/internal/measure/control"
)

// Verifier decides about requests. It is called from many goroutines at once.
type Verifier interface {
	Verify(bench.Request) bench.Decision
	// Scheme is the authentication scheme that a refused client is told to use
	// (RFC 9110 §11.6.1).
	Scheme() string
}

const (
	// readBuffer bounds the request line and headers. fasthttp's own 4 KiB would
	// refuse tokens that other servers take; this leaves room for a token of
	// 16 KiB, which verifiers judge by themselves, and is the same for every arm.
	readBuffer = 32 << 10
	// stopTime is what requests under way get to be answered after the order to
	// stop; the harness has read all answers before it gives the order.
	stopTime = time.Second
)

// Server is a target that listens.
type Server struct {
	http      fasthttp.Server
	listener  net.Listener
	verifier  Verifier
	challenge challenges
	tally     tally
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
		Handler:      s.handle,
		ErrorHandler: s.refuseUnread,
		// fasthttp's log lines quote requests, and with them credentials.
		Logger:                silent{},
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
// a second at most.
func (s *Server) Serve(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("the target cannot accept connections: %w", err)
	case <-ctx.Done():
	}
	// The listener is closed here, not by fasthttp: its Shutdown does nothing if
	// its Serve, in the goroutine above, has not begun yet, which then never ends.
	err := s.listener.Close()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	stopped := s.http.ShutdownWithContext(grace)
	if errors.Is(stopped, net.ErrClosed) || errors.Is(stopped, context.DeadlineExceeded) {
		stopped = nil
	}
	if err := errors.Join(err, stopped, <-served); err != nil {
		return fmt.Errorf("stop the target: %w", err)
	}
	return nil
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

// silent is a logger that says nothing.
type silent struct{}

func (silent) Printf(string, ...any) {}
