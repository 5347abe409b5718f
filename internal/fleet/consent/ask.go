package consent

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/measure/reach"
	"authbench/internal/text/unit"
)

const (
	// Path is where a server says that it consents.
	Path = "/.well-known/authbench-consent"
	// Every is how often it is asked while load is sent to it.
	Every = 10 * time.Second
	// askWithin is how long the answer may take: a server that is loaded may be slow, and two
	// questions do not overlap.
	askWithin = 8 * time.Second
	// maxDocument bounds what is read of the answer.
	maxDocument = 16 << 10
	// Version is that of the document.
	Version = 1
)

// Document is what a server that consents answers.
type Document struct {
	Version int `json:"version"`
	// Runs are those that may send load: their names, or "*" for any.
	Runs []string `json:"runs"`
	// MaxRate is the highest rate of all workers together, in requests per second; 0 for any.
	// Each worker compares it with the rate that the coordinator names: no worker knows what
	// others send. So it binds an honest coordinator, and keeps no other one from giving each
	// worker that rate. What a worker sends at most is for its owner to say ([Policy.MaxRate]).
	MaxRate float64 `json:"max_rate,omitempty"`
	// Expires is when the consent ends.
	Expires time.Time `json:"expires"`
}

// check reports why a document does not let a run send at a rate: 0 if that has no limit.
func (d Document) check(run string, rate float64, now time.Time) error {
	switch {
	case d.Version != Version:
		return fmt.Errorf("the document is of version %d, not %d", d.Version, Version)
	case !slices.Contains(d.Runs, run) && !slices.Contains(d.Runs, "*"):
		return fmt.Errorf("it names the runs %q, and this is %q", d.Runs, run)
	case d.Expires.IsZero() || now.After(d.Expires):
		return fmt.Errorf("it expired at %s", d.Expires.Format(time.RFC3339))
	case d.MaxRate < 0:
		return fmt.Errorf("its max_rate is %v", d.MaxRate)
	case d.MaxRate > 0 && rate == 0:
		return fmt.Errorf("it allows %s, and a closed load has no rate", unit.Rate(d.MaxRate))
	case d.MaxRate > 0 && rate > d.MaxRate:
		return fmt.Errorf("it allows %s, and the load has up to %s", unit.Rate(d.MaxRate), unit.Rate(rate))
	}
	return nil
}

// ErrNone says that a server does not consent.
var ErrNone = errors.New("the target does not consent to this load")

// Question is what a server is asked.
type Question struct {
	Site bench.Site
	// Host is what the load's requests say of the server: of several behind one address, it is
	// that one that must answer. It is not empty.
	Host string
	// Address is where load goes: it is that server that must answer, whatever its name.
	Address bench.Address
	// Port is another one where the server's agent answers for it, without TLS; 0 for none.
	Port uint16
	// Run is the name of the run, Rate the highest rate of all its workers, 0 for a closed load.
	Run  string
	Rate float64
	// Insecure takes any certificate, as the load does.
	Insecure bool
}

// Ask asks a server for its consent, and says what it is to do where it does not give it.
func Ask(ctx context.Context, q Question) error {
	err := ask(ctx, q)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf(`%w: %s at %v: %w; its owner can put {"version": 1, "runs": [%q], "expires": "…"} there, or start 'authbench-fleet target' beside it`,
		ErrNone, Path, q.Address, err, q.Run)
}

func ask(ctx context.Context, q Question) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	site, at := "http://", q.Address
	switch {
	case q.Port != 0:
		at.TCP = netip.AddrPortFrom(at.TCP.Addr(), q.Port)
	case q.Site.Secure:
		site = "https://"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, site+q.Site.Authority()+Path, nil)
	if err != nil {
		return err
	}
	request.Host = q.Host
	request.Header.Set("Cache-Control", "no-cache, no-store") // a cache would consent for a server that does not any more
	client := http.Client{
		Transport: &http.Transport{
			DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return reach.Dial(ctx, at) },
			TLSClientConfig: &tls.Config{ServerName: q.Site.Name, InsecureSkipVerify: q.Insecure}, DisableKeepAlives: true,
		},
		// Elsewhere is another server.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	text, err := fetch(&client, request)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var document Document
	if err := d.Decode(&document); err != nil {
		return fmt.Errorf("the document: %w", err)
	}
	return document.check(q.Run, q.Rate, time.Now())
}

// fetch returns the body of an answer of 200.
func fetch(client *http.Client, request *http.Request) ([]byte, error) {
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close() // it was only read
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %d", answer.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxDocument {
		return nil, fmt.Errorf("the document has more than %d bytes", maxDocument)
	}
	return text, nil
}
