package consent

import (
	"errors"
	"strings"
	"testing"

	"authbench/bench"
)

// No load goes to the document of consent, in whatever spelling.
func TestCheckRequest(t *testing.T) {
	field := func(name, value string) []bench.Field { return []bench.Field{{Name: name, Value: value}} }
	again := func(n int) string {
		return "/" + strings.Repeat("%25", 1) + strings.Repeat("25", n-1) + "61uthbench-consent"
	}
	for _, c := range []struct {
		target string
		fields []bench.Field
		free   bool
	}{
		{"/", nil, true},
		{"/api/v1?consent=yes", nil, true},
		{"/100%/authbench", nil, true},
		{"/%zz%7e", field("X-Any", "100%25"), true},
		{Path, nil, false},
		{Path + "/", nil, false},
		{Path + "?x=1", nil, false},
		{"/x/.." + Path, nil, false},
		{"//.well-known//authbench-consent;v=1", nil, false},
		{"/.Well-Known/AuthBench-Consent", nil, false},
		{"/.well-known/authbench%2dconsent", nil, false},
		{"/%2e%77ell-known/%61uthbench-consent", nil, false},
		{"/%zz/../.well-known/%61uthbench-consent", nil, false},
		{again(2), nil, false},
		{again(5), nil, false},
		{again(500), nil, false},
		{"/?url=/.well-known/authbench-consent", nil, false},
		{"/", field("X-Original-URL", Path), false},
		{"/", field("X-Rewrite-URL", "/.well-known/authbench%2Dconsent"), false},
	} {
		if err := CheckRequest(c.target, c.fields); (err == nil) != c.free || err != nil && !errors.Is(err, errOwnConsent) {
			t.Errorf("%.60s, %v: %v", c.target, c.fields, err)
		}
	}
}
