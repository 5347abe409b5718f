package introspection

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/store"
)

// mostAnswer bounds an answer: what an issuer says of a token has some hundred bytes.
const mostAnswer = 64 << 10

// client asks the issuer. It is safe for concurrent use.
type client struct {
	http          fasthttp.HostClient
	dialer        store.Dialer
	url           string
	authorization string
	accept        string // the media type of answers
	read          func(body []byte) (answer, error)
	asked         store.Asked
	notices       credential.Notices
}

// newClient returns a client that asks for answers of a media type, and reads them so.
func newClient(at credential.Endpoint, pool int, latency time.Duration, accept string, read func(body []byte) (answer, error)) (*client, error) {
	u, err := url.Parse(at.URL)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return nil, errors.New("the issuer's endpoint is no http URL")
	}
	c := &client{dialer: store.Dialer{Latency: latency}, url: at.URL, authorization: at.Authorization(), accept: accept, read: read}
	c.http = fasthttp.HostClient{
		Addr: u.Host, NoDefaultUserAgentHeader: true,
		Dial: func(addr string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(context.Background(), store.LookupTime)
			defer cancel()
			return c.dialer.Dial(ctx, "tcp", addr)
		},
		MaxConns: pool, MaxConnWaitTimeout: store.LookupTime, MaxIdleConnDuration: time.Minute,
		MaxResponseBodySize: mostAnswer, ReadBufferSize: mostAnswer,
		// A question changes nothing: it is asked again where the issuer closed the kept
		// connection meanwhile.
		MaxIdemponentCallAttempts: 2,
		RetryIfErr: func(_ *fasthttp.Request, attempts int, err error) (resetTimeout, retry bool) {
			return false, attempts < 2 && (errors.Is(err, fasthttp.ErrConnectionClosed) || errors.Is(err, io.EOF))
		},
	}
	return c, nil
}

// ask asks about a token, of which nothing is kept. The error is store.ErrUnavailable or
// store.ErrCorrupt; why, is a notice for the server's operator.
func (c *client) ask(token []byte) (answer, error) {
	c.asked.Begin()
	a, err := c.exchange(token)
	if err == nil {
		c.notices.Say("")
	} else {
		c.notices.Say(err.Error())
	}
	return a, c.asked.End(err)
}

func (c *client) exchange(token []byte) (answer, error) {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.Header.SetMethod(fasthttp.MethodPost)
	request.SetRequestURI(c.url)
	request.Header.Set(fasthttp.HeaderAuthorization, c.authorization)
	request.Header.Set(fasthttp.HeaderAccept, c.accept)
	request.Header.SetContentType("application/x-www-form-urlencoded")
	form := fasthttp.AcquireArgs()
	defer fasthttp.ReleaseArgs(form)
	form.SetBytesV("token", token)
	form.Set("token_type_hint", "access_token")
	request.SetBody(form.QueryString())
	if err := c.http.DoTimeout(request, response, store.LookupTime); err != nil {
		return answer{}, fmt.Errorf("the issuer at %s does not answer: %w", c.http.Addr, err)
	}
	switch status := response.StatusCode(); {
	case status == fasthttp.StatusUnauthorized:
		return answer{}, errors.New("the issuer refuses the server's own credentials: correct the client's id and secret")
	case status != fasthttp.StatusOK:
		return answer{}, fmt.Errorf("the issuer answers %d", status)
	case !c.isAnswer(string(response.Header.ContentType())):
		return answer{}, fmt.Errorf("%w: it is not of type %s", store.ErrCorrupt, c.accept)
	}
	return c.read(response.Body())
}

func (c *client) isAnswer(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(kind), c.accept)
}

func (c *client) counters() bench.StoreCounters {
	out := c.asked.Counters()
	delays, delay := c.dialer.Delayed()
	out.Delays, out.Delay = delays, delay.Nanoseconds()
	return out
}
