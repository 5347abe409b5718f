package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"github.com/rogpeppe/go-internal/testscript"

	"authbench/internal/result"
)

// servers are what load is tried against, by the names that scripts use.
var servers = map[string]http.HandlerFunc{
	"plain": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") },
	// gate lets good keys in, and lax anything.
	"gate": func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("X-Key"), "good") {
			w.WriteHeader(http.StatusUnauthorized)
		}
	},
	"lax":     func(http.ResponseWriter, *http.Request) {},
	"missing": http.NotFound,
	"failing": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
	"login": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/login", http.StatusFound)
	},
	"nobody": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
	// busy turns every other request away.
	"busy": func() http.HandlerFunc {
		var asked atomic.Int64
		return func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1)%2 == 0 {
				w.WriteHeader(http.StatusTooManyRequests)
			}
		}
	}(),
	"slow": func(http.ResponseWriter, *http.Request) { time.Sleep(10 * time.Millisecond) },
	// echo answers with what a test wants to see of the request.
	"echo": func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Host != "example.com" || r.Header.Get("X-A") != "1" || string(body) != "order\n" || r.RequestURI != "/p?q=1" {
			w.WriteHeader(http.StatusTeapot)
		}
	},
	"broken": func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) },
}

// startServer starts one of them.
func startServer(t interface{ Fatalf(string, ...any) }, kind string, secure bool) *httptest.Server {
	handler := servers[kind]
	if handler == nil {
		t.Fatalf("no server %q", kind)
	}
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	return s
}

// serverCommand is "server KIND [tls]": starts a server until the script ends, and
// puts its URL into the variable URL.
func serverCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: server KIND [tls]")
	}
	s := startServer(ts, args[0], len(args) == 2)
	ts.Defer(s.Close)
	ts.Setenv("URL", s.URL)
}

// loadJSON runs 'authbench load -o json' within this process.
func loadJSON(t *testing.T, args ...string) (s result.LoadTest, keys []string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(append([]string{"load", "-o", "json"}, args...), strings.NewReader(""), &stdout, &stderr)
	if code != exitOK && code != exitInvalid { // on a noisy machine
		t.Fatalf("exit code %d\n%s", code, stderr.String())
	}
	d := json.NewDecoder(bytes.NewReader(stdout.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(stdout.Bytes(), &raw); err != nil {
		t.Fatal(err)
	}
	for key := range raw {
		keys = append(keys, key)
	}
	return s, keys
}

// What scripts may rely on: which keys are there, and what they hold.
func TestLoadJSON(t *testing.T) {
	always := []string{
		"url", "verdict", "requests", "duration_s", "throughput_rps", "connections", "threads", "engine", "poll", "seed",
		"generator_cpu_us_per_request", "malformed", "bytes_out", "bytes_in", "service_us", "first_byte_us", "transfer_us", "connect_us",
		"status", "expect_status", "success", "errors", "warnings", "intervals",
	}
	open := []string{"rate", "response_us", "queue_us", "lag_us"}
	for _, c := range []struct {
		name string
		tls  bool
		args []string
		more []string
	}{
		{name: "closed"},
		{name: "open", args: []string{"--rate", "1000"}, more: open},
		{name: "portable", args: []string{"--engine", "portable"}},
		{name: "https", tls: true, args: []string{"--insecure", "--rate", "1000"}, more: append([]string{"tls_us"}, open...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := startServer(t, "plain", c.tls)
			defer server.Close()
			s, keys := loadJSON(t, append([]string{server.URL, "-n", "100", "-c", "4", "--requests-per-connection", "10"}, c.args...)...)
			want := append(slices.Clone(always), c.more...)
			slices.Sort(keys)
			slices.Sort(want)
			if !slices.Equal(keys, want) {
				t.Errorf("keys %v, want %v", keys, want)
			}
			if s.Requests != 100 || s.Statuses[200] != 100 || len(s.Errors) != 0 || s.Service.Count != 100 || s.Throughput <= 0 || s.Connections != 4 {
				t.Errorf("%+v", s)
			}
			var answers int64
			for _, i := range s.Intervals {
				answers += i.Answers
			}
			if answers != 100 {
				t.Errorf("%d answers in the intervals, want 100", answers)
			}
			if s.Connect.Count < 10 {
				t.Errorf("%d connections for 100 requests of 10 each", s.Connect.Count)
			}
			if d := s.Service; !(d.P50 > 0 && d.P50 <= d.P90 && d.P90 <= d.P95 && d.P95 <= d.P99 && d.P99 <= d.P999 && d.P999 <= d.Max) {
				t.Errorf("percentiles out of order: %+v", d)
			}
			if c.tls && (s.TLS.Count != s.Connect.Count || s.Engine != "portable") {
				t.Errorf("%d handshakes for %d connections, engine %s", s.TLS.Count, s.Connect.Count, s.Engine)
			}
		})
	}
}

// The files can be read back, and hold the requests that the summary counts.
func TestLoadFiles(t *testing.T) {
	server := startServer(t, "plain", false)
	defer server.Close()
	dir := t.TempDir()
	hgrm, hlog := filepath.Join(dir, "a.hgrm"), filepath.Join(dir, "a.hlog")
	s, _ := loadJSON(t, server.URL, "-n", "100", "--rate", "2000", "--hgrm", hgrm, "--hlog", hlog)
	text, err := os.Open(hlog)
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	found := map[string]int64{}
	for reader := hdr.NewHistogramLogReader(text); ; {
		h, err := reader.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		found[h.Tag()] = h.TotalCount()
	}
	for tag, want := range map[string]*result.Spread{"response": s.Response, "service": s.Service, "queue": s.Queue, "lag": s.Lag, "connect": s.Connect} {
		if want == nil || found[tag] != want.Count {
			t.Errorf("%s: %d values in the log, the summary has %+v", tag, found[tag], want)
		}
	}
	distribution, err := os.ReadFile(hgrm)
	if err != nil || !strings.Contains(string(distribution), "Total count    =          100]") {
		t.Errorf("%v, %s", err, distribution)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("the directory holds %v", left)
	}
}

// Ctrl-C prints what was measured until then.
func TestLoadInterrupted(t *testing.T) {
	t.Parallel()
	var answered atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { answered.Add(1) }))
	defer server.Close()
	hlog := filepath.Join(t.TempDir(), "log")
	h := start(t, "load", server.URL, "-d", "1h", "-c", "4", "--hlog", hlog)
	until(t, "requests were answered", func() bool { return answered.Load() > 100 })
	if err := h.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := h.code(); code != "130" {
		t.Errorf("exit code %s, want 130\n%s", code, h.stderr.String())
	}
	if out := h.stdout.String(); !strings.Contains(out, "interrupted") || !strings.Contains(out, "statuses") || !strings.Contains(out, "200 ×") {
		t.Errorf("not what was measured:\n%s", out)
	}
	if text, err := os.ReadFile(hlog); err != nil || !strings.Contains(string(text), "Tag=service") {
		t.Errorf("no log: %v", err)
	}
}

// A server that goes away ends the test with what was measured.
func TestLoadServerGone(t *testing.T) {
	t.Parallel()
	var answered atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { answered.Add(1) }))
	h := start(t, "load", server.URL, "-d", "1h", "-c", "2")
	until(t, "requests were answered", func() bool { return answered.Load() > 100 })
	server.CloseClientConnections()
	server.Close()
	if code := h.code(); code != "4" || !strings.Contains(h.stderr.String(), "gone") || !strings.Contains(h.stdout.String(), "200 ×") {
		t.Errorf("exit code %s, want 4 and what was measured\n%s%s", code, h.stdout.String(), h.stderr.String())
	}
}

// Nothing listens: the error says so, at once.
func TestLoadRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	var stdout, stderr bytes.Buffer
	if code := run([]string{"load", "http://" + l.Addr().String()}, nil, &stdout, &stderr); code != exitRuntime {
		t.Errorf("exit code %d, want %d", code, exitRuntime)
	}
	if !strings.Contains(stderr.String(), "start the server first") || stdout.Len() > 0 {
		t.Errorf("%s%s", stdout.String(), stderr.String())
	}
}

// Too few file descriptors are said before anything is sent.
func TestLoadFileLimit(t *testing.T) {
	t.Parallel()
	server := startServer(t, "plain", false)
	defer server.Close()
	c := exec.Command("sh", "-c", "ulimit -n 100 && exec "+os.Args[0]+" load "+server.URL+" -c 200")
	out, err := c.CombinedOutput()
	if exitStatus(err) != "4" || !strings.Contains(string(out), "ulimit -n 264") {
		t.Errorf("exit code %s, want 4 with the remedy:\n%s", exitStatus(err), out)
	}
}

// A body is sent as it is, byte for byte, from wherever it comes.
func TestBodies(t *testing.T) {
	const raw = "\ufeffa\r\n\x00\xff"
	path := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(path, []byte(raw), 0o600); err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{"": "", "plain\r\n": "plain\r\n", "@" + path: raw, "@-": raw} {
		f := loadFlags{body: body}
		if err := f.readBody(strings.NewReader(raw)); err != nil || f.body != want {
			t.Errorf("--body %q sends %q (%v), want %q", body, f.body, err, want)
		}
	}
	f := loadFlags{body: "@" + path + ".not"}
	if err := f.readBody(nil); err == nil {
		t.Error("a body that is not there is sent")
	}
}

// TestAdvise: an error of the network says in its one line what to do about it.
func TestAdvise(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{syscall.ECONNREFUSED, "start the server first"},
		{syscall.ENOENT, "there is no such socket"},
		{syscall.ENOTDIR, "correct the path of the socket"},
		{&net.DNSError{Err: "no such host", Name: "api.invalid"}, "correct the name of the host"},
		{&tls.CertificateVerificationError{Err: errors.New("unknown authority")}, "--insecure"},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, "write http://"},
		{context.DeadlineExceeded, "until --timeout"},
	} {
		got := advise(fmt.Errorf("connect: %w", c.err))
		if !strings.HasPrefix(got.Error(), "connect: ") || !strings.Contains(got.Error(), c.want) || strings.Contains(got.Error(), "\n") {
			t.Errorf("%v: %v; want %q", c.err, got, c.want)
		}
	}
}
