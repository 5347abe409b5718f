package target_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/target"
	"authbench/internal/method"
	"authbench/internal/method/all"
)

// configurations are the methods that are tested end to end.
var configurations = []bench.Method{
	{ID: "none"},
	{ID: "carry", Params: bench.Params{"as": "EdDSA"}},
	{ID: "apikey"},
	{ID: "apikey", Params: bench.Params{"header": "x-api-key"}},
	{ID: "jwt", Params: bench.Params{"alg": "HS256"}},
	{ID: "jwt", Params: bench.Params{"alg": "HS256", "policy": "stock"}},
	{ID: "jwt", Params: bench.Params{"alg": "RS256"}},
	{ID: "jwt", Params: bench.Params{"alg": "EdDSA"}},
	{ID: "jwt", Params: bench.Params{"alg": "EdDSA", "policy": "stock"}},
}

// pair is an issuer and a server that verifies its credentials.
type pair struct {
	method.Issuer
	*target.Server
}

func newPair(t testing.TB, m bench.Method) pair {
	t.Helper()
	issuer, err := all.Catalogue().NewIssuer(m, [32]byte{7}, 20, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	verification, err := issuer.Verification(method.Places{})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := all.Catalogue().NewVerifier(m, verification, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pair{issuer, serve(t, verifier)}
}

// credential is a field value.
func (p pair) credential(t testing.TB, class bench.Class, index int) string {
	t.Helper()
	value, err := p.Append(nil, class, index)
	if err != nil {
		t.Fatal(err)
	}
	return string(value)
}

func name(m bench.Method) string { return m.ID + " " + m.Params.Key() }

func TestEachClassGetsItsStatus(t *testing.T) {
	for _, m := range configurations {
		t.Run(name(m), func(t *testing.T) {
			p := newPair(t, m)
			for _, class := range bench.ClassesOf(all.Catalogue(), m) {
				for index := range 3 {
					got := ask(t, p.Addr(), get(p.Field()+": "+p.credential(t, class, index)+"\r\n"))
					if !slices.Contains(bench.DefaultExpect(class), got.status) {
						t.Fatalf("%s credential %d gets %d", class, index, got.status)
					}
					subject, wantSubject := got.header.Get("X-Auth-Subject"), ""
					if class == bench.Valid && m.ID != "carry" {
						wantSubject = fmt.Sprintf("user-%d", index)
					}
					if subject != wantSubject {
						t.Errorf("%s credential %d: subject %q, want %q", class, index, subject, wantSubject)
					}
				}
			}
			wantOpen := 401
			if m.ID == "none" || m.ID == "carry" {
				wantOpen = 200
			}
			if got := ask(t, p.Addr(), get("")); got.status != wantOpen {
				t.Errorf("no credential gets %d, want %d", got.status, wantOpen)
			}
		})
	}
}

func TestRefusalsAreUniform(t *testing.T) {
	for _, m := range configurations[2:] {
		t.Run(name(m), func(t *testing.T) {
			p := newPair(t, m)
			var first answer
			for _, class := range bench.ClassesOf(all.Catalogue(), m) {
				if class == bench.Valid {
					continue
				}
				value := p.credential(t, class, 0)
				got := ask(t, p.Addr(), get(p.Field()+": "+value+"\r\n"))
				got.header.Del("Date")
				if first.status == 0 {
					first = got
				}
				if !reflect.DeepEqual(got, first) {
					t.Errorf("%s differs: %v, not %v", class, got, first)
				}
				if got.header.Get("WWW-Authenticate") == "" {
					t.Errorf("%s: no WWW-Authenticate", class)
				}
				for field, values := range got.header {
					if strings.Contains(strings.Join(values, " "), value) {
						t.Errorf("%s: %s echoes the credential", class, field)
					}
				}
			}
		})
	}
}

// TestCarriers sends raw bytes; the names are those of the attack catalogue.
func TestCarriers(t *testing.T) {
	cases := []struct {
		name    string
		request string // {cred} and {bad} are replaced, {left} and {right} are cred's halves
		want    []int
	}{
		{"HTTP-01 no credential", get(""), []int{401}},
		{"HTTP-02 scheme in lower case", get("Authorization: bearer {cred}\r\n"), []int{200}},
		{"HTTP-02 scheme in upper case", get("Authorization: BEARER {cred}\r\n"), []int{200}},
		{"HTTP-02 field name in another case", get("aUTHORIZATION: Bearer {cred}\r\n"), []int{200}},
		{"HTTP-03 no scheme", get("Authorization: {cred}\r\n"), []int{401}},
		{"HTTP-03 Basic", get("Authorization: Basic {cred}\r\n"), []int{401}},
		{"HTTP-03 no space", get("Authorization: Bearer{cred}\r\n"), []int{401}},
		{"HTTP-03 colon", get("Authorization: Bearer:{cred}\r\n"), []int{401}},
		{"HTTP-03 quotes", get("Authorization: \"Bearer\" {cred}\r\n"), []int{401}},
		{"HTTP-04 bad then good", get("Authorization: Bearer {bad}\r\nAuthorization: Bearer {cred}\r\n"), []int{400}},
		{"HTTP-04 good then bad", get("Authorization: Bearer {cred}\r\nAuthorization: Bearer {bad}\r\n"), []int{400}},
		{"HTTP-04 in two spellings", get("Authorization: Bearer {cred}\r\nAUTHORIZATION: Bearer {bad}\r\n"), []int{400}},
		{"HTTP-05 the same twice", get("Authorization: Bearer {cred}\r\nAuthorization: Bearer {cred}\r\n"), []int{400}},
		{"HTTP-06 folded", get("Authorization: Bearer {left}\r\n {right}\r\n"), []int{400, 401}},
		{"HTTP-06 folded by a tab", get("Authorization: Bearer {left}\r\n\t{right}\r\n"), []int{400, 401}},
		{"HTTP-09 another in the query", strings.Replace(get("Authorization: Bearer {cred}\r\n"), "/orders", "/orders?access_token={bad}", 1), []int{200}},
		{"only in the query", strings.Replace(get(""), "/orders", "/orders?access_token={cred}", 1), []int{401}},
		{"HTTP-10 only in a cookie", get("Cookie: Authorization=Bearer {cred}; access_token={cred}\r\n"), []int{401}},
		{"HTTP-12 blanks after", get("Authorization: Bearer {cred}  \r\n"), []int{200}},
		{"HTTP-12 tab after", get("Authorization: Bearer {cred}\t\r\n"), []int{200}},
		{"HTTP-12 blanks before", get("Authorization:   Bearer {cred}\r\n"), []int{200}},
		{"HTTP-13 blank before the colon", get("Authorization : Bearer {cred}\r\n"), []int{400}},
		{"HTTP-14 two blanks", get("Authorization: Bearer  {cred}\r\n"), []int{401}},
		{"HTTP-14 tab", get("Authorization: Bearer\t{cred}\r\n"), []int{401}},
		{"HTTP-16 extra text", get("Authorization: Bearer {cred} extra\r\n"), []int{401}},
		{"HTTP-16 a list", get("Authorization: Bearer {cred}, Bearer {bad}\r\n"), []int{401}},
		{"HTTP-16 a parameter", get("Authorization: Bearer {cred};x=1\r\n"), []int{401}},
		{"HTTP-18 2 MiB", get("Authorization: Bearer " + strings.Repeat("A", 2<<20) + "\r\n"), []int{431}},
		{"HTTP-19 64 KiB", get("Authorization: Bearer " + strings.Repeat("A", 64<<10) + "\r\n"), []int{431}},
		{"20 KiB", get("Authorization: Bearer " + strings.Repeat("A", 20<<10) + "\r\n"), []int{401}},
		{"HTTP-22 trailer", "POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n0\r\nAuthorization: Bearer {cred}\r\n\r\n", []int{400, 401}},
		{"ORA-03 HEAD", strings.Replace(get(""), "GET", "HEAD", 1), []int{401}},
		{"ORA-03 PROPFIND", strings.Replace(get(""), "GET", "PROPFIND", 1), []int{401}},
		{"ORA-03 OPTIONS", strings.Replace(get(""), "GET", "OPTIONS", 1), []int{401}},
		{"HEAD let in", strings.Replace(get("Authorization: Bearer {cred}\r\n"), "GET", "HEAD", 1), []int{200}},
		{"an unknown method let in", strings.Replace(get("Authorization: Bearer {cred}\r\n"), "GET", "PROPFIND", 1), []int{200}},
		{"not HTTP", "\x16\x03\x01\x02\x00\r\n\r\n", []int{400}},
	}
	for _, m := range []bench.Method{{ID: "apikey"}, {ID: "jwt", Params: bench.Params{"alg": "HS256"}}} {
		p := newPair(t, m)
		cred, bad := p.credential(t, bench.Valid, 0)[len("Bearer "):], p.credential(t, bench.Forged, 1)[len("Bearer "):]
		fill := strings.NewReplacer("{cred}", cred, "{bad}", bad, "{left}", cred[:len(cred)/2], "{right}", cred[len(cred)/2:])
		for _, c := range cases {
			t.Run(m.ID+"/"+c.name, func(t *testing.T) {
				got := ask(t, p.Addr(), fill.Replace(c.request))
				if !slices.Contains(c.want, got.status) {
					t.Errorf("status %d, want one of %v", got.status, c.want)
				}
				if got.status == 401 && got.header.Get("WWW-Authenticate") == "" {
					t.Error("401 without WWW-Authenticate")
				}
			})
		}
	}
}
