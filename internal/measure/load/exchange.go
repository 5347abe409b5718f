package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"authbench/bench"
	"authbench/internal/measure/reach"
)

// Response is an answer with its content.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// maxBody bounds what an exchange reads: answers of interest are small.
const maxBody = 1 << 20

// errBody says that an exchange's answer is of no interest.
var errBody = errors.New("response body larger than 1 MiB")

// content collects what a parser passes over.
type content struct {
	header http.Header
	bytes  []byte
}

func (c *content) field(name, value []byte) { c.header.Add(string(name), string(trim(value))) }

func (c *content) body(b []byte) { c.bytes = append(c.bytes, b...) }

// Exchange sends raw bytes over a connection of its own and returns the answer to
// them, by the rules of the engines. It reads while it sends: an answer that comes
// before all is sent is the answer, also where the rest then cannot be sent. It ends
// within the timeout, and is not for measuring.
func Exchange(ctx context.Context, addr bench.Address, raw []byte, timeout time.Duration) (*Response, error) {
	if !addr.IsLocal() {
		return nil, fmt.Errorf("%v is not a loopback address: load goes to this machine only", addr)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := reach.Dial(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("exchange: %w", err)
	}
	// The end of the context, deadline or not, ends the blocked calls.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	sent := make(chan error, 1)
	go func() {
		_, err := conn.Write(raw)
		sent <- err
	}()
	response, err := readResponse(conn, newQuestion(raw))
	_ = conn.Close() // which ends the sending, if the server did not take everything
	sendErr := <-sent
	if err == nil {
		return response, nil
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("exchange: %w", ctx.Err())
	}
	if errors.Is(sendErr, net.ErrClosed) { // by us
		sendErr = nil
	}
	return nil, fmt.Errorf("exchange: %w", errors.Join(sendErr, err))
}

// readResponse reads the answer to a request.
func readResponse(conn net.Conn, asked question) (*Response, error) {
	found := &content{header: http.Header{}}
	p := parser{content: found}
	p.reset(asked)
	buffer := make([]byte, maxHead)
	for {
		n, readErr := conn.Read(buffer)
		_, whole, err := p.feed(buffer[:n])
		switch {
		case err != nil:
			return nil, fmt.Errorf("malformed answer: %w", err)
		case p.left > maxBody || len(found.bytes) > maxBody:
			return nil, errBody
		case whole, readErr != nil && endOf(readErr) && p.end():
			return &Response{Status: p.status, Header: found.header, Body: bytes.Clone(found.bytes)}, nil
		case readErr != nil:
			return nil, fmt.Errorf("read the answer: %w", readErr)
		}
	}
}
