package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"

	"authbench/internal/reach"
)

// portableEngine works on any system: a goroutine per connection, which writes
// the workload's bytes as they are (so that all engines send the same) and reads
// with fasthttp's Response. It serves where the others do not work, and to check
// them.
//
// It paces with Go's timers, which overshoot by up to a millisecond on Linux:
// its lag is what it is, and is measured. It does not notice that a server closed
// an idle connection until it sends on it.
type portableEngine struct {
	clock
	// One slice runs at a time: it has the one tally.
	tally *tally
}

var _ Engine = (*portableEngine)(nil)

func openPortable() Engine {
	return &portableEngine{clock: clock{time.Now()}, tally: newTally(processCPU)}
}

func (e *portableEngine) Name() string { return Portable }

func (e *portableEngine) Close() error { return nil }

func (e *portableEngine) Dial(ctx context.Context, to Endpoint) (Client, error) {
	if err := to.check(); err != nil {
		return nil, err
	}
	c := &portableClient{engine: e, endpoint: to, opening: newOpening(to)}
	for range to.Connections {
		l := &link{clock: e.clock}
		if err := l.open(ctx, to); err != nil {
			return nil, errors.Join(fmt.Errorf("connect to %v: %w", to.Addr, err), c.Close())
		}
		c.opened(l)
		c.links = append(c.links, l)
	}
	return c, nil
}

// portableClient is an endpoint's connections.
type portableClient struct {
	engine   *portableEngine
	endpoint Endpoint
	links    []*link
	// opening is written to while dialling, and by a run that holds its lock.
	opening Opening
}

// opened notes the times of a connection that was opened.
func (c *portableClient) opened(l *link) {
	if !c.endpoint.Breakdown {
		return
	}
	c.opening.Connect.Record(l.connected - l.began)
	if c.endpoint.TLS != nil {
		c.opening.Handshake.Record(l.shaken - l.connected)
	}
}

func (c *portableClient) Run(ctx context.Context, s Slice) (*Outcome, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	start := c.engine.now() + lead
	s.Live.open([]*tally{c.engine.tally})
	c.engine.tally.reset(c.endpoint, s, start)
	script := newScript(c.endpoint.Workload, s, 0, 1, start)
	sliceCtx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := &portableRun{
		clock: c.engine.clock, client: c, endpoint: c.endpoint, stop: stop, tally: c.engine.tally, script: script,
		sendBefore: script.until + int64(c.endpoint.Timeout), downSince: start,
	}
	edgesCtx, stopEdges := context.WithCancel(sliceCtx)
	defer stopEdges()
	var sending, edges sync.WaitGroup
	edges.Go(func() { r.watchEdges(edgesCtx) })
	for _, l := range c.links {
		if l.Conn != nil {
			r.up++
		}
	}
	for _, l := range c.links {
		sending.Go(func() { r.drive(sliceCtx, l) })
	}
	sending.Wait()
	if r.script.spent {
		stopEdges()
	}
	edges.Wait()
	r.finish()
	out := merge([]*tally{r.tally})
	out.Opening = newOpening(c.endpoint)
	out.Opening.merge(c.opening)
	return out, context.Cause(sliceCtx)
}

func (c *portableClient) Close() error {
	var errs []error
	for _, l := range c.links {
		errs = append(errs, l.close())
	}
	return errors.Join(errs...)
}

// maxAnswer bounds a body, which fasthttp holds as a whole: without a bound it
// allocates whatever the Content-Length says.
const maxAnswer = 64 << 20

// link is one connection, closed (nil) or open. Only its goroutine touches it
// during a slice.
type link struct {
	clock
	net.Conn
	reader *bufio.Reader
	answer fasthttp.Response
	served int // answers that it has brought
	freed  int64
	// began, connected and shaken are when it was dialled, when the connection
	// stood, and when TLS did.
	began, connected, shaken int64
	request                  []byte
	// read counts what came, first is when it began to, and readErr is why no more
	// did: it tells a broken connection from a malformed answer.
	read, first int64
	readErr     error
}

func (l *link) open(ctx context.Context, to Endpoint) error {
	ctx, cancel := context.WithTimeout(ctx, to.Timeout)
	defer cancel()
	l.began = l.now()
	conn, err := reach.Dial(ctx, to.Addr)
	if err != nil {
		return err
	}
	l.connected = l.now()
	if to.TLS != nil {
		secure := tls.Client(conn, to.TLS)
		if err := secure.HandshakeContext(ctx); err != nil {
			return errors.Join(fmt.Errorf("TLS: %w", err), conn.Close())
		}
		conn = secure
	}
	l.shaken = l.now()
	l.Conn, l.served = conn, 0
	l.reader = bufio.NewReaderSize(readerFunc(l.receive), maxHead)
	return nil
}

// readerFunc makes a function a reader.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func (l *link) receive(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if l.read == 0 && n > 0 {
		l.first = l.now()
	}
	l.read += int64(n)
	if err != nil {
		l.readErr = err
	}
	return n, err
}

func (l *link) close() error {
	if l.Conn == nil {
		return nil
	}
	err := l.Conn.Close()
	l.Conn = nil
	return err
}

// exchange sends the request and reads its answer. It returns the kind of error,
// "" for a whole answer.
func (l *link) exchange(head bool) (kind string) {
	l.read, l.first, l.readErr = 0, 0, nil
	if _, err := l.Write(l.request); err != nil {
		return kindOf(err)
	}
	l.answer.SkipBody = head
	err := l.answer.ReadLimitBody(l.reader, maxAnswer)
	switch {
	case err != nil && l.readErr != nil:
		return kindOf(l.readErr)
	case err != nil || l.answer.StatusCode() < 100:
		return ErrorMalformed
	}
	return ""
}

// reusable reports whether the next request may use the connection.
func (l *link) reusable() bool {
	// Bytes beyond the answer are nobody's.
	return !l.answer.ConnectionClose() && l.answer.StatusCode() != fasthttp.StatusSwitchingProtocols && l.reader.Buffered() == 0
}

// kindOf tells why reading or writing failed.
func kindOf(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrorClosed
	case errors.As(err, &timeout) && timeout.Timeout():
		return ErrorTimeout
	}
	return ErrorReset
}

// kindOfDial tells why a connection did not come about.
func kindOfDial(err error) string {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return ErrorRefused
	}
	return ErrorDial
}
