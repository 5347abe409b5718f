package jose

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

const (
	// FetchTime bounds one fetch of a key set. Over loopback it takes less than a
	// millisecond; what takes a second is stuck.
	FetchTime = time.Second
	// largestKeySet bounds a key set in bytes. A key of RSA-4096 with its chain of
	// certificates takes 8 KiB: there is room for a hundred, and an answer without
	// end is given up.
	largestKeySet = 1 << 20
	// largestHead bounds the header fields of an answer, in bytes. Those of key sets
	// have one or two thousand.
	largestHead = 64 << 10
)

// keySetDocument is a key set as it is published (RFC 7517 §5).
type keySetDocument struct {
	Keys []json.RawMessage `json:"keys"`
}

// EncodeKeySet returns keys as the key set that an issuer publishes.
func EncodeKeySet(keys ...JWK) ([]byte, error) {
	set := keySetDocument{Keys: []json.RawMessage{}}
	for _, k := range keys {
		text, err := json.Marshal(k)
		if err != nil {
			return nil, fmt.Errorf("encode a key set: %w", err)
		}
		set.Keys = append(set.Keys, text)
	}
	return json.Marshal(set)
}

// keySetFetch returns a function that fetches the key set at an address, which must
// be a loopback one: without TLS, whoever is on the way to another host would
// choose the keys.
func keySetFetch(address string) (func() ([]byte, error), error) {
	if address == "" {
		return nil, errors.New("the verification material names no key_set, the URL from which the keys are fetched")
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("key_set is not a URL")
	}
	if host, err := netip.ParseAddrPort(parsed.Host); err != nil || parsed.Scheme != "http" || !host.Addr().IsLoopback() {
		return nil, errors.New("key_set is not the URL of a loopback address, such as http://127.0.0.1:8080/jwks.json")
	}
	client := keySetClient()
	return func() ([]byte, error) { return fetchKeySet(client, address) }, nil
}

// keySetClient is the client that fetches key sets.
func keySetClient() *http.Client {
	return &http.Client{
		// Fetches are seconds apart: a connection kept for the next one would more
		// often be found closed than used. No proxy is asked.
		Timeout:   FetchTime,
		Transport: &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: largestHead},
		// Whoever could redirect would choose the keys.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func fetchKeySet(client *http.Client, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch the key set: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch the key set from %s: %w", request.URL.Redacted(), withoutPorts(err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch the key set from %s: the answer has status %d", request.URL.Redacted(), response.StatusCode)
	}
	document, err := io.ReadAll(io.LimitReader(response.Body, largestKeySet+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch the key set from %s: %w", request.URL.Redacted(), withoutPorts(err))
	case len(document) > largestKeySet:
		return nil, fmt.Errorf("fetch the key set from %s: it has more than %d bytes", request.URL.Redacted(), largestKeySet)
	}
	return document, nil
}

// withoutPorts is an error of a fetch without the addresses of its connection: our port is
// another in each, and one fault would have a new text each time.
func withoutPorts(err error) error {
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
