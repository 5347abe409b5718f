package keyserver

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestServe(t *testing.T) {
	const set = `{"keys":[]}`
	s, err := Serve([]byte(set))
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ask := func(method, url string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	for range 2 {
		if status, body := ask(http.MethodGet, s.URL()); status != http.StatusOK || body != set {
			t.Errorf("%d %q", status, body)
		}
	}
	const next = `{"keys":[{}]}`
	p := s.Publish([]byte(next))
	if taken := p.Taken(); taken != 0 {
		t.Errorf("fetched after %v, by nobody", taken)
	}
	if _, body := ask(http.MethodGet, s.URL()); body != next {
		t.Errorf("after another set was published: %q", body)
	}
	taken := p.Taken()
	ask(http.MethodGet, s.URL())
	if taken == 0 || p.Taken() != taken {
		t.Errorf("first fetched after %v, then after %v", taken, p.Taken())
	}
	if status, _ := ask(http.MethodPost, s.URL()); status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", status)
	}
	if status, _ := ask(http.MethodGet, strings.TrimSuffix(s.URL(), path)+"/keys"); status != http.StatusNotFound {
		t.Errorf("another path: %d", status)
	}
	if n := s.Fetches(); n != 4 {
		t.Errorf("%d fetches", n)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if response, err := client.Get(s.URL()); err == nil {
		response.Body.Close()
		t.Error("it answers after it was closed")
	}
}
