package issuer

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authbench/internal/credential"
	"authbench/internal/credential/feed"
	"authbench/internal/credential/store"
)

// followed is a realm with a feed, on which ids stand.
func followed(ids ...string) Spec { return Spec{Client: client, Feed: &Feed{Denied: ids}} }

// page asks a realm for a page.
func page(t *testing.T, r *Realm, after string) (p feed.Page) {
	t.Helper()
	a := ask(t, http.MethodGet, r.url(revocationsPath)+"?"+url.Values{"after": {after}}.Encode(), "", client)
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.status != http.StatusOK || a.header.Get("Content-Type") != "application/json" || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%+v, %v", a, err)
	}
	return p
}

// TestPagesOfTheFeed: what is behind a place, from the beginning for one that there is not,
// and no more than goes into a page.
func TestPagesOfTheFeed(t *testing.T) {
	_, r := local(t, followed("1", "2"))
	first := page(t, r, "")
	if !slices.Equal(first.IDs, []string{"1", "2"}) || first.Next.Number != 2 || first.More {
		t.Fatalf("%+v", first)
	}
	for range 2 { // the second time it is there already
		if err := r.Deny("3"); err != nil {
			t.Fatal(err)
		}
	}
	if next := page(t, r, first.Next.String()); !slices.Equal(next.IDs, []string{"3"}) || next.Next != (feed.Cursor{Epoch: first.Next.Epoch, Number: 3}) {
		t.Errorf("%+v", next)
	}
	if end := page(t, r, first.Next.Epoch+"-3"); len(end.IDs) != 0 || end.IDs == nil || end.Next.Number != 3 {
		t.Errorf("at the end: %+v", end)
	}
	for _, after := range []string{"-1", "3", "other-1", first.Next.Epoch + "-4", first.Next.Epoch + "--1", first.Next.Epoch, "%00", strings.Repeat("9", 1000)} {
		if anew := page(t, r, after); !slices.Equal(anew.IDs, []string{"1", "2", "3"}) || anew.Next.Number != 3 {
			t.Errorf("after %.20q: %+v", after, anew)
		}
	}
	for _, id := range []string{"", "\xff", strings.Repeat("x", credential.MaxBytes+1)} {
		if err := r.Deny(id); err == nil {
			t.Errorf("%.10q is the id of a token", id)
		}
	}
	if c, err := r.Counters(); err != nil || c.Denied != 1 || c.Polls != 11 || c.Events != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestLongFeed comes in pages that fit, and complete.
func TestLongFeed(t *testing.T) {
	var ids []string
	for i := range 10_000 {
		ids = append(ids, fmt.Sprintf("%022d", i))
	}
	ids = append(ids, strings.Repeat("\x01", credential.MaxBytes)) // the longest in JSON
	_, r := local(t, followed(ids...))
	list, err := store.NewDenylist(nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.Poll(*r.endpoint(revocationsPath), time.Hour, list)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for _, id := range ids {
		if !list.Holds(id) {
			t.Fatalf("%.30q is missing", id)
		}
	}
	if c, err := r.Counters(); err != nil || c.Polls != 4 || !f.Current() {
		t.Errorf("%+v, %v, current %v", c, err, f.Current())
	}
}

// TestFeedIsForItsClient, where there is one.
func TestFeedIsForItsClient(t *testing.T) {
	host, r := local(t, followed("1"))
	for name, as := range map[string]Client{"nobody": {}, "another secret": {client.ID, "x"}} {
		for _, path := range []string{revocationsPath, eventsPath} {
			if a := ask(t, http.MethodGet, r.url(path), "", as); a.status != http.StatusUnauthorized || strings.Contains(a.body, `"1"`) {
				t.Errorf("%s at %s: %+v", name, path, a)
			}
			if a := ask(t, http.MethodPost, r.url(path), "", client); a.status != http.StatusMethodNotAllowed {
				t.Errorf("POST %s: %d", path, a.status)
			}
		}
	}
	without, err := host.Open(Spec{Client: client, KeySet: json.RawMessage("{}")})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{revocationsPath, eventsPath} {
		if a := ask(t, http.MethodGet, without.url(path), "", client); a.status != http.StatusNotFound {
			t.Errorf("a realm without a feed answers %d at %s", a.status, path)
		}
	}
	if without.Deny("1") == nil {
		t.Error("a realm without a feed takes an id")
	}
	if _, err := host.Open(Spec{Feed: &Feed{}}); err == nil {
		t.Error("a realm with a feed for everybody is opened")
	}
}

// lines reads a stream of events.
func lines(t *testing.T, r *Realm, last string) *bufio.Scanner {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url(eventsPath), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(url.QueryEscape(client.ID), url.QueryEscape(client.Secret))
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := c.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", response.StatusCode, response.Header)
	}
	return bufio.NewScanner(response.Body)
}

// event reads the next event, as "ID DATA".
func event(t *testing.T, s *bufio.Scanner) string {
	t.Helper()
	id := ""
	for s.Scan() {
		if rest, ok := strings.CutPrefix(s.Text(), "id: "); ok {
			id = rest
		}
		if data, ok := strings.CutPrefix(s.Text(), "data: "); ok {
			return id + " " + data
		}
	}
	t.Fatalf("the stream ends: %v", s.Err())
	return ""
}

// TestEvents: all that there is at once, then heartbeats, and each id as it is taken back;
// who comes back is told what it missed.
func TestEvents(t *testing.T) {
	_, r := local(t, followed("1"))
	epoch := page(t, r, "").Next.Epoch
	s := lines(t, r, "")
	expect := func(s *bufio.Scanner, want string) {
		t.Helper()
		if got := event(t, s); got != strings.ReplaceAll(want, "E-", epoch+"-") {
			t.Errorf("%s, want %s", got, want)
		}
	}
	expect(s, `E-1 {"ids":["1"],"next":"E-1"}`)
	for s.Scan() && s.Text() != ":" { // one that stands alone
	}
	if err := r.Deny("2"); err != nil {
		t.Fatal(err)
	}
	expect(s, `E-2 {"ids":["2"],"next":"E-2"}`)
	expect(lines(t, r, epoch+"-1"), `E-2 {"ids":["2"],"next":"E-2"}`)
	expect(lines(t, r, epoch+"-2"), `E-2 {"ids":[],"next":"E-2"}`)
	expect(lines(t, r, epoch+"-3"), `E-2 {"ids":["1","2"],"next":"E-2"}`)
	expect(lines(t, r, "another-2"), `E-2 {"ids":["1","2"],"next":"E-2"}`)
	if c, err := r.Counters(); err != nil || c.Subscribers != 5 || c.Events != 6 || c.Polls != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for s.Scan() {
	}
	if s.Err() != nil {
		t.Errorf("a closed realm ends its streams with %v", s.Err())
	}
}

// relay is an address behind which issuers come and go.
type relay struct {
	*httptest.Server
	to atomic.Pointer[url.URL] // nil: nobody is there
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	r := &relay{}
	proxy := &httputil.ReverseProxy{
		FlushInterval: -1, Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(r.to.Load()) },
		Transport: &http.Transport{DisableKeepAlives: true},
	}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if r.to.Load() == nil {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, q)
	}))
	t.Cleanup(r.Close)
	return r
}

// lead leads to an issuer's host from now on, or to nobody. Connections there are cut.
func (r *relay) lead(h *Host) {
	if h == nil {
		r.to.Store(nil)
	} else {
		r.to.Store(&url.URL{Scheme: "http", Host: h.addr.String()})
	}
	r.CloseClientConnections()
}

// eventually waits for a state.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not come about: %s", what)
		}
	}
}

// TestFeedsFollow an issuer through all that may happen to it, by either way.
func TestFeedsFollow(t *testing.T) {
	for name, open := range map[string]func(at credential.Endpoint, list *store.Denylist) (*feed.Feed, error){
		"polled": func(at credential.Endpoint, list *store.Denylist) (*feed.Feed, error) {
			return feed.Poll(at, 50*time.Millisecond, list)
		},
		"pushed": feed.Subscribe,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, r := local(t, followed("1"))
			way := newRelay(t)
			way.lead(host)
			at := *r.endpoint(revocationsPath)
			at.URL = strings.Replace(at.URL, host.addr.String(), way.Listener.Addr().String(), 1)
			list, err := store.NewDenylist(nil)
			if err != nil {
				t.Fatal(err)
			}
			f, err := open(at, list)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			notices := atomic.Int64{}
			f.OnNotice(func(string) { notices.Add(1) })
			if !list.Holds("1") || !f.Current() {
				t.Fatal("it begins without the list")
			}
			deny := func(r *Realm, id string) {
				if err := r.Deny(id); err != nil {
					t.Fatal(err)
				}
				eventually(t, id+" is on the list", func() bool { return list.Holds(id) })
			}
			deny(r, "2")
			way.lead(host) // connections are cut, and nobody notices
			deny(r, "3")
			way.lead(nil)
			eventually(t, "the feed is lost", func() bool { return !f.Current() })
			if err := r.Deny("4"); err != nil {
				t.Fatal(err)
			}
			way.lead(host)
			eventually(t, "the feed is back", f.Current)
			if !list.Holds("4") {
				t.Error("it is current without what it missed")
			}
			other, next := local(t, followed())
			way.lead(other)
			deny(next, "5")
			if !list.Holds("1") || !list.Holds("4") {
				t.Error("what another issuer took back is good again")
			}
			if notices.Load() == 0 {
				t.Error("the operator is not told")
			}
		})
	}
}

// TestWrongSecret: who is not the issuer's client knows nothing, and says why.
func TestWrongSecret(t *testing.T) {
	_, r := local(t, followed("1"))
	at := *r.endpoint(revocationsPath)
	at.ClientSecret = "wrong"
	for name, open := range map[string]func(list *store.Denylist) (*feed.Feed, error){
		"polled": func(list *store.Denylist) (*feed.Feed, error) { return feed.Poll(at, time.Second, list) },
		"pushed": func(list *store.Denylist) (*feed.Feed, error) { return feed.Subscribe(at, list) },
	} {
		list, err := store.NewDenylist(nil)
		if err != nil {
			t.Fatal(err)
		}
		f, err := open(list)
		if err != nil {
			t.Fatal(err)
		}
		var said atomic.Pointer[string]
		f.OnNotice(func(text string) { said.Store(&text) })
		if text := said.Load(); f.Current() || text == nil || !strings.Contains(*text, "correct the client's id and secret") || strings.Contains(*text, "wrong") {
			t.Errorf("%s: current %v, told %v", name, f.Current(), text)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
