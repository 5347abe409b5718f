package issuer

import (
	"fmt"
	"net"
	"sync"
	"time"
)

// door is a listener that can be shut, so that connections are refused, and opened again at
// the same address. It is safe for concurrent use.
type door struct {
	addr   net.Addr
	mu     sync.Mutex    // guards all below
	inner  net.Listener  // nil while it is shut
	turned chan struct{} // closed when inner changes, and replaced
	gone   bool          // closed for good
}

var _ net.Listener = (*door)(nil)

func newDoor(inner net.Listener) *door {
	return &door{addr: inner.Addr(), inner: inner, turned: make(chan struct{})}
}

// Addr implements net.Listener.
func (d *door) Addr() net.Addr { return d.addr }

// Accept implements net.Listener. While the door is shut nobody comes.
func (d *door) Accept() (net.Conn, error) {
	for {
		inner, turned, gone := d.state()
		switch {
		case gone:
			return nil, net.ErrClosed
		case inner == nil:
			<-turned
			continue
		}
		conn, err := inner.Accept()
		if now, _, gone := d.state(); err == nil || now == inner && !gone {
			return conn, err
		}
	}
}

func (d *door) state() (inner net.Listener, turned <-chan struct{}, gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.inner, d.turned, d.gone
}

// isShut reports whether connections are refused for a while.
func (d *door) isShut() bool {
	inner, _, gone := d.state()
	return inner == nil && !gone
}

// turn puts another listener in the place of the one that there is, nil for none.
func (d *door) turn(inner net.Listener) error {
	old := d.inner
	d.inner = inner
	close(d.turned)
	d.turned = make(chan struct{})
	if old == nil {
		return nil
	}
	return old.Close()
}

// Close implements net.Listener.
func (d *door) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone = true
	return d.turn(nil)
}

const (
	// reopenTime bounds the wait for the address: a connection that was refused, or another
	// program, may hold it for a moment.
	reopenTime = 3 * time.Second
	reopenStep = 20 * time.Millisecond
)

// shut shuts the door, or opens it. What is done already is no error.
func (d *door) shut(shut bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone || shut == (d.inner == nil) {
		return nil
	}
	if shut {
		return d.turn(nil)
	}
	for end := time.Now().Add(reopenTime); ; time.Sleep(reopenStep) {
		inner, err := net.Listen(d.addr.Network(), d.addr.String())
		if err == nil {
			return d.turn(inner)
		}
		if time.Now().After(end) {
			return fmt.Errorf("the issuer cannot listen at its address again: %w", err)
		}
	}
}
