package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"authbench/bench"
)

const (
	// fetchTime bounds one fetch of a key set. Over loopback it takes less than a
	// millisecond; what takes a second is stuck.
	fetchTime = time.Second
	// largestKeySet bounds a key set in bytes. A key of RSA-4096 takes 800: there
	// is room for more than a hundred, and an answer without end is given up.
	largestKeySet = 128 << 10
)

// keySetDocument is a key set as it is published (RFC 7517 §5).
type keySetDocument struct {
	Keys []json.RawMessage `json:"keys"`
}

// FetchesKeys reports whether the verifier of m fetches its keys.
func FetchesKeys(m bench.Method) bool { return m.Params.Text("keys") == fetchedKeys }

// Rotates returns how long after its publication a jwt method's issuer signs with
// its new key, 0 if it keeps the one that it has.
func Rotates(p bench.Params) time.Duration { return p.Duration("rotation") }

// KeySetOf returns the keys of verification material as one key set.
func KeySetOf(verifications ...json.RawMessage) ([]byte, error) {
	var keys []JWK
	for _, v := range verifications {
		material, err := ReadVerification("verification material", bytes.NewReader(v))
		if err != nil {
			return nil, err
		}
		keys = append(keys, material.Keys...)
	}
	return EncodeKeySet(keys...)
}

// PublishKeys moves the keys of verification material into a key set, and returns
// the material of a server that fetches them: from the URL that publish returns.
func PublishKeys(verification json.RawMessage, publish func(set []byte) (address string, err error)) (json.RawMessage, error) {
	material, err := ReadVerification("verification material", bytes.NewReader(verification))
	if err != nil {
		return nil, err
	}
	set, err := EncodeKeySet(material.Keys...)
	if err != nil {
		return nil, err
	}
	material.Keys = nil
	if material.KeySet, err = publish(set); err != nil {
		return nil, err
	}
	return material.Encode()
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

// readKeySet returns the keys of a published set that are good for an algorithm.
// Others are left out (RFC 7517 §5): an issuer may have keys for other purposes,
// and must be able to announce a new kind of key. So are keys that name no
// algorithm, or are weak, as they are refused in static material.
func readKeySet(document []byte, alg algorithm) ([]JWK, error) {
	var set keySetDocument
	if json.Unmarshal(document, &set) != nil {
		return nil, errors.New("the key set is not a JSON object with keys")
	}
	var keys []JWK
	for _, text := range set.Keys {
		var k JWK
		if json.Unmarshal(text, &k) != nil || k.KeyID == "" {
			continue
		}
		if _, err := k.strongKey(alg); err == nil {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("the key set has no key for %s", alg.name)
	}
	return keys, nil
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
		Timeout:   fetchTime,
		Transport: &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: largestKeySet},
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
		return nil, fmt.Errorf("fetch the key set: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch the key set: the answer is %s", response.Status)
	}
	document, err := io.ReadAll(io.LimitReader(response.Body, largestKeySet+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch the key set: %w", err)
	case len(document) > largestKeySet:
		return nil, fmt.Errorf("fetch the key set: it has more than %d bytes", largestKeySet)
	}
	return document, nil
}
