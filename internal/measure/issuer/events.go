package issuer

import (
	"encoding/json"
	"net"
	"time"

	"github.com/valyala/fasthttp"

	"authbench/internal/credential/feed"
)

const (
	// revocationsPath has the ids that were taken back, and eventsPath tells them as they
	// are (see package feed).
	revocationsPath = "revocations"
	eventsPath      = revocationsPath + feed.EventsPath
	// beat is how long a stream is silent: half of what is promised, so that a late timer
	// breaks no promise.
	beat = feed.Heartbeat / 2
)

// answerRevocations answers with the page behind a place. A place that cannot be read is one
// that the list does not have.
func (r *realm) answerRevocations(ctx *fasthttp.RequestCtx) {
	page, _ := r.denied.page(cursor(ctx.QueryArgs().Peek(feed.AfterParam)))
	r.polls.Add(1)
	reply(ctx, fasthttp.StatusOK, page)
}

func cursor(text []byte) (c feed.Cursor) {
	_ = c.UnmarshalText(text) // see above
	return c
}

// streamHead begins a stream of events, which ends with its connection.
const streamHead = "HTTP/1.1 200 OK\r\nContent-Type: " + feed.StreamType + "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"

// answerEvents tells the ids that are taken back, from behind the last event that the client
// has seen. fasthttp's own streams were not taken: they hold a write that nobody reads for
// ever, and end only with the server.
func (s *server) answerEvents(r *realm) func(*fasthttp.RequestCtx) {
	return func(ctx *fasthttp.RequestCtx) {
		after := cursor(ctx.Request.Header.Peek(feed.LastEventID))
		ctx.HijackSetNoResponse(true)
		ctx.Hijack(func(conn net.Conn) {
			if !s.beginStream() {
				return
			}
			defer s.streams.Done()
			r.subscribers.Add(1)
			defer r.subscribers.Add(-1)
			s.tell(r, conn, after)
		})
	}
}

// beginStream reports whether a stream may begin, whose end the server then waits for.
func (s *server) beginStream() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	s.streams.Add(1)
	return true
}

// tell writes events until the client is gone, the realm is closed or begins anew, or the server
// ends.
func (s *server) tell(r *realm, conn net.Conn, after feed.Cursor) {
	life := r.begun.Load()
	pulse := time.NewTicker(beat)
	defer pulse.Stop()
	text := []byte(streamHead)
	for {
		page, grown := r.denied.page(after)
		var err error
		if text, err = appendEvent(text, page); err != nil {
			return
		}
		r.events.Add(1)
		if !send(conn, text) {
			return
		}
		after, text = page.Next, text[:0]
		for waiting := !page.More; waiting; {
			f, changed := r.faults.at(eventsPath)
			if f.Kind == Silent {
				s.stay(r, eventsPath)
			}
			if f.Kind != "" && f.Kind != Slow || r.begun.Load() != life || s.door.isShut() {
				return // whoever comes back meets the fault
			}
			select {
			case <-grown:
				waiting = false
				wait(f.Delay, s.ending)
			case <-pulse.C:
				if !send(conn, []byte(":\n\n")) {
					return
				}
			case <-changed:
			case <-s.ending:
				return
			case <-r.closed:
				return
			}
		}
	}
}

// appendEvent appends a page as an event. JSON has no line feeds.
func appendEvent(dst []byte, page feed.Page) ([]byte, error) {
	data, err := json.Marshal(page)
	if err != nil {
		return nil, err
	}
	dst = append(append(dst, "id: "...), page.Next.String()...)
	dst = append(append(dst, "\ndata: "...), data...)
	return append(dst, "\n\n"...), nil
}

// send writes to a client that reads, and reports whether it does.
func send(conn net.Conn, text []byte) bool {
	if conn.SetWriteDeadline(time.Now().Add(patience)) != nil {
		return false
	}
	_, err := conn.Write(text)
	return err == nil
}
