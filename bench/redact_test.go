package bench

import (
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"redis://:geheim@127.0.0.1:6379/0":          "redis://:xxxxx@127.0.0.1:6379/0",
		"redis://user:geheim@127.0.0.1:6379/0":      "redis://user:xxxxx@127.0.0.1:6379/0",
		"postgres://u:geheim@a/b@localhost/x?a=b":   "postgres://u:xxxxx@localhost/x?a=b",
		"a=postgres://u:geheim@h/x b=redis://:g@h":  "a=postgres://u:xxxxx@h/x b=redis://:xxxxx@h",
		"postgres://h/x?password=geheim&a=b":        "postgres://h/x?password=xxxxx&a=b",
		"{store_url: 'redis://:geheim@h', pool: 3}": "{store_url: 'redis://:xxxxx@h', pool: 3}",
		"redis://127.0.0.1:6379/0":                  "redis://127.0.0.1:6379/0",
		"redis://user@127.0.0.1:6379/0":             "redis://user@127.0.0.1:6379/0",
		"mail a:b@c":                                "mail a:b@c",
	} {
		if got := Redact(text); got != want {
			t.Errorf("%s\nis shown as %s,\nwant        %s", text, got, want)
		}
	}
}

func TestPublicScenario(t *testing.T) {
	s := Scenario{Arms: []Arm{{Name: "a", Method: Method{ID: "apikey", Params: Params{"store_url": "redis://:geheim@h", "pool": 3}}}}}
	public := s.Public()
	if got := public.Arms[0].Method.Params.Key(); strings.Contains(got, "geheim") || !strings.Contains(got, "pool=3") {
		t.Errorf("shown as %s", got)
	}
	if got := s.Arms[0].Method.Params.Text("store_url"); got != "redis://:geheim@h" {
		t.Errorf("the scenario itself became %s", got)
	}
}
