package bench

import (
	"strings"
	"testing"
)

func TestParseStatuses(t *testing.T) {
	for text, want := range map[string]struct {
		count int
		back  string
	}{
		"200": {1, "200"}, "2xx": {100, "2xx"}, "2XX,302": {101, "2xx,302"}, " 302 , 2xx ": {101, "2xx,302"}, "2xx,204": {100, "2xx"},
		"401,200,401": {2, "200,401"}, "2xx,3xx,4xx,5xx": {400, "2xx,3xx,4xx,5xx"}, "600": {1, "600"}, "999,200": {2, "200,999"}, "9xx,6xx": {200, "6xx,9xx"}, "200,299": {2, "200,299"},
	} {
		got, err := ParseStatuses(text)
		if err != nil || len(got) != want.count || got.String() != want.back {
			t.Errorf("%q: %d statuses, %s, %v; want %d, %s", text, len(got), got, err, want.count, want.back)
		}
	}
	for _, bad := range []string{"", ",", "2xx,", "101", "1xx", "199", "0", "099", "1000", "10xx", "xx", "20x", "22xx", "-200", "+200", "ok", "2xx 302", "200-299"} {
		if got, err := ParseStatuses(bad); err == nil || !strings.Contains(err.Error(), "2xx,302") {
			t.Errorf("%q: %v, %v; want an error with a remedy", bad, got, err)
		}
	}
}
