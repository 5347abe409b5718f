package bench

import (
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseSite(t *testing.T) {
	for text, want := range map[string]struct {
		shown, authority, target string
		site                     Site
	}{
		"http://127.0.0.1:8080":             {"http://127.0.0.1:8080", "127.0.0.1:8080", "/", Site{Name: "127.0.0.1", Port: 8080, Bare: true}},
		"http://127.0.0.1:80/":              {"http://127.0.0.1", "127.0.0.1", "/", Site{Name: "127.0.0.1", Port: 80, Bare: true}},
		"HTTP://LocalHost:081/a?b=c d":      {"http://localhost:81/a?b=c%20d", "localhost:81", "/a?b=c%20d", Site{Name: "localhost", Port: 81}},
		"http://localhost:/":                {"http://localhost", "localhost", "/", Site{Name: "localhost", Port: 80, Bare: true}},
		"http://[::1]:81?q":                 {"http://[::1]:81/?q", "[::1]:81", "/?q", Site{Name: "::1", Port: 81}},
		"http://[::1]":                      {"http://[::1]", "[::1]", "/", Site{Name: "::1", Port: 80, Bare: true}},
		"https://api.test/x":                {"https://api.test/x", "api.test", "/x", Site{Secure: true, Name: "api.test", Port: 443}},
		"https://api.test:80":               {"https://api.test:80", "api.test:80", "/", Site{Secure: true, Name: "api.test", Port: 80, Bare: true}},
		"unix:/run/api.sock":                {"unix:/run/api.sock", "localhost", "/", Site{Socket: "/run/api.sock", Bare: true}},
		"unix:/run/api.sock:/":              {"unix:/run/api.sock", "localhost", "/", Site{Socket: "/run/api.sock", Bare: true}},
		"unix:///run/api.sock:/orders?a=ü":  {"unix:/run/api.sock:/orders?a=%C3%BC", "localhost", "/orders?a=%C3%BC", Site{Socket: "/run/api.sock"}},
		"unix:api.sock:/orders":             {"unix:api.sock:/orders", "localhost", "/orders", Site{Socket: "api.sock"}},
		"unix:@api":                         {"unix:@api", "localhost", "/", Site{Socket: "@api", Bare: true}},
		"unix:/tmp/with space and :colon.s": {"unix:/tmp/with space and :colon.s", "localhost", "/", Site{Socket: "/tmp/with space and :colon.s", Bare: true}},
	} {
		got, p := ParseSite(text)
		if p != nil {
			t.Errorf("%s: %v", text, p)
			continue
		}
		want.site.Target = want.target
		if got != want.site || got.String() != want.shown || got.Authority() != want.authority {
			t.Errorf("%s is %+v, shown as %s, authority %s", text, got, got, got.Authority())
		}
	}
}

func TestRefusedSites(t *testing.T) {
	for text, want := range map[string]string{
		"": "write an address", "127.0.0.1:8080": "write an address", "localhost:8080/x": "write an address", "/path": "write an address",
		"http:///path": "names no host", "http://": "names no host", "http://:80/": "names no host", "ftp://127.0.0.1/": `scheme is "ftp"`,
		"http://user:secret@127.0.0.1/": "user or password", "http://secret@127.0.0.1/": "user or password", "http://u:secret/1@127.0.0.1/": "cannot be read",
		"http://127.0.0.1:70000/": `port is "70000"`, "http://127.0.0.1:0/": "port", "http://127.0.0.1:x/": "cannot be read", "http://127.0.0.1:-1/": "cannot be read",
		"http://127.0.0.1/#secret": "fragment is never sent", "http://127.0.0.1#x": "fragment", "http://127.0.0.1/%": "write %25",
		"http://127.0.0.1/\n": "control character", "http://127.0.0.1/\x00": "control character", "http://[fe80::1%25eth0]/": "without a zone",
		"http://bücher.test/": "xn--", "http://a b/": "cannot be read", "http://[::1/": "cannot be read",
		"unix:": "no path of a socket", "unix://host/run": "no path of a socket", "unix::/orders": "no path of a socket", "unix:/a\x00b": "control character",
		"unix:/" + strings.Repeat("a", longestSocket): "no socket more than", "unix:/a:/#x": "fragment",
	} {
		_, p := ParseSite(text)
		if p == nil || !strings.Contains(p.Error(), want) || p.Remedy == "" || strings.Contains(p.Error(), "secret") {
			t.Errorf("%q: %v, want %q and a remedy", text, p, want)
		}
	}
}

// TestSiteIsRead: a site is read as it is shown, and its target can be sent.
func TestSiteIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"http://", "https://", "unix:", ""}).Draw(t, "scheme") +
			rapid.OneOf(rapid.SampledFrom([]string{"localhost:8080/", "[::1]/", "/run/s:/", "a.test"}), rapid.String()).Draw(t, "place") +
			rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,20}`)).Draw(t, "target")
		s, p := ParseSite(text)
		if p != nil {
			return
		}
		again, p := ParseSite(s.String())
		if p != nil || again != s {
			t.Fatalf("%q is %+v, and read again %+v, %v", text, s, again, p)
		}
		d := Draft{Path: s.Target, Authority: s.Authority()}
		m, problems := NewMessage(d)
		if len(problems) > 0 || m.Target() != s.Target {
			t.Fatalf("%q: %v, sent as %q", s.Target, problems, m.Target())
		}
		if err := read(m, d); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

func TestAddress(t *testing.T) {
	for _, c := range []struct {
		address                     Address
		network, dialled, addressee string
		local                       bool
	}{
		{Address{TCP: netip.MustParseAddrPort("127.0.0.1:80")}, "tcp", "127.0.0.1:80", "127.0.0.1", true},
		{Address{TCP: netip.MustParseAddrPort("[::1]:81")}, "tcp", "[::1]:81", "[::1]:81", true},
		{Address{TCP: netip.MustParseAddrPort("[::1]:80")}, "tcp", "[::1]:80", "[::1]", true},
		{Address{TCP: netip.MustParseAddrPort("[::ffff:127.0.0.1]:81")}, "tcp", "[::ffff:127.0.0.1]:81", "127.0.0.1:81", true},
		{Address{TCP: netip.MustParseAddrPort("192.0.2.1:81")}, "tcp", "192.0.2.1:81", "192.0.2.1:81", false},
		{Address{Socket: "/run/s"}, "unix", "/run/s", "localhost", true},
		{Address{}, "tcp", "invalid AddrPort", "invalid IP:0", false},
	} {
		a := c.address
		if a.Network() != c.network || a.String() != c.dialled || a.Authority() != c.addressee || a.IsLocal() != c.local {
			t.Errorf("%+v: %s, %s, %s, local %v", c, a.Network(), a, a.Authority(), a.IsLocal())
		}
	}
}
