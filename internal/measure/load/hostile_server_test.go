package load

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// What follows are the ways in which servers misbehave: a reply is to a request
// without a body that was read whole, a handler has a connection for itself.

// thenClose answers and closes, without a word of it in the answer unless it is there.
func thenClose(answer string) reply {
	return func(c *net.TCPConn, n int, request []byte) bool {
		always(answer)(c, n, request)
		return false
	}
}

// thenReset answers and breaks the connection off. The client has read the answer
// before, or the reset would be all that it sees.
func thenReset(answer string) reply {
	return func(c *net.TCPConn, n int, request []byte) bool {
		always(answer)(c, n, request)
		if answer != "" {
			time.Sleep(brief)
		}
		c.SetLinger(0)
		return false
	}
}

// thenHang answers, or a part of it, and says nothing more until the client is gone.
func thenHang(answer string) reply {
	return func(c *net.TCPConn, n int, request []byte) bool {
		always(answer)(c, n, request)
		io.Copy(io.Discard, c)
		return false
	}
}

// dripping answers byte by byte, with a pause after each.
func dripping(answer string, pause time.Duration) reply {
	return func(c *net.TCPConn, _ int, _ []byte) bool {
		for i := range len(answer) {
			if _, err := c.Write([]byte(answer[i : i+1])); err != nil {
				return false
			}
			time.Sleep(pause)
		}
		return true
	}
}

// pouring begins as head says, and goes on with piece without end, after a pause each
// time.
func pouring(head, piece string, pause time.Duration) reply {
	return func(c *net.TCPConn, _ int, _ []byte) bool {
		for next := head + piece; ; next = piece {
			if _, err := c.Write([]byte(next)); err != nil {
				return false
			}
			time.Sleep(pause)
		}
	}
}

// later answers properly and says more when the client has taken the answer.
func later(more string, ends bool) reply {
	return func(c *net.TCPConn, n int, request []byte) bool {
		always(ok)(c, n, request)
		time.Sleep(brief / 4)
		c.Write([]byte(more))
		return !ends
	}
}

// handler has a connection for itself; n counts the connections from 0.
type handler func(c *net.TCPConn, n int64)

// conversing is the handler that answers requests without a body.
func conversing(r reply) handler {
	return func(c *net.TCPConn, _ int64) { (&testServer{}).converse(c, r) }
}

// early answers as soon as the head of a request is read, and reads no byte of its
// body. lingers says that it closes its own half first, and waits for the client's
// end: closed at once, with bytes unread, it resets the connection.
func early(answer string, lingers bool) handler {
	return func(c *net.TCPConn, _ int64) {
		in := bufio.NewReaderSize(c, 64<<10)
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return
			}
			if len(bytes.TrimSpace(line)) == 0 {
				break
			}
		}
		c.Write([]byte(answer))
		if lingers {
			c.CloseWrite()
			io.Copy(io.Discard, c)
		}
	}
}

// keeping answers as soon as the head is read, and keeps the connection open, though it
// reads no more.
func keeping(answer string) handler {
	return func(c *net.TCPConn, _ int64) {
		head := make([]byte, 1<<10)
		if _, err := io.ReadFull(c, head[:16]); err != nil {
			return
		}
		c.Write([]byte(answer))
		time.Sleep(2 * hostileTimeout) // the client is gone by then
	}
}

// unread never reads, so that a large request fills every buffer.
func unread(*net.TCPConn, int64) { time.Sleep(4 * hostileTimeout) }

// idleTime is for how long a weary server leaves a connection idle.
const idleTime = 3 * brief

// weary closes a connection that has been idle for a moment, after saying what it
// has to say.
func weary(parting string) handler {
	return func(c *net.TCPConn, _ int64) {
		in := bufio.NewReader(c)
		for {
			c.SetReadDeadline(time.Now().Add(idleTime))
			line, err := in.ReadSlice('\n')
			if err != nil {
				c.Write([]byte(parting))
				c.CloseWrite()
				time.Sleep(brief / 4)
				return
			}
			if string(line) == "\r\n" {
				c.Write([]byte(ok))
			}
		}
	}
}

// greeting says something to the first connections before anything was asked, and
// answers properly.
func greeting(text string, first int64) handler {
	return func(c *net.TCPConn, n int64) {
		if n < first {
			c.Write([]byte(text))
		}
		conversing(always(ok))(c, n)
	}
}

// hangingUp ends a connection as soon as the client knows that it stands.
func hangingUp(reset bool) handler {
	return func(c *net.TCPConn, _ int64) {
		time.Sleep(brief / 8)
		if reset {
			c.SetLinger(0)
		}
	}
}

// hostileServer runs a handler for each connection until the test ends.
func hostileServer(t testing.TB, h handler) *testServer {
	t.Helper()
	s := &testServer{}
	var taken atomic.Int64
	s.listen(t, func(c *net.TCPConn) { h(c, taken.Add(1)-1) })
	return s
}

// chunked is an answer in chunks, of which the text is what follows the head.
func chunked(text string) string {
	return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + text
}

// with is an answer with one more field.
func with(field string) string {
	return "HTTP/1.1 200 OK\r\n" + field + "\r\nContent-Length: 2\r\n\r\nok"
}

// framed is an answer whose length is said by these fields.
func framed(fields, body string) string {
	return "HTTP/1.1 200 OK\r\n" + fields + "\r\n\r\n" + body
}

// status is an answer with this status line.
func status(line string) string { return line + "\r\nContent-Length: 0\r\n\r\n" }

// filler is a field as large as heads may be.
var filler = "X: " + strings.Repeat("x", maxHead) + "\r\n"
