// Package httpd ends fasthttp servers in order. What flows in: a server, its listener, a
// context. What flows out: when all is closed, whether that went well.
package httpd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/valyala/fasthttp"
)

// stopTime is what requests under way get to be answered after the order to stop.
const stopTime = time.Second

// Serve answers requests until ctx ends, then lets requests under way finish for a second
// at most. Errors name the server by what.
func Serve(ctx context.Context, server *fasthttp.Server, listener net.Listener, what string) error {
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("the %s cannot accept connections: %w", what, err)
	case <-ctx.Done():
	}
	// The listener is closed here, not by fasthttp: its Shutdown does nothing if
	// its Serve, in the goroutine above, has not begun yet, which then never ends.
	err := listener.Close()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	stopped := server.ShutdownWithContext(grace)
	if errors.Is(stopped, net.ErrClosed) || errors.Is(stopped, context.DeadlineExceeded) {
		stopped = nil
	}
	if err := errors.Join(err, stopped, <-served); err != nil {
		return fmt.Errorf("stop the %s: %w", what, err)
	}
	return nil
}

// Silent is a logger that says nothing: fasthttp's lines quote requests, and with them
// credentials.
type Silent struct{}

// Printf implements fasthttp.Logger.
func (Silent) Printf(string, ...any) {}
