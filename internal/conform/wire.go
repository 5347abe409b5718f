package conform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
)

// wire is a server that gets raw bytes over a connection.
type wire struct {
	addr bench.Address
	// template is the usual request to the server. Every request has its Host field.
	template bench.Message
	// proofs complete what is sent; nil for none.
	proofs *proofs
	// counters reads the server's own figures; nil for somebody else's server.
	counters func() bench.Counters
	// stalled is why it gets no more requests, nil while it answers.
	stalled atomic.Pointer[error]
}

var _ Subject = (*wire)(nil)

// meteredWire is a server that runs in this process.
type meteredWire struct{ *wire }

var _ meter = meteredWire{}

func (m meteredWire) usage(settled bool) bench.Counters {
	if settled {
		runtime.GC()
		runtime.GC()
	}
	return m.counters()
}

func (*wire) Surface() Surface { return Wire }
func (w *wire) Host() string   { return w.template.Host() }

// sendTries is how often a request is sent if the server closes the connection without an
// answer. A server that refuses a large request may reset the connection before its answer
// is read.
const sendTries = 3

// Ask sends the request over a connection of its own.
func (w *wire) Ask(ctx context.Context, r Request) (Answer, error) {
	if why := w.stalled.Load(); why != nil {
		return Answer{}, *why
	}
	raw := w.render(w.proofs.complete(r, w.Host()))
	began := time.Now()
	var err error
	for range sendTries {
		began = time.Now()
		var response *load.Response
		if response, err = load.Exchange(ctx, w.addr, raw, patience); err == nil {
			a := answerOf(response, time.Since(began))
			a.Unsupported = response.Status == http.StatusNotImplemented && r.Method != http.MethodGet
			return a, nil
		}
		if !closed(err) {
			return Answer{}, w.unanswered(ctx, err)
		}
	}
	return Answer{Closed: errors.New("the connection was closed"), Seen: "closed", Took: time.Since(began)}, nil
}

// closed reports whether the server closed the connection instead of answering.
func closed(err error) bool {
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, end) {
			return !errors.Is(err, context.DeadlineExceeded)
		}
	}
	return false
}

// The header fields by which targets say who was let in.
const (
	subjectField = "X-Auth-Subject"
	tenantField  = "X-Auth-Tenant"
)

func answerOf(r *load.Response, took time.Duration) Answer {
	return Answer{
		Status: r.Status, Challenged: r.Header.Get("WWW-Authenticate") != "", Took: took,
		Subject: r.Header.Get(subjectField), Tenant: r.Header.Get(tenantField), Seen: seen(r.Status, r.Header, r.Body),
	}
}

// seen writes an answer as a client sees it, without the date and without the number that
// proxies give to a request.
func seen(status int, header http.Header, body []byte) string {
	var out strings.Builder
	fmt.Fprintln(&out, status)
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if name != "Date" && name != "X-Request-Id" {
			fmt.Fprintf(&out, "%s: %s\n", name, strings.Join(header[name], ", "))
		}
	}
	out.Write(body)
	return out.String()
}

// newWire returns a server on this machine. Its requests have the authority as their Host.
func newWire(addr bench.Address, authority string) (*wire, error) {
	plain, problems := bench.NewMessage(bench.Draft{Authority: authority})
	if len(problems) > 0 {
		return nil, problems[0]
	}
	return &wire{addr: addr, template: plain}, nil
}

// render writes a request unchanged, well formed or not.
func (w *wire) render(r Request) []byte {
	var out strings.Builder
	for _, f := range r.Fields {
		out.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	out.WriteString(r.Raw)
	if r.Raw == "" && r.Method != "GET" && r.Method != "HEAD" {
		out.WriteString("Content-Length: 0\r\n") // RFC 9110 §8.6
	}
	return w.template.Attack(r.Method, r.Target, out.String())
}
