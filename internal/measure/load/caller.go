package load

import (
	"context"
	"fmt"
	"time"

	"authbench/bench"
)

// Caller asks one server one question at a time, over a connection that it keeps, by the
// rules of the engines: for requests whose answer decides what is asked next. It must not
// be used by two goroutines at once.
type Caller struct {
	link link
	to   Endpoint
}

// mostAsks is over how many connections a question is asked that end before it is sent.
const mostAsks = 3

// Reply is an answer, when its question was sent and when it was whole.
type Reply struct {
	Status         int
	Sent, Answered time.Time
}

// NewCaller returns a caller that connects when it is asked something first. A question
// that is not answered within the timeout has failed.
func NewCaller(addr bench.Address, timeout time.Duration) *Caller {
	return &Caller{link: link{clock: clock{time.Now()}}, to: Endpoint{Addr: addr, Timeout: timeout}}
}

// Ask sends a request and returns the answer. A request whose connection ended while it
// was on its way is sent a second time where HTTP allows that.
func (c *Caller) Ask(ctx context.Context, raw []byte) (Reply, error) {
	if !c.to.Addr.IsLocal() {
		return Reply{}, fmt.Errorf("%v is not a loopback address: load goes to this machine only", c.to.Addr)
	}
	l, asked, resent := &c.link, newQuestion(raw), false
	for range mostAsks {
		if l.conn == nil {
			if err := l.open(ctx, c.to); err != nil {
				return Reply{}, err
			}
			l.freed = l.now()
		}
		l.request = append(l.request[:0], raw...)
		sent := l.now()
		l.mu.Lock()
		l.req = request{free: l.freed, sent: sent, resent: resent}
		l.mu.Unlock()
		n := l.exchange(ctx, asked, sent+int64(c.to.Timeout))
		l.mu.Lock()
		l.asking = false // an answer that comes now is late
		status, kind, reason := l.parser.status, l.kind, l.reason
		l.mu.Unlock()
		l.freed = n.at
		if n.fate != answered {
			l.close()
		}
		switch n.fate {
		case answered, answeredLast, answeredMore:
			return Reply{status, l.opened.Add(time.Duration(sent)), l.opened.Add(time.Duration(n.at))}, nil
		case closedIdle, unsolicited:
			// Nothing was sent: ask again over a new connection.
		case raced:
			resent = true
		case pending:
			if err := ctx.Err(); err != nil {
				return Reply{}, err
			}
			return Reply{}, fmt.Errorf("no answer within %v", c.to.Timeout)
		default:
			if reason != nil {
				return Reply{}, fmt.Errorf("%s: %w", kind, reason)
			}
			return Reply{}, fmt.Errorf("no answer: the connection was %s", kind)
		}
	}
	return Reply{}, fmt.Errorf("the server ended %d connections before a request could be sent", mostAsks)
}

// Close closes the connection.
func (c *Caller) Close() { c.link.close() }
