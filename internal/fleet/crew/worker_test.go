package crew

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/fleet/consent"
	"authbench/internal/measure/loadtest"
)

// Of several servers behind one address, the one that gets the load must consent: not the one
// that the URL names.
func TestConsentIsOfTheHost(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "willing.example" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprintf(w, `{"version":1,"runs":["*"],"expires":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339))
	}))
	defer server.Close()
	address := server.Listener.Addr().String()
	target, err := consent.ParseTarget(address)
	if err != nil {
		t.Fatal(err)
	}
	w := worker{WorkerOptions{Policy: consent.Policy{Targets: []consent.Target{target}}}}
	_, port, _ := strings.Cut(address, ":")
	field := func(host string) []bench.Field { return []bench.Field{{Name: "hOST", Value: host}} }
	for _, c := range []struct {
		name, url string
		request   loadtest.JobRequest
		want      string // "" for consent
	}{
		{"the one of the URL", "http://willing.example:" + port, loadtest.JobRequest{Host: "willing.example"}, ""},
		{"another one", "http://willing.example:" + port, loadtest.JobRequest{Host: "victim.example"}, "answers 404"},
		{"another one, by a field", "http://willing.example:" + port, loadtest.JobRequest{Host: "willing.example", Fields: field("victim.example")}, "answers 404"},
		{"a willing one, by a field", "http://" + address, loadtest.JobRequest{Host: address, Fields: field("willing.example")}, ""},
		{"an unwilling URL", "http://victim.example:" + port, loadtest.JobRequest{Host: "willing.example"}, ""},
		{"no host", "http://willing.example:" + port, loadtest.JobRequest{}, "name no host"},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		var asking sync.WaitGroup
		err := w.allow(ctx, loadtest.Job{URL: c.url, Request: c.request}, bench.Address{TCP: netip.MustParseAddrPort(address)}, cancel, &asking)
		cancel(nil)
		asking.Wait()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if c.want == "answers 404" && !errors.Is(err, consent.ErrNone) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
