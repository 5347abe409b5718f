package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serve tells where it is, shows what run leaves, and ends well when it is told to.
func TestServe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if code := start(t, "run", tiny(t, ""), "-q", "--out", filepath.Join(dir, "results", "first")).code(); code != "0" && code != "3" {
		t.Fatalf("run ended with %s", code)
	}
	h := startIn(t, dir, "serve", "--listen", "127.0.0.1:0")
	until(t, "the address is printed", func() bool { return strings.HasSuffix(h.stdout.String(), "/\n") })
	home := strings.TrimSpace(h.stdout.String())
	for _, path := range []string{"", "results/first/"} {
		response, err := http.Get(home + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), "apikey") {
			t.Errorf("%s%s: %d (%v)\n%s", home, path, response.StatusCode, err, body)
		}
	}
	address := strings.TrimSuffix(strings.TrimPrefix(home, "http://"), "/")
	second := startIn(t, dir, "serve", "--listen", address)
	if code := second.code(); code != "4" || !strings.Contains(second.stderr.String(), "choose another address with --listen") {
		t.Errorf("at an address that is taken: exit %s\n%s", code, second.stderr.String())
	}
	if err := h.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := h.code(); code != "0" || h.stderr.String() != "" {
		t.Errorf("interrupted: exit %s\n%s", code, h.stderr.String())
	}
}
