package conform

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"authbench/bench"
	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
	"authbench/internal/method/all"
)

// TestIdentities: a server that mixes its clients up is found out.
func TestIdentities(t *testing.T) {
	recipe := `{"base":"sequence","steps":[{"concurrent":4,"alternate":["valid","tenant-b"],"count":100,"expect":"accept","identity":"own"}]}`
	catalogue, err := Parse("t.json", []byte(oneCase(recipe, `{"outcome":"reject","status":[401],"also":["identity_matches"]}`)))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		answer func(n int64, subject string) Answer
		want   Status
	}{
		"its own":    {func(_ int64, s string) Answer { return Answer{Status: 200, Subject: s} }, Passed},
		"mixed up":   {func(n int64, s string) Answer { return Answer{Status: 200, Subject: s[:len(s)-int(n/50)%2]} }, Failed},
		"never told": {func(int64, string) Answer { return Answer{Status: 200} }, Skipped},
		"locked out": {func(int64, string) Answer { return Answer{Status: 401, Challenged: true} }, Failed},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			s := fake{Wire, func(r Request) (Answer, error) {
				return c.answer(asked.Add(1), r.Fields[0].Value), nil
			}, func() bench.Counters { return bench.Counters{} }, new(atomic.Int64)}
			f, err := NewHarness(all.Catalogue(), catalogue, 7).fixture(jwtMethod("HS256"))
			if err != nil {
				t.Fatal(err)
			}
			score, err := (&examiner{Catalogue: catalogue, Fixture: f, Subjects: []Subject{s}}).Examine(t.Context())
			if err != nil || score.Verdicts[0].Status != c.want {
				t.Errorf("%+v, %v; want %s", score.Verdicts, err, c.want)
			}
		})
	}
}

// TestRemovedKeys: a subject whose operator can remove a key is held to do it in
// the time that it declares.
func TestRemovedKeys(t *testing.T) {
	recipe := `{"base":"sequence","steps":[{"credential":"valid","expect":"accept"},{"admin":"remove_key","key":"victim"},{"same":true,"expect":"reject","within_s":{"$declared":"key_removal_delay_s"}}]}`
	catalogue, err := Parse("t.json", []byte(oneCase(recipe, rejected)))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		delay int // answers after the removal
		want  Status
	}{"in time": {1, Passed}, "late": {1000, Failed}} {
		t.Run(name, func(t *testing.T) {
			f, err := NewHarness(all.Catalogue(), catalogue, 7).fixture(jwtMethod("HS256"))
			if err != nil {
				t.Fatal(err)
			}
			f.declared = map[string]float64{"key_removal_delay_s": 0.3}
			s := &removing{delay: c.delay}
			score, err := (&examiner{Catalogue: catalogue, Fixture: f, Subjects: []Subject{s}}).Examine(t.Context())
			if err != nil || score.Verdicts[0].Status != c.want || s.removed != victimKID || !s.restored {
				t.Errorf("%+v, %v; removed %q", score.Verdicts, err, s.removed)
			}
		})
	}
}

// removing is a server whose operator can remove its key.
type removing struct {
	removed  string
	asked    int
	restored bool
	delay    int
}

func (*removing) Surface() Surface { return Wire }
func (*removing) Host() string     { return "" }

func (r *removing) removeKey(_ context.Context, kid string) (func(context.Context) error, error) {
	r.removed = kid
	return func(context.Context) error {
		r.restored = true
		return nil
	}, nil
}

func (r *removing) Ask(context.Context, Request) (Answer, error) {
	if r.asked++; r.asked == 2 || r.asked == 3 { // by the control
		return Answer{Status: 401, Challenged: true}, nil
	}
	if r.removed != "" && !r.restored {
		if r.delay--; r.delay < 0 {
			return Answer{Status: 401, Challenged: true}, nil
		}
	}
	return Answer{Status: 200}, nil
}

func TestRender(t *testing.T) {
	w, err := newWire(bench.Address{}, "h:1")
	if err != nil {
		t.Fatal(err)
	}
	for want, r := range map[string]Request{
		"GET / HTTP/1.1\r\nHost: h:1\r\nA: b\r\nA: c\r\n\r\n":                  {Method: "GET", Target: "/", Fields: []bench.Field{{Name: "A", Value: "b"}, {Name: "A", Value: "c"}}},
		"POST / HTTP/1.1\r\nHost: h:1\r\nContent-Length: 0\r\n\r\n":            {Method: "POST", Target: "/"},
		"POST / HTTP/1.1\r\nHost: h:1\r\nTE: chunked\r\n\r\n0\r\nA: b\r\n\r\n": {Method: "POST", Target: "/", Raw: "TE: chunked\r\n\r\n0\r\nA: b\r\n"},
	} {
		if got := string(w.render(r)); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}

func TestRequests(t *testing.T) {
	apikey := func(header string) *minter {
		m := minterFor(t, bench.Method{ID: "apikey", Params: bench.Params{"header": header}})
		m.credentials = map[string]string{"victim": "abcd"}
		return m
	}
	for _, c := range []struct{ header, request, want string }{
		{"authorization", `{"headers":[]}`, "[]"},
		{"authorization", `{"headers":[["Authorization","bearer {{cred}}"]]}`, "[{Authorization bearer abcd}]"},
		{"authorization", `{"raw_headers":"Authorization: Bearer {{cred:left}}\r\n {{cred:right}}\r\n"}`, "Authorization: Bearer ab\r\n cd\r\n"},
		{"authorization", `{"target":"{{path}}?{{query_name}}={{cred}}"}`, "/orders?access_token=abcd"},
		{"x-api-key", `{"target":"/x/{{path_last}}?{{query_name}}={{cred}}"}`, "/x/orders?api_key=abcd"},
		{"x-api-key", `{"headers":[["Authorization","Bearer {{cred}}"],["Cookie","{{cred}}"]]}`, "[{X-API-Key abcd} {Cookie abcd}]"},
		{"x-api-key", `{"headers":[["Authorization","bearer {{cred}}"]]}`, "X-API-Key carries the credential without a scheme"},
		{"x-api-key", `{"headers":[["Authorization","Bearer  {{cred}}"]]}`, "X-API-Key carries the credential without a scheme"},
		{"x-api-key", `{"raw_headers":"Authorization : Bearer {{cred}}\r\n"}`, "X-API-Key : abcd\r\n"},
		{"x-api-key", `{"raw_headers":"Trailer: Authorization\r\n\r\n0\r\nAuthorization: Bearer {{cred}}\r\n"}`, "Trailer: X-API-Key\r\n\r\n0\r\nX-API-Key: abcd\r\n"},
		{"x-api-key", `{"raw_headers":"Authorization: Basic {{cred}}\r\n"}`, "X-API-Key carries the credential without a scheme"},
	} {
		r := compiled(t, `{"base":"valid","request":`+c.request+`}`)
		got, err := apikey(c.header).request(&r)
		text := fmt.Sprint(got.Fields) + got.Raw + got.Target
		if err != nil {
			text = err.Error()
		}
		if !strings.Contains(text, c.want) {
			t.Errorf("%s %s: %s; want %s", c.header, c.request, text, c.want)
		}
	}
}

// TestFindServer: each address of a name is tried, Host keeps the name, and nothing
// leaves this machine.
func TestFindServer(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	six := listen(t, "tcp6", "[::1]:0")
	port := six.Addr().(*net.TCPAddr).Port
	listen(t, "unix", socket)
	for raw, want := range map[string]string{
		fmt.Sprintf("http://localhost:%d/a b?c=d", port): fmt.Sprintf("[::1]:%d Host: localhost:%d /a%%20b?c=d", port, port),
		fmt.Sprintf("http://[::1]:%d", port):             fmt.Sprintf("[::1]:%d Host: [::1]:%d /", port, port),
		"unix:" + socket + ":/orders":                    socket + " Host: localhost /orders",
	} {
		w, path, err := findServer(t.Context(), raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		head := string(w.template.Attack("GET", path, ""))
		got := fmt.Sprintf("%v %s %s", w.addr, strings.Split(head, "\r\n")[1], path)
		if got != want {
			t.Errorf("%s: %s; want %s", raw, got, want)
		}
	}
	for raw, want := range map[string]string{
		"": "write an address", "ftp://127.0.0.1": "scheme", "https://127.0.0.1": "plain http", "http://192.0.2.1/": "this machine only",
		"http://u:secret@127.0.0.1/": "user or password", "http://127.0.0.1:x/": "write an address", "http://127.0.0.1:1/#a": "fragment",
		"unix:" + socket + "-not": "start the server first", fmt.Sprintf("http://127.0.0.1:%d", port): "start the server first",
	} {
		if _, _, err := findServer(t.Context(), raw); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v; want %q", raw, err, want)
		}
	}
}

// listen listens until the test ends. Without IPv6 the test is skipped.
func listen(t *testing.T, network, at string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, at)
	if err != nil && network == "tcp6" {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// minted are the files that a method's issuer writes.
func minted(t *testing.T, m bench.Method) (server Server, verifier method.Verifier) {
	t.Helper()
	issuer, err := NewHarness(all.Catalogue(), builtin(t), 5).issuer(m)
	if err != nil {
		t.Fatal(err)
	}
	verification, err := issuer.Verification(method.Places{})
	if err != nil {
		t.Fatal(err)
	}
	if verifier, err = all.Catalogue().NewVerifier(m, verification, nil); err != nil {
		t.Fatal(err)
	}
	signing, err := issuer.SigningKeys()
	if err != nil {
		t.Fatal(err)
	}
	if server.Signing, err = document.ReadSigningKeys("signing.json", strings.NewReader(string(signing))); err != nil {
		t.Fatal(err)
	}
	server.Credentials.Field = issuer.Field()
	for _, class := range bench.ClassesOf(all.Catalogue(), m) {
		for i := range 3 {
			value, err := issuer.Append(nil, class, i)
			if err != nil {
				t.Fatal(err)
			}
			server.Credentials.Credentials = append(server.Credentials.Credentials, document.Credential{Class: class, Value: string(value)})
		}
	}
	return server, verifier
}

// TestForeignServers examines servers by the files that 'authbench mint' writes.
func TestForeignServers(t *testing.T) {
	t.Parallel()
	for _, m := range []bench.Method{
		{ID: "apikey", Params: bench.Params{"header": "authorization"}}, {ID: "apikey", Params: bench.Params{"header": "x-api-key"}},
		jwtMethod("HS256"), jwtMethod("RS256"), jwtMethod("ES256"), jwtMethod("EdDSA"), jwtMethod("ML-DSA-44"),
	} {
		t.Run(Name(m), func(t *testing.T) {
			t.Parallel()
			server, verifier := minted(t, m)
			served, stop, err := serve(verifier, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := stop(); err != nil {
					t.Error(err)
				}
			}()
			server.URL = "http://" + served.(meteredWire).addr.Authority() + "/orders"
			score, err := NewHarness(all.Catalogue(), builtin(t), 5).ScoreServer(t.Context(), server)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range score.Failed() {
				t.Errorf("%s %s: %+v", v.Case.ID, v.Case.Title, v.Failures)
			}
			if c := score.Count(All); c.Passed < 25 || c.Skipped > 8 {
				t.Errorf("counts %+v", c)
			}
		})
	}
}

// TestCarelessServer: a server that lets everybody in, and one that is not there.
func TestCarelessServer(t *testing.T) {
	careless := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server, _ := minted(t, jwtMethod("HS256"))
	server.URL = careless.URL
	catalogue, err := builtin(t).Select([]string{"NONE-03", "TIME-01", "CTX-09", "ORA-01"})
	if err != nil {
		t.Fatal(err)
	}
	score, err := NewHarness(all.Catalogue(), catalogue, 5).ScoreServer(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	if c := score.Count(All); score.gate() || c.FalseAccepts != 4 || c.Passed != 1 {
		t.Errorf("counts %+v", c)
	}
	careless.Close()
	if _, err := NewHarness(all.Catalogue(), catalogue, 5).ScoreServer(t.Context(), server); err == nil || !strings.Contains(err.Error(), "start the server") {
		t.Errorf("a server that is gone: %v", err)
	}
}

func TestServersThatCannotBeExamined(t *testing.T) {
	good, _ := minted(t, jwtMethod("HS256"))
	noKey := good
	noKey.Signing.Keys = []jose.JWK{{KeyID: "k", KeyType: "RSA", Algorithm: "RS256"}}
	odd := good
	odd.Signing.Keys = []jose.JWK{{KeyID: "k", KeyType: "RSA", Algorithm: "RSA-OAEP"}}
	few := good
	few.Signing.Keys = nil
	few.Credentials.Credentials = good.Credentials.Credentials[:1]
	for want, s := range map[string]Server{"not a private key": noKey, "RSA-OAEP": odd, "two valid credentials": few} {
		s.URL = "http://127.0.0.1:1/"
		if _, err := NewHarness(all.Catalogue(), builtin(t), 5).ScoreServer(t.Context(), s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %q", err, want)
		}
	}
}

// TestDecoyCountsConnections: also those over which nothing is asked.
func TestDecoyCountsConnections(t *testing.T) {
	tr, err := newDecoyServer([]byte(`{"keys":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(tr.url, "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	if n := tr.count(t.Context()); n != 1 {
		t.Errorf("%d connections; want 1", n)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if err := tr.close(); err != nil {
		t.Error(err)
	}
}
