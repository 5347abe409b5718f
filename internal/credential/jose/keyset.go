package jose

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"authbench/internal/credential"
)

const (
	// FetchTime bounds one fetch of a key set. Over loopback it takes less than a
	// millisecond; what takes a second is stuck.
	FetchTime = time.Second
	// largestKeySet bounds a key set in bytes. A key of RSA-4096 with its chain of
	// certificates takes 8 KiB: there is room for a hundred, and an answer without
	// end is given up.
	largestKeySet = 1 << 20
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

// keySetFetch returns a function that fetches the key set at an address, which must be a
// loopback one.
func keySetFetch(address string) (func() ([]byte, error), error) {
	if address == "" {
		return nil, errors.New("the verification material names no key_set, the URL from which the keys are fetched")
	}
	if err := credential.CheckLoopback("key_set", address); err != nil {
		return nil, err
	}
	client := keySetClient()
	return func() ([]byte, error) { return fetchKeySet(client, address) }, nil
}

// keySetClient is the client that fetches key sets. Fetches are seconds apart: a connection
// kept for the next one would more often be found closed than used.
func keySetClient() *http.Client {
	c := credential.NewIssuerClient(&http.Transport{DisableKeepAlives: true})
	c.Timeout = FetchTime
	return c
}

func fetchKeySet(client *http.Client, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch the key set: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch the key set from %s: %w", request.URL.Redacted(), credential.WithoutPorts(err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch the key set from %s: the answer has status %d", request.URL.Redacted(), response.StatusCode)
	}
	document, err := io.ReadAll(io.LimitReader(response.Body, largestKeySet+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch the key set from %s: %w", request.URL.Redacted(), credential.WithoutPorts(err))
	case len(document) > largestKeySet:
		return nil, fmt.Errorf("fetch the key set from %s: it has more than %d bytes", request.URL.Redacted(), largestKeySet)
	}
	return document, nil
}
