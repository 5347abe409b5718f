package agents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/valyala/fasthttp"

	"authbench/internal/credential"
)

const (
	// patience bounds one refresh: an issuer on this machine that takes longer is stuck.
	patience = 2 * time.Second
	// mostAnswer bounds an answer: a token of the largest kind has some kilobytes.
	mostAnswer = 64 << 10
)

// errUnknownClient says that the issuer does not know who asks: its secret was taken back.
var errUnknownClient = errors.New("the issuer does not know the client any more (invalid_client)")

// client asks token endpoints of one issuer. It is safe for concurrent use.
type client struct{ http fasthttp.Client }

func newClient(connections int) *client {
	return &client{fasthttp.Client{
		Dial:                     func(addr string) (net.Conn, error) { return net.DialTimeout("tcp", addr, patience) },
		NoDefaultUserAgentHeader: true, MaxConnsPerHost: connections, MaxConnWaitTimeout: patience,
		MaxResponseBodySize: mostAnswer, ReadTimeout: patience, WriteTimeout: patience, MaxIdleConnDuration: time.Hour,
		// A refresh changes nothing that a second one would spoil.
		MaxIdemponentCallAttempts: 2, RetryIfErr: func(_ *fasthttp.Request, attempts int, _ error) (bool, bool) { return false, attempts < 2 },
	}}
}

// fetch exchanges a client's secret for a token, which lives for so long at least from when it
// was asked for (RFC 6749 §4.4.2). No error quotes either.
func (c *client) fetch(ctx context.Context, at credential.Endpoint) (token []byte, lifetime time.Duration, err error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.Header.SetMethod(fasthttp.MethodPost)
	request.SetRequestURI(at.URL)
	request.Header.Set(fasthttp.HeaderAuthorization, at.Authorization())
	request.Header.SetContentType("application/x-www-form-urlencoded")
	request.SetBodyString("grant_type=client_credentials")
	if err := c.http.DoTimeout(request, response, patience); err != nil {
		return nil, 0, fmt.Errorf("the issuer does not answer: %w", credential.WithoutPorts(err))
	}
	switch status := response.StatusCode(); status {
	case fasthttp.StatusOK:
	case fasthttp.StatusUnauthorized:
		return nil, 0, errUnknownClient
	default:
		return nil, 0, fmt.Errorf("the issuer answers %d", status)
	}
	var given struct {
		Token   string `json:"access_token"`
		Type    string `json:"token_type"`
		Expires int64  `json:"expires_in"`
	}
	if err := json.Unmarshal(response.Body(), &given); err != nil || given.Token == "" || given.Expires < 1 {
		return nil, 0, errors.New("the issuer's answer holds no token, or does not say how long it lives") // the cause quotes it
	}
	return []byte(given.Token), time.Duration(given.Expires) * time.Second, nil
}
