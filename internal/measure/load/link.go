package load

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"authbench/internal/measure/reach"
)

// link is one connection of the portable engine, closed (nil) or open. During a
// slice one goroutine drives it; another one, from open to close, reads.
type link struct {
	clock
	index int      // among its client's
	conn  net.Conn // with TLS, where there is any
	raw   net.Conn // without
	// began, connected and shaken are when it was dialled, when the connection
	// stood, and when TLS did.
	began, connected, shaken int64
	freed                    int64
	request                  []byte
	timer                    *time.Timer
	// news has what the reader found. It has room for all that may be unread: the
	// answer to a request, and the end behind it.
	news    chan news
	reading sync.WaitGroup

	// mu guards what follows: the reader and the driver both hold the dialogue.
	mu sync.Mutex
	dialogue
	over    bool // nothing is read any more
	sending bool // the driver is in a write
}

// news is what happened on a connection, and when.
type news struct {
	fate fate
	at   int64
}

// readBytes takes most answers in one call; a connection of thousands does not use
// much memory.
const readBytes = 8 << 10

// open opens the connection, within the endpoint's timeout.
func (l *link) open(ctx context.Context, to Endpoint) error {
	ctx, cancel := context.WithTimeout(ctx, to.Timeout)
	defer cancel()
	l.began = l.now()
	conn, err := reach.Dial(ctx, to.replica(l.index))
	if err != nil {
		return reach.Cause(err)
	}
	l.raw, l.connected = conn, l.now()
	if to.TLS != nil {
		secure := tls.Client(conn, to.TLS)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = l.raw.Close() // nothing to be learned
			return fmt.Errorf("no TLS handshake: %w", err)
		}
		conn = secure
	}
	l.shaken = l.now()
	l.conn, l.served, l.over, l.asking = conn, 0, false, false
	l.news = make(chan news, 2)
	l.reading.Go(l.read)
	return nil
}

// read tells of what comes, until the connection is of no use any more.
func (l *link) read() {
	buffer := make([]byte, readBytes)
	for {
		n, err := l.conn.Read(buffer)
		if !l.take(buffer[:n], err) {
			return
		}
	}
}

// take takes bytes, and the end of the stream if err is not nil. It reports whether
// to go on reading.
func (l *link) take(b []byte, err error) bool {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	f := pending
	if len(b) > 0 {
		if f = l.heard(b, false, false); f == pending && l.req.first == 0 {
			l.req.first = now
		}
	}
	switch {
	case err == nil:
	case f == answered:
		f = answeredLast
	case f != pending:
	case endOf(err):
		f = l.ended()
	default:
		f = l.lost(kindOf(err))
	}
	if f == pending {
		return true
	}
	l.over = f != answered
	l.news <- news{f, now}
	if l.sending { // an answer before the request is sent: the rest is of no use
		_ = l.conn.SetWriteDeadline(time.Unix(1, 0))
	}
	return !l.over
}

// close closes the connection, if it is open, and waits for its reader. It says
// goodbye (TLS) only on one that is in order, because that may block.
func (l *link) close() {
	if l.conn == nil {
		return
	}
	l.mu.Lock()
	orderly := !l.asking && !l.cut && !l.over
	l.over, l.asking = true, false
	l.mu.Unlock()
	if orderly {
		_ = l.conn.Close() // nothing to be learned
	}
	_ = l.raw.Close()
	l.reading.Wait()
	l.conn = nil
}

// exchange sends the link's request, which is due to be answered by a time on the
// engine's clock, and waits for what becomes of it: pending, if nothing did before
// that time or the end of the context. It sends nothing on a connection that has
// ended, of which the news is still to be read then.
func (l *link) exchange(ctx context.Context, asked question, by int64) news {
	due := l.opened.Add(time.Duration(by))
	l.mu.Lock()
	if !l.over {
		l.ask(asked)
		l.sending = true
		// Setting a deadline fails on a closed connection, and so does what follows.
		_ = l.conn.SetWriteDeadline(due)
		l.mu.Unlock()
		unwatch := context.AfterFunc(ctx, func() { _ = l.raw.SetWriteDeadline(time.Unix(1, 0)) })
		_, err := l.conn.Write(l.request)
		unwatch()
		l.mu.Lock()
		l.sending, l.cut = false, err != nil
	}
	l.mu.Unlock()
	n := l.await(ctx, by)
	if l.cut && n.fate == answered {
		n.fate = answeredLast
	}
	if l.cut && l.kind == ErrorClosed {
		l.kind = ErrorReset // the reader may have seen the end before the writer did
	}
	return n
}

// await waits for news until a time on the engine's clock.
func (l *link) await(ctx context.Context, until int64) news {
	select {
	case n := <-l.news:
		return n
	default:
	}
	wait := time.Duration(until - l.now())
	if wait <= 0 || ctx.Err() != nil {
		return news{pending, l.now()}
	}
	if l.timer == nil {
		l.timer = time.NewTimer(wait)
	} else {
		l.timer.Reset(wait)
	}
	defer l.timer.Stop()
	select {
	case n := <-l.news:
		return n
	case <-l.timer.C:
	case <-ctx.Done():
	}
	return news{pending, l.now()}
}

// endOf reports whether an error of reading is the end of the stream, as the server
// meant it.
func endOf(err error) bool { return errors.Is(err, io.EOF) }

// kindOf tells why reading failed. A TLS connection that ends without a word of TLS
// was closed, but a body that ends with it may have been cut (RFC 9112 §9.8).
func kindOf(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrorClosed
	}
	return ErrorReset
}
