package consent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/text/unit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestParseTarget(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/24:8080": "[10.0.0.0/24]:8080", "10.0.0.7:80": "[10.0.0.7/32]:80", "[2001:db8::/64]:443": "[2001:db8::/64]:443",
		"[2001:db8::1]:443": "[2001:db8::1/128]:443", "[::ffff:10.0.0.7]:80": "[10.0.0.7/32]:80", "0.0.0.0/0:80": "[0.0.0.0/0]:80",
	} {
		if got, err := ParseTarget(text); err != nil || got.String() != want {
			t.Errorf("%s: %v, %v; want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "write a network", "10.0.0.0/24": "write a network", "10.0.0.0/24:": "write a network", "10.0.0.0/24:0": "write a network", "10.0.0.0/24:65536": "write a network",
		"example.org:80": "write a network", "10.0.0.7/24:80": "the network is 10.0.0.0/24", "2001:db8::1:443": "write a network", "[10.0.0.0/24:80": "write a network",
		"10.0.0.0/33:80": "write a network", "[fe80::1%eth0]:80": "write a network", "*:80": "write a network",
	} {
		if got, err := ParseTarget(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %q", text, got, err, want)
		}
	}
}

// Where load may go: for a worker with an invitation, for one that the coordinator started, and
// for one whose user lets the load go anywhere.
func TestPolicy(t *testing.T) {
	var targets []Target
	for _, text := range []string{"10.0.0.0/24:8080", "127.0.0.1:8080"} {
		target, err := ParseTarget(text)
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, target)
	}
	for text, want := range map[string][3]string{
		"10.0.0.9:8080": {"ask", "refused", "free"}, "[::ffff:10.0.0.9]:8080": {"ask", "refused", "free"},
		"10.0.0.9:8081": {"refused", "refused", "free"}, "10.0.1.9:8080": {"refused", "refused", "free"}, "192.0.2.1:8080": {"refused", "refused", "free"},
		"0.0.0.0:8080": {"refused", "refused", "free"}, "[fe80::1%eth0]:8080": {"refused", "refused", "free"},
		"127.0.0.1:8080": {"ask", "free", "free"}, "[::ffff:127.0.0.1]:8080": {"ask", "free", "free"},
		"127.0.0.1:80": {"refused", "free", "free"}, "127.9.9.9:8080": {"refused", "free", "free"}, "[::1]:8080": {"refused", "free", "free"},
		"/run/docker.sock": {"refused", "free", "free"},
	} {
		a := bench.Address{Socket: text}
		if tcp, err := netip.ParseAddrPort(text); err == nil {
			a = bench.Address{TCP: tcp}
		}
		for i, p := range []Policy{{Targets: targets}, {Local: true}, {Local: true, Own: true}} {
			ask, err := p.CheckAddress(a)
			got := map[bool]string{true: "ask", false: "free"}[ask]
			if err != nil {
				got = "refused"
			}
			if got != want[i] {
				t.Errorf("%s, %+v: %s, want %s (%v)", text, p, got, want[i], err)
			}
		}
	}
	if _, err := (Policy{}).CheckAddress(bench.Address{TCP: netip.MustParseAddrPort("127.0.0.1:8080")}); err == nil {
		t.Error("who allows nothing allows his own machine")
	}
}

// The owner of a worker bounds its rate.
func TestCheckRate(t *testing.T) {
	for _, c := range []struct {
		max, peak float64
		of        int
		want      string
	}{
		{0, 0, 4, ""}, {0, 1e6, 4, ""}, {1000, 4000, 4, ""}, {2.5, 10, 4, ""},
		{1000, 4001, 4, "its part is " + unit.Rate(1000)}, {1000, 0, 4, "closed"},
	} {
		err := Policy{MaxRate: c.max}.CheckRate(c.peak, load.Part{Index: 1, Of: c.of})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// A server consents by its document, and by nothing else.
func TestAsk(t *testing.T) {
	later := time.Now().Add(time.Hour).Format(time.RFC3339)
	for _, c := range []struct {
		name, document string
		status         int
		rate           float64
		want           string // "" for consent
	}{
		{"consent", `{"version":1,"runs":["r1"],"expires":"` + later + `"}`, 200, 1000, ""},
		{"consent to any run", `{"version":1,"runs":["x","*"],"expires":"` + later + `","max_rate":1000}`, 200, 1000, ""},
		{"consent to a closed load", `{"version":1,"runs":["r1"],"expires":"` + later + `"}`, 200, 0, ""},
		{"another run", `{"version":1,"runs":["r2"],"expires":"` + later + `"}`, 200, 1000, `names the runs ["r2"]`},
		{"no run", `{"version":1,"runs":[],"expires":"` + later + `"}`, 200, 1000, "names the runs"},
		{"too high a rate", `{"version":1,"runs":["*"],"expires":"` + later + `","max_rate":999}`, 200, 1000, "allows " + unit.Rate(999)},
		{"a rate, and a closed load", `{"version":1,"runs":["*"],"expires":"` + later + `","max_rate":999}`, 200, 0, "a closed load has no rate"},
		{"expired", `{"version":1,"runs":["*"],"expires":"2020-01-01T00:00:00Z"}`, 200, 1000, "expired at 2020-01-01"},
		{"no end", `{"version":1,"runs":["*"]}`, 200, 1000, "expired"},
		{"another version", `{"version":2,"runs":["*"],"expires":"` + later + `"}`, 200, 1000, "version 2"},
		{"a member that nobody knows", `{"version":1,"runs":["*"],"expires":"` + later + `","min_rate":1}`, 200, 1000, "unknown field"},
		{"a page", "<html>", 200, 1000, "invalid character"},
		{"no document", "", 404, 1000, "answers 404"},
		{"elsewhere", "", 302, 1000, "answers 302"},
		{"an error", "", 500, 1000, "answers 500"},
		{"too long", `{"version":1,"runs":["` + strings.Repeat("x", maxDocument) + `"]}`, 200, 1000, "more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var host, path string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("Cache-Control"); got != "no-cache, no-store" {
					t.Errorf("a cache may answer: Cache-Control %q", got)
				}
				host, path = r.Host, r.URL.Path
				w.Header().Set("Location", "http://127.0.0.1:1/")
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.document)
			}))
			defer server.Close()
			err := Ask(t.Context(), question(t, server.Listener.Addr().String(), "r1", c.rate))
			if (err == nil) != (c.want == "") || err != nil && (!errors.Is(err, ErrNone) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if host != "shop.example:81" || path != Path {
				t.Errorf("asked %s for %s", host, path)
			}
		})
	}
}

// question is about a server that is called otherwise than its address, by requests that call it
// otherwise than its URL.
func question(t *testing.T, address, run string, rate float64) Question {
	t.Helper()
	site, p := bench.ParseSite("http://api.example/orders")
	if p != nil {
		t.Fatal(p)
	}
	return Question{Site: site, Host: "shop.example:81", Address: bench.Address{TCP: netip.MustParseAddrPort(address)}, Run: run, Rate: rate}
}

// Who says nothing does not consent, and an interruption is no answer.
func TestAskSilence(t *testing.T) {
	closed := httptest.NewServer(nil)
	address := closed.Listener.Addr().String()
	closed.Close()
	if err := Ask(t.Context(), question(t, address, "r1", 1)); !errors.Is(err, ErrNone) {
		t.Errorf("a closed port: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("why")
	cancel(why)
	if err := Ask(ctx, question(t, address, "r1", 1)); !errors.Is(err, why) || errors.Is(err, ErrNone) {
		t.Errorf("an interruption: %v", err)
	}
}
