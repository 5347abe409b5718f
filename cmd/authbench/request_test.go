package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"authbench/internal/measure/load"
)

// witness answers 200 to every request that net/http takes, and notes each kind once.
type witness struct {
	guard sync.Mutex // guards seen
	seen  []string
	// note is called with each new kind.
	note func(string)
}

// ServeHTTP notes what was asked for. A server of net/http refuses two Host lines itself.
func (r *witness) ServeHTTP(_ http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	text := fmt.Sprintf("%s %s at %s, X=%q, %q", q.Method, q.RequestURI, q.Host, q.Header.Get("X"), body)
	r.guard.Lock()
	defer r.guard.Unlock()
	if !slices.Contains(r.seen, text) {
		r.seen = append(r.seen, text)
		r.note(text)
	}
}

// witnessAt starts a witness in this process.
func witnessAt(t *testing.T, network, at string) (*witness, net.Addr) {
	t.Helper()
	l, err := net.Listen(network, at)
	if err != nil && network == "tcp6" {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := &witness{note: func(string) {}}
	server := &http.Server{Handler: r}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return r, l.Addr()
}

// beWitness makes the test binary a witness that a scenario's command starts, with the
// arguments HOST and PORT: its value is the file for its notes.
const beWitness = "AUTHBENCH_TEST_BE_WITNESS"

func witnessForTest() {
	file, err := os.OpenFile(os.Getenv(beWitness), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	port := os.Args[2]
	r := &witness{note: func(text string) { fmt.Fprintln(file, strings.ReplaceAll(text, port, "PORT")) }}
	panic(http.ListenAndServe(net.JoinHostPort(os.Args[1], port), r))
}

// notes reads what commands noted.
func notes(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	slices.Sort(lines)
	return slices.Compact(lines)
}

// small is a scenario of arms without credentials that takes a second.
func small(t *testing.T, arms string) string {
	t.Helper()
	text := `question: q
baseline: first
launches: 1
rounds: 1
slice: 30ms
loads: [{name: closed, kind: closed, connections: 2}]
arms:
` + arms
	path := filepath.Join(t.TempDir(), "small.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRequestsOfCommands: Host says what was dialled, unless the scenario has one; the
// port is known in every part of the request; a server at ::1 is found.
func TestRequestsOfCommands(t *testing.T) {
	t.Parallel()
	if l, err := net.Listen("tcp6", "[::1]:0"); err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	} else {
		l.Close()
	}
	dir := t.TempDir()
	arm := func(name, host, more string) string {
		return fmt.Sprintf("  - name: %s\n    method: {id: none}\n    target: {command: [env, %q, %q, %q, \"{port}\"]%s\n",
			name, beWitness+"="+filepath.Join(dir, name), os.Args[0], host, more)
	}
	h := start(t, "run", "-q", small(t, arm("first", "127.0.0.1", "}")+
		arm("six", "::1", ", ready: {http: '/up?é'}}")+
		arm("host", "127.0.0.1", "}\n    request: {method: POST, path: /x, body: hello, headers: {Host: api.example.test}}")+
		arm("port", "127.0.0.1", "}\n    request: {method: PUT, path: '/at/{port} here', body: 'to {port}', headers: {host: 'api.test:{port}', X: '{port}!'}}")))
	if code := h.code(); code != "0" && code != "3" {
		t.Fatalf("exit code %s\n%s%s", code, h.stdout.String(), h.stderr.String())
	}
	for name, want := range map[string][]string{
		"first": {`GET / at 127.0.0.1:PORT, X="", ""`},
		"six":   {`GET / at [::1]:PORT, X="", ""`, `GET /up?%C3%A9 at [::1]:PORT, X="", ""`},
		"host":  {`POST /x at api.example.test, X="", "hello"`},
		"port":  {`PUT /at/PORT%20here at api.test:PORT, X="PORT!", "to PORT"`},
	} {
		if got := notes(t, filepath.Join(dir, name)); !slices.Equal(got, want) {
			t.Errorf("%s was asked %q; want %q", name, got, want)
		}
	}
}

// TestRequestsOfURLs: a name keeps to itself which of its addresses answers, and a Unix
// socket is a place as any other.
func TestRequestsOfURLs(t *testing.T) {
	t.Parallel()
	named, at := witnessAt(t, "tcp6", "[::1]:0")
	port := at.(*net.TCPAddr).Port
	socket, path := witnessAt(t, "unix", filepath.Join(t.TempDir(), "s"))
	h := start(t, "run", "-q", small(t, fmt.Sprintf(`
  - {name: first, method: {id: none}, target: {url: 'http://localhost:%d'}, request: {headers: {X: '{port}'}}}
  - {name: socket, method: {id: none}, target: {url: 'unix:%s'}, request: {path: /orders}}
`, port, path)))
	if code := h.code(); code != "0" && code != "3" {
		t.Fatalf("exit code %s\n%s%s", code, h.stdout.String(), h.stderr.String())
	}
	if want := []string{fmt.Sprintf(`GET / at localhost:%d, X="%d", ""`, port, port)}; !slices.Equal(named.seen, want) {
		t.Errorf("asked %q; want %q", named.seen, want)
	}
	if want := []string{`GET /orders at localhost, X="", ""`}; !slices.Equal(socket.seen, want) {
		t.Errorf("asked %q; want %q", socket.seen, want)
	}
}

// TestCommandNowhere: the error says where a command's server was looked for.
func TestCommandNowhere(t *testing.T) {
	t.Parallel()
	h := start(t, "run", "-q", small(t, "  - {name: first, method: {id: none}, target: {command: [sleep, '60'], ready: {timeout: 300ms}}}\n"))
	if code := h.code(); code != "4" {
		t.Errorf("exit code %s", code)
	}
	for _, want := range []string{"arm first", "not ready within 300ms", "at 127.0.0.1:", "at [::1]:", "does it listen at 127.0.0.1 or ::1 on the port that stands for {port}"} {
		if !strings.Contains(h.stderr.String(), want) {
			t.Errorf("%q is not in %s", want, h.stderr.String())
		}
	}
}

// TestDryRunRefuses: what could not be sent is refused before anything starts, with its
// place and what to do.
func TestDryRunRefuses(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys.jsonl")
	if err := os.WriteFile(keys, []byte(`{"kind":"credentials","version":1,"field":"X-Key"}`+"\n"+`{"class":"valid","value":"k"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	request := func(r string) string { return "{name: first, method: {id: none}, request: " + r + "}" }
	target := func(r string) string { return "{name: first, method: {id: none}, target: " + r + "}" }
	for _, c := range []struct{ arm, want string }{
		{request(`{path: "/x\u0001y"}`), "control character"},
		{request(`{path: "/x#frag"}`), "write %23"},
		{request(`{path: /x, headers: {"X(Y)": a}}`), "write letters, digits and dashes"},
		{request(`{path: /x, headers: {X: "a\0b"}}`), "write it on one line"},
		{request(`{path: /x, headers: {Xü: a}}`), "write letters, digits and dashes"},
		{request(`{path: /x, method: "GE(T"}`), "write a method"},
		{request(`{path: /x, method: POST, body: b, headers: {Transfer-Encoding: chunked}}`), "leave the header out"},
		{request(`{headers: {content-length: "3"}}`), "leave the header out"},
		{request(`{headers: {Host: "a b"}}`), "write a name or an address"},
		{request(`{headers: {Host: a, host: b}}`), "leave one out"},
		{request(`{path: "/%zz"}`), "write %25"},
		{`{name: first, method: {id: apikey}, request: {headers: {authorization: Basic x}}}`, "the credential goes into authorization"},
		{`{name: first, method: {id: apikey, header: x-api-key}, request: {headers: {X-API-Key: x}}}`, "the credential goes into X-API-Key"},
		{`{name: first, method: {id: session}, request: {headers: {Cookie: a=b}}}`, "the credential goes into Cookie"},
		{`{name: first, method: {id: jwt, alg: HS256}, request: {headers: {Authorization: x}}}`, "the credential goes into Authorization"},
		{`{name: first, method: {id: apikey, header: "x y"}}`, "choose from authorization, x-api-key"},
		{target(`{url: "http://u:secret@127.0.0.1"}`), "remove it"},
		{target(`{url: "http://127.0.0.1/?a=b"}`), "request.path"},
		{target(`{url: "http://127.0.0.1/#a"}`), "fragment"},
		{target(`{url: "http://127.0.0.1:0"}`), "1 to 65535"},
		{target(`{url: "http://127.0.0.1:99999"}`), "1 to 65535"},
		{target(`{url: "http://127.0.0.1:x"}`), "write an address"},
		{target(`{url: "http://[fe80::1%25lo]"}`), "without a zone"},
		{target(`{url: "http://192.0.2.1"}`), "Host"},
		{target(`{url: "unix:"}`), "write unix:/run/api.sock"},
		{target(`{url: "unix:/s:/orders"}`), "request.path"},
		{`{name: first, method: {id: none}, target: {url: "unix:/s"}, request: {headers: {X: "{port}"}}}`, "a Unix socket has no port"},
		{target(`{command: [a], ready: {http: healthz}}`), "write a path such as /healthz"},
		{target(`{command: [a], ready: {http: "/a\nb"}}`), "write a path such as /healthz"},
		{target(`{command: [a], ready: {http: "/#a"}}`), "write a path such as /healthz"},
		{target(`{command: ["a\0b"]}`), "write the program"},
		{`{name: first, method: {id: none}, expect: {valid: [1000]}}`, "200 to 999"},
	} {
		var stdout, stderr bytes.Buffer
		code := run([]string{"run", "--dry-run", small(t, "  - "+c.arm+"\n")}, nil, &stdout, &stderr)
		text := stderr.String()
		if code != exitUsage || !strings.Contains(text, "small.yaml:8:") || !strings.Contains(text, c.want) || strings.Contains(text, "secret") {
			t.Errorf("%s: exit code %d, want its place and %q:\n%s", c.arm, code, c.want, text)
		}
	}
	theirs := fmt.Sprintf("{name: first, method: {id: none}, target: {url: 'http://127.0.0.1:1'}, credentials: %s, request: {headers: {x-key: a}}}", keys)
	var stdout, stderr bytes.Buffer
	if code := run([]string{"run", "--dry-run", small(t, "  - "+theirs+"\n")}, nil, &stdout, &stderr); code != exitUsage || !strings.Contains(stderr.String(), "arm first: credentials: request: headers.x-key: the credential goes into x-key; leave the header out") {
		t.Errorf("a file of credentials: exit code %d\n%s", code, stderr.String())
	}
}

// TestLoadRequests: every engine sends the same well-formed request, to any kind of
// address.
func TestLoadRequests(t *testing.T) {
	tcp, at := witnessAt(t, "tcp4", "127.0.0.1:0")
	socket, path := witnessAt(t, "unix", filepath.Join(t.TempDir(), "s"))
	for _, engine := range []string{load.Uring, load.Epoll, load.Portable} {
		o := load.Options{Name: engine}
		e, err := load.Open(o)
		if err != nil {
			t.Logf("no engine %s: %v", engine, err)
			continue
		}
		e.Close()
		for _, url := range []string{
			"http://" + at.String() + "/ok?name=Ada Lovelace", "http://" + at.String() + "/ok?x=1 HTTP/1.0", "http://" + at.String() + "?q=ü",
			"unix:" + path.String(), "unix:" + path.String() + ":/or ders?a=b",
		} {
			s, _ := loadJSON(t, url, "-n", "4", "-c", "2", "--engine", engine, "-H", "X: a")
			if s.Statuses[200] != 4 || len(s.Errors) > 0 {
				t.Errorf("%s, %s: statuses %v, errors %v", url, engine, s.Statuses, s.Errors)
			}
		}
	}
	want := []string{"GET /ok?name=Ada%20Lovelace", "GET /ok?x=1%20HTTP/1.0", "GET /?q=%C3%BC"}
	for i := range want {
		want[i] += " at " + at.String() + `, X="a", ""`
	}
	if !slices.Equal(tcp.seen, want) {
		t.Errorf("asked %q; want %q", tcp.seen, want)
	}
	if want := []string{`GET / at localhost, X="a", ""`, `GET /or%20ders?a=b at localhost, X="a", ""`}; !slices.Equal(socket.seen, want) {
		t.Errorf("asked %q; want %q", socket.seen, want)
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"load", "unix:" + path.String() + "-not"}, nil, &stdout, &stderr); code != exitRuntime || !strings.Contains(stderr.String(), "there is no such socket") {
		t.Errorf("a socket that is not there: exit code %d\n%s", code, stderr.String())
	}
}
