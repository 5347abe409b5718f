package credential

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
)

// Endpoint is where a server asks its issuer, and as whom.
type Endpoint struct {
	URL          string `json:"url"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

// Authorization is the value of the header field by which the issuer knows the server: id
// and secret, both form-encoded first, as HTTP Basic (RFC 6749 §2.3.1).
func (e Endpoint) Authorization() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(e.ClientID)+":"+url.QueryEscape(e.ClientSecret)))
}

// CheckLoopback returns an error unless an address, of that name in the verification
// material, is the http URL of a loopback address: without TLS, whoever is on the way to
// another host would be the issuer.
func CheckLoopback(name, address string) error {
	parsed, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("%s is not a URL", name)
	}
	if host, err := netip.ParseAddrPort(parsed.Host); err != nil || parsed.Scheme != "http" || !host.Addr().IsLoopback() {
		return fmt.Errorf("%s is not the URL of a loopback address, such as http://127.0.0.1:8080/%s", name, name)
	}
	return nil
}

// largestHead bounds the header fields of an issuer's answer, in bytes. They have one or two
// thousand.
const largestHead = 64 << 10

// NewIssuerClient returns a client for questions to an issuer, over a transport of which it
// sets what it must not do: it asks no proxy, reads no endless head, and follows no
// redirection, for whoever could redirect would be the issuer.
func NewIssuerClient(t *http.Transport) *http.Client {
	t.Proxy, t.MaxResponseHeaderBytes = nil, largestHead
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// WithoutPorts is an error of a question without the addresses of its connection: our port
// is another in each, and one fault would have a new text each time.
func WithoutPorts(err error) error {
	var fault *net.OpError
	var about *url.Error
	switch {
	case errors.As(err, &fault):
		return fault.Err
	case errors.As(err, &about):
		return about.Err
	}
	return err
}
