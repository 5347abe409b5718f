package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"authbench/internal/credential"
	"authbench/internal/credential/feed"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/statuslist"
	"authbench/internal/credential/store"
)

// everything is a realm that has all endpoints.
func everything(t *testing.T) Spec {
	t.Helper()
	_, s := tokens(t)
	_, private := newKey(t, "EdDSA")
	var key jose.JWK
	if err := json.Unmarshal(private, &key); err != nil {
		t.Fatal(err)
	}
	s.Feed, s.KeySet = &Feed{}, json.RawMessage(`{"keys":[]}`)
	s.StatusList = &statuslist.Spec{URI: "https://issuer.example/1", Good: 3, TTL: time.Second, Key: key}
	return s
}

// questions are what each endpoint is asked.
var questions = map[string]struct{ method, body string }{
	keySetPath: {http.MethodGet, ""}, statusListPath: {http.MethodGet, ""}, revocationsPath: {http.MethodGet, ""}, eventsPath: {http.MethodGet, ""},
	tokenPath: {http.MethodPost, "grant_type=client_credentials"}, introspectPath: {http.MethodPost, "token=x"}, revokePath: {http.MethodPost, "token=x"},
}

// try asks an endpoint, and gives up after a time.
func try(t *testing.T, r *Realm, endpoint string, patience time.Duration) (status int, text string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	q := questions[endpoint]
	request, err := http.NewRequestWithContext(ctx, q.method, r.url(endpoint), strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(client.ID), url.QueryEscape(client.Secret))
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := c.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	some, err := io.ReadAll(io.LimitReader(response.Body, 20)) // a stream has no end
	return response.StatusCode, string(some), err
}

// TestFaults: each endpoint does what it is told, and no other; and answers again afterwards.
func TestFaults(t *testing.T) {
	const long, moment = time.Minute, 100 * time.Millisecond
	for endpoint := range questions {
		t.Run(endpoint, func(t *testing.T) {
			t.Parallel()
			_, r := local(t, everything(t))
			well := func(when string, one string) {
				t.Helper()
				if status, text, err := try(t, r, one, long); status != 200 || err != nil || text == "" {
					t.Errorf("%s, %s answers %d %q, %v", when, one, status, text, err)
				}
			}
			met := int64(0)
			for _, f := range []Fault{{Kind: Silent}, {Kind: Slow, Delay: 2 * moment}, {Kind: Reset}, {Kind: Failing}, {Kind: Garbled}} {
				if err := r.Break(endpoint, f); err != nil {
					t.Fatal(err)
				}
				patience, began := long, time.Now()
				if f.Kind == Silent {
					patience = moment
				}
				status, text, err := try(t, r, endpoint, patience)
				met++
				is := map[FaultKind]bool{
					Silent: errors.Is(err, context.DeadlineExceeded), Slow: status == 200 && time.Since(began) >= f.Delay,
					Reset: errors.Is(err, syscall.ECONNRESET), Failing: status == 500 && text == "", Garbled: status == 200 && strings.HasPrefix(garbage, text) && text != "",
				}
				if !is[f.Kind] {
					t.Errorf("%s: %d %q, %v", f.Kind, status, text, err)
				}
				for other := range questions {
					if other != endpoint {
						well(string(f.Kind)+" at "+endpoint, other)
					}
				}
				if err := r.Break("", Fault{}); err != nil {
					t.Fatal(err)
				}
				well("mended", endpoint)
			}
			if c, err := r.Counters(); err != nil || c.Faulty != met {
				t.Errorf("%d requests met a fault, and %d are counted (%v)", met, c.Faulty, err)
			}
		})
	}
}

// TestRefused: nobody gets in while connections are refused, nor by one that there is; the
// address stays the issuer's.
func TestRefused(t *testing.T) {
	host, r := local(t, everything(t))
	kept := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	defer kept.CloseIdleConnections()
	get := func() error {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.KeySetURL(), nil)
		if err != nil {
			return err
		}
		response, err := kept.Do(request)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		return errors.Join(err, response.Body.Close())
	}
	stream := lines(t, r, "")
	for range 2 {
		if err := get(); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time it is done already
			if err := host.Refuse(true); err != nil {
				t.Fatal(err)
			}
		}
		if err := get(); err == nil {
			t.Error("an open connection is answered")
		}
		if _, _, err := try(t, r, keySetPath, time.Minute); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("a connection is not refused: %v", err)
		}
		for stream.Scan() { // it ends
		}
		if err := host.Refuse(false); err != nil {
			t.Fatal(err)
		}
		if status, _, err := try(t, r, keySetPath, time.Minute); status != 200 {
			t.Errorf("after that it answers %d, %v", status, err)
		}
	}
	if err := host.Refuse(true); err != nil { // it ends while it refuses
		t.Fatal(err)
	}
}

// TestFaultsAreOrdered by who keeps the issuer alone: no request causes one. Orders that make no
// sense are refused, and say why.
func TestFaultsAreOrdered(t *testing.T) {
	host, r := local(t, everything(t))
	for _, path := range []string{"break", "fault", "faults", "restart", "refuse", "order", "token/break", "?break=token"} {
		for _, body := range []string{"kind=reset", `{"break":{"endpoint":"","fault":{"kind":"reset"}}}`, `{"realm":"realm-1","refuse":true}`} {
			if a := ask(t, http.MethodPost, r.url(path), body, client); a.status != http.StatusNotFound {
				t.Errorf("POST %s: %d", path, a.status)
			}
		}
	}
	for want, order := range map[string]breaking{
		`there is no endpoint "tokens"`:              {"tokens", Fault{Kind: Reset}},
		`choose from silent, slow, reset, failing`:   {tokenPath, Fault{Kind: "reste"}},
		"a slow endpoint, and no other, has a delay": {tokenPath, Fault{Kind: Slow}},
		"a delay of up to 1m0s":                      {tokenPath, Fault{Kind: Slow, Delay: time.Hour}},
		"and no other":                               {tokenPath, Fault{Kind: Silent, Delay: time.Second}},
	} {
		if err := r.Break(order.Endpoint, order.Fault); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", order, err, want)
		}
	}
	if err := (&Realm{Host: host, name: "realm-9"}).Break("", Fault{}); err == nil || !strings.Contains(err.Error(), "there is no realm realm-9") {
		t.Errorf("%v", err)
	}
	if c, err := r.Counters(); err != nil || c.Faulty != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestFeedsThroughFaults: whatever the issuer does instead of telling, a feed is no longer
// current after its bound, says why, and has all that it missed once it is current again.
func TestFeedsThroughFaults(t *testing.T) {
	ways := map[string]func(at credential.Endpoint, list *store.Denylist) (*feed.Feed, error){
		"polled": func(at credential.Endpoint, list *store.Denylist) (*feed.Feed, error) {
			return feed.Poll(at, 50*time.Millisecond, list)
		},
		"pushed": feed.Subscribe,
	}
	for name, open := range ways {
		for _, kind := range []FaultKind{Silent, Reset, Failing, Garbled, "refused"} {
			t.Run(name+" "+string(kind), func(t *testing.T) {
				t.Parallel()
				host, r := local(t, followed("1"))
				list, err := store.NewDenylist(nil)
				if err != nil {
					t.Fatal(err)
				}
				f, err := open(*r.endpoint(revocationsPath), list)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = f.Close() }()
				var said atomic.Pointer[string]
				f.OnNotice(func(text string) { said.Store(&text) })
				turn := func(on bool) {
					err := error(nil)
					switch {
					case kind == "refused":
						err = host.Refuse(on)
					case on:
						err = r.Break("", Fault{Kind: kind})
					default:
						err = r.Break("", Fault{})
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				turn(true)
				eventually(t, "the feed is lost", func() bool { return !f.Current() })
				eventually(t, "the operator is told", func() bool {
					text := said.Load()
					return text != nil && strings.Contains(*text, "is not heard") && strings.Contains(*text, "no request is let in")
				})
				if err := r.Deny("2"); err != nil {
					t.Fatal(err)
				}
				turn(false)
				eventually(t, "the feed is back", f.Current)
				if !list.Holds("1") || !list.Holds("2") {
					t.Error("it is current without what it missed")
				}
			})
		}
	}
}

// TestRestarted: an issuer that begins anew has what it took back, is followed on by whoever
// followed it, and its tokens have the times of its clock.
func TestRestarted(t *testing.T) {
	const ahead = 2 * time.Second
	i, s := tokens(t)
	s.Feed = &Feed{Denied: []string{"1"}}
	_, r := local(t, s)
	list, err := store.NewDenylist(nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.Subscribe(*r.endpoint(revocationsPath), list)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	taken := token(t, i, "valid")
	if err := errors.Join(r.Deny("2"), r.Revoke([]byte(taken))); err != nil {
		t.Fatal(err)
	}
	before := page(t, r, "")
	if err := r.Restart(ahead); err != nil {
		t.Fatal(err)
	}
	after := page(t, r, before.Next.String())
	if after.Next.Epoch == before.Next.Epoch || len(after.IDs) != 2 {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if err := r.Deny("3"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "who followed it hears it", func() bool { return list.Holds("3") && f.Current() })
	if a := ask(t, http.MethodPost, r.url(introspectPath), "token="+taken, client); a.status != 200 || !strings.Contains(a.body, `"active":false`) {
		t.Errorf("a token that was taken back: %+v", a)
	}
	var given struct {
		Token string `json:"access_token"`
	}
	now := time.Now()
	a := ask(t, http.MethodPost, r.url(tokenPath), "grant_type=client_credentials", client)
	if err := json.Unmarshal([]byte(a.body), &given); err != nil {
		t.Fatal(err)
	}
	var said struct{ Exp int64 }
	a = ask(t, http.MethodPost, r.url(introspectPath), "token="+given.Token, client)
	if err := json.Unmarshal([]byte(a.body), &said); err != nil || said.Exp < now.Add(opaqueLifetime+ahead).Unix() {
		t.Errorf("a token of %v ends at %d (%v)", now, said.Exp, err)
	}
}

// TestDoor: what waits for connections outlives a door that is shut, and ends with one that is
// closed.
func TestDoor(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := newDoor(inner)
	accepted := make(chan error)
	go func() {
		for {
			conn, err := d.Accept()
			if err == nil {
				_ = conn.Close()
			}
			accepted <- err
			if err != nil {
				return
			}
		}
	}()
	for range 3 {
		if err := d.shut(true); err != nil || !d.isShut() {
			t.Fatal(err)
		}
		if err := d.shut(false); err != nil || d.isShut() {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp", d.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := <-accepted; err != nil {
			t.Error(err)
		}
		_ = conn.Close()
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err := <-accepted; !errors.Is(err, net.ErrClosed) || d.isShut() {
		t.Errorf("a closed door: %v", err)
	}
}
