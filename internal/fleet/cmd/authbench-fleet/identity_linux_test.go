package main

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"authbench/internal/result"
	"authbench/internal/result/validity"
)

// keysFile is a file of credentials.
func keysFile(t *testing.T) string {
	t.Helper()
	text := `{"kind":"credentials","version":1,"field":"X-Key"}` + "\n"
	for i := range 50 {
		text += fmt.Sprintf(`{"class":"valid","value":"good%d"}`+"\n", i)
	}
	for i := range 5 {
		text += fmt.Sprintf(`{"class":"forged","value":"bad%d"}`+"\n", i)
	}
	path := filepath.Join(t.TempDir(), "keys.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Four workers send what one machine does: each credential as often, by the server's own count.
func TestFourWorkersAreOneMachine(t *testing.T) {
	t.Parallel() // it waits, more than it computes
	program, err := authbench()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	keys := keysFile(t)
	count := func(args ...string) (map[string]int, result.LoadTest) {
		var mu sync.Mutex // guards seen
		seen := map[string]int{}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			key := r.Header.Get("X-Key")
			mu.Lock()
			seen[key]++
			mu.Unlock()
			if strings.HasPrefix(key, "bad") {
				w.WriteHeader(http.StatusUnauthorized)
			}
		}))
		defer server.Close()
		var out, said bytes.Buffer
		c := exec.Command(program, append([]string{"load", server.URL, "--credentials", keys, "--bad-share", "0.1", "--rate", "500", "-d", "2s", "-c", "12", "--seed", "7", "-o", "json"}, args...)...)
		c.Env = append(os.Environ(), "AUTHBENCH_FLEET="+self, beMain+"=1", "TMPDIR="+t.TempDir())
		c.Stdout, c.Stderr = &out, &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if code := ends(t, c); code != 0 && code != 3 {
			t.Fatalf("exit %d: %s", code, &said)
		}
		return seen, found(t, &out, &said)
	}
	for range 3 { // a machine that is held up cannot send all in its time
		want, alone := count()
		got, together := count("--workers", "4")
		if maps.Equal(got, want) && len(want) > 30 && together.Requests == alone.Requests && len(together.Workers) == 4 {
			return
		}
		if slices.Contains(codes(together), validity.CodeIdentity) || together.Requests == alone.Requests {
			t.Fatalf("four workers sent %v, one machine %v: %v", got, want, codes(together))
		}
	}
	t.Error("three times, not all could be sent")
}
