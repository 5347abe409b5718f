package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/valyala/fasthttp"

	"authbench/bench"
	"authbench/internal/reach"
)

// Response is an answer with its content.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// maxBody bounds what an exchange reads: answers of interest are small.
const maxBody = 1 << 20

// Exchange sends raw bytes over a connection of its own and returns the answer
// to them. It is not for measuring.
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
	defer conn.Close()
	// The end of the context, deadline or not, ends the blocked calls.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	// A server may answer and close before it has read everything: the answer
	// counts, and the failed write only if there is none.
	_, sendErr := conn.Write(raw)
	var answer fasthttp.Response
	answer.SkipBody = bytes.HasPrefix(raw, []byte("HEAD "))
	if err := answer.ReadLimitBody(bufio.NewReaderSize(conn, maxHead), maxBody); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("exchange: %w", errors.Join(sendErr, err))
	}
	out := &Response{Status: answer.StatusCode(), Header: http.Header{}, Body: bytes.Clone(answer.Body())}
	for name, value := range answer.Header.All() {
		out.Header.Add(string(name), string(value))
	}
	return out, nil
}
