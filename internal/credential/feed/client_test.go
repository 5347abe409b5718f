package feed

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"authbench/internal/credential"
)

// asking is a client of a server that a handler answers for.
func asking(t *testing.T, answer http.HandlerFunc) *client {
	t.Helper()
	server := httptest.NewServer(answer)
	c, err := newClient(credential.Endpoint{URL: server.URL + "/revocations", ClientID: "server: 1", ClientSecret: "p&ss"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.http.CloseIdleConnections()
		server.Close()
	})
	return c
}

// TestQuestions: who asks, for what, and from where on, in the form that the issuer reads.
func TestQuestions(t *testing.T) {
	var asked []string
	c := asking(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, fmt.Sprintf("%s %s %s %s %s", r.Method, r.URL, r.Header.Get("Authorization"), r.Header.Get("Accept"), r.Header.Get("Last-Event-ID")))
		w.Header().Set("Content-Type", r.Header.Get("Accept")+"; charset=utf-8")
		_, _ = io.WriteString(w, `{"ids":["x"],"next":"a-6"}`)
	})
	if p, err := c.page(t.Context(), Cursor{"a", 5}); err != nil || p.IDs[0] != "x" || p.Next != (Cursor{"a", 6}) {
		t.Errorf("%+v, %v", p, err)
	}
	for _, after := range []Cursor{{}, {"a", 5}} {
		body, err := c.stream(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		_ = body.Close()
	}
	const as = "Basic c2VydmVyJTNBKzE6cCUyNnNz" // form-encoded first (RFC 6749 §2.3.1)
	want := []string{
		"GET /revocations?after=a-5 " + as + " application/json ",
		"GET /revocations/events " + as + " text/event-stream ",
		"GET /revocations/events " + as + " text/event-stream a-5",
	}
	if got := strings.Join(asked, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("asked\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// TestAnswersThatAreNone: nothing is taken of an answer that is not a page, whole, from the
// issuer itself, and the fault names no port of our own.
func TestAnswersThatAreNone(t *testing.T) {
	const page = `{"ids":["x"],"next":"a-1"}`
	told := func(kind, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(w, text)
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"a page":       {told(PageType, page), ""},
		"another type": {told("text/html", page), "not application/json"},
		"no type":      {told("", page), "not application/json"},
		"a stranger":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, "correct the client's id and secret"},
		"a fault":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, "answers 500"},
		"nothing new":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, "answers 204"},
		"a redirection": {func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/elsewhere") {
				t.Error("it is followed")
			}
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}, "answers 302"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", PageType)
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, page)
		}, "unexpected EOF"},
		"endless":     {told(PageType, strings.Repeat(" ", 2*largestPage)+page), "no page"},
		"garbage":     {told(PageType, page[1:]), "no page"},
		"no answer":   {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"no end":      {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "timeout"},
		"a long head": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }, "exceeded"},
	} {
		client := asking(t, c.answer)
		client.http.Transport.(*http.Transport).ResponseHeaderTimeout = 100 * time.Millisecond
		_, err := client.page(t.Context(), Cursor{})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestStreamsEnd with their context.
func TestStreamsEnd(t *testing.T) {
	c := asking(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", StreamType)
		_, _ = io.WriteString(w, ":\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	body, err := c.stream(ctx, Cursor{})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	in := newEvents(body)
	if _, err := in.next(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := in.next(); err == nil {
		t.Error("it goes on")
	}
}

// TestAddresses: an issuer is on this machine or nowhere.
func TestAddresses(t *testing.T) {
	for address, good := range map[string]bool{
		"http://127.0.0.1:8080/revocations": true, "http://[::1]:8080/": true,
		"": false, "http://127.0.0.1/": false, "https://127.0.0.1:8080/": false, "http://192.0.2.1:8080/": false, "http://localhost:8080/": false,
	} {
		if _, err := newClient(credential.Endpoint{URL: address}); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
}
