package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"authbench/internal/credential"
)

const (
	// EventsPath is where a feed's events are, behind its URL.
	EventsPath = "/events"
	// AfterParam is the parameter of a URL that has the place behind which to go on.
	AfterParam = "after"
	// PageType and StreamType are the media types of pages and of events.
	PageType   = "application/json"
	StreamType = "text/event-stream"
	// LastEventID is the header field of the last event that a server has seen.
	LastEventID = "Last-Event-ID"
	// askTime bounds the question for a page, and the wait for a stream's head. Over
	// loopback both take less than a millisecond; what takes a second is stuck.
	askTime = time.Second
)

// client asks an issuer.
type client struct {
	http *http.Client
	at   credential.Endpoint
}

func newClient(at credential.Endpoint) (*client, error) {
	if err := credential.CheckLoopback("feed", at.URL); err != nil {
		return nil, err
	}
	return &client{credential.NewIssuerClient(&http.Transport{ResponseHeaderTimeout: askTime}), at}, nil
}

// page asks for the page behind a place.
func (c *client) page(ctx context.Context, after Cursor) (Page, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	body, err := c.get(ctx, c.at.URL+"?"+url.Values{AfterParam: {after.String()}}.Encode(), PageType, Cursor{})
	if err != nil {
		return Page{}, err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, largestPage+1))
	if err != nil {
		return Page{}, credential.WithoutPorts(err)
	}
	return readPage(text, after)
}

// stream asks for the events behind a place. They end with ctx, and the caller closes them.
func (c *client) stream(ctx context.Context, after Cursor) (io.ReadCloser, error) {
	return c.get(ctx, c.at.URL+EventsPath, StreamType, after)
}

// get returns the body of an answer of a media type, which the caller closes.
func (c *client) get(ctx context.Context, address, kind string, last Cursor) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", c.at.Authorization())
	request.Header.Set("Accept", kind)
	if last != (Cursor{}) {
		request.Header.Set(LastEventID, last.String())
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, credential.WithoutPorts(err)
	}
	if err = judge(response, kind); err != nil {
		_ = response.Body.Close() // of no interest
		return nil, err
	}
	return response.Body, nil
}

func judge(r *http.Response, kind string) error {
	switch got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); {
	case r.StatusCode == http.StatusUnauthorized:
		return errors.New("the issuer refuses the server's own credentials: correct the client's id and secret")
	case r.StatusCode != http.StatusOK:
		return fmt.Errorf("the issuer answers %d", r.StatusCode)
	case err != nil || got != kind:
		return fmt.Errorf("the issuer's answer is not %s", kind)
	}
	return nil
}
