package bench

import (
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"redis://:geheim@127.0.0.1:6379/0":          "redis://xxxxx@127.0.0.1:6379/0",
		"redis://user:geheim@127.0.0.1:6379/0":      "redis://xxxxx@127.0.0.1:6379/0",
		"postgres://u:geheim@a/b@localhost/x?a=b":   "postgres://xxxxx@localhost/x?a=b",
		"a=postgres://u:geheim@h/x b=redis://:g@h":  "a=postgres://xxxxx@h/x b=redis://xxxxx@h",
		"postgres://h/x?password=geheim&a=b":        "postgres://h/x?password=xxxxx&a=b",
		"{store_url: 'redis://:geheim@h', pool: 3}": "{store_url: 'redis://xxxxx@h', pool: 3}",
		"redis://127.0.0.1:6379/0":                  "redis://127.0.0.1:6379/0",
		"redis://geheim@127.0.0.1:6379/0":           "redis://xxxxx@127.0.0.1:6379/0",
		"mail a:geheim@c":                           "mail xxxxx@c",
		"mail a@c":                                  "mail a@c",
		"s.yaml:3:5: launches":                      "s.yaml:3:5: launches",
		"http://u:ge heim@h:80/p":                   "http://xxxxx@h:80/p",
		"http://u:geh%65im@h":                       "http://xxxxx@h",
		"http://u:geh\u00e9im\u202e@h":              "http://xxxxx@h",
		"http://u:[geheim]@[::1]:80/":               "http://xxxxx@[::1]:80/",
		"http://u:geheim#?x@h/":                     "http://xxxxx@h/",
		`parse "http://u:ge heim@h": invalid`:       `parse "http://xxxxx@h": invalid`,
		"u:geheim@h:5432/db":                        "xxxxx@h:5432/db",
		"host=h user=u password=geheim dbname=d":    "host=h user=u password=xxxxx dbname=d",
		"host=h password='ge heim\\' x' dbname=d":   "host=h password=xxxxx dbname=d",
		`host=h password = "ge heim" sslpassword=x`: "host=h password = xxxxx sslpassword=xxxxx",
		"one redis://:g@h\ntwo redis://h\nmail x@y": "one redis://xxxxx@h\ntwo redis://h\nmail x@y",
	} {
		if got := Redact(text); got != want {
			t.Errorf("%s\nis shown as %s,\nwant        %s", text, got, want)
		}
		if got := Redact(Redact(text)); got != want {
			t.Errorf("%s: shown twice it is %s", text, got)
		}
	}
}

// No password is left, wherever in a text the URL is.
func FuzzRedact(f *testing.F) {
	for _, seed := range []string{"", "@", "a b", "p/q?r#s", "://", "\n", "'", "%zz", "[::1]"} {
		f.Add(seed, "x", "h")
	}
	f.Fuzz(func(t *testing.T, odd, before, host string) {
		if strings.ContainsAny(odd, "\n") || strings.Contains(odd+before+host, schemeEnd) || strings.ContainsAny(host, "@") || strings.Contains(host+before, "s3cret") {
			t.Skip()
		}
		if got := Redact(before + "://u:s3cret" + odd + "@" + host); strings.Contains(got, "s3cret") {
			t.Errorf("it is left in %q", got)
		}
	})
}
