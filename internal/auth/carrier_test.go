package auth

import (
	"strings"
	"testing"

	"authbench/bench"
)

func TestCarrierReadsOneCredential(t *testing.T) {
	apiKey := carrier{field: "X-API-Key"}
	cookie := carrier{field: "Cookie", cookie: "session"}
	cases := []struct {
		name    string
		carrier carrier
		values  []string
		want    string
		reason  bench.Reason
	}{
		{"usual", bearer, []string{"Bearer abc"}, "abc", bench.ReasonNone},
		{"another case", bearer, []string{"bEARER abc"}, "abc", bench.ReasonNone},
		{"the rest is the credential", bearer, []string{"Bearer  abc d"}, " abc d", bench.ReasonNone},
		{"none", bearer, nil, "", bench.ReasonMissing},
		{"empty", bearer, []string{""}, "", bench.ReasonMissing},
		{"scheme only", bearer, []string{"Bearer"}, "", bench.ReasonMissing},
		{"scheme and space", bearer, []string{"Bearer "}, "", bench.ReasonMissing},
		{"another scheme", bearer, []string{"Basic abc"}, "", bench.ReasonMissing},
		{"a longer scheme", bearer, []string{"Bearers abc"}, "", bench.ReasonMissing},
		{"a tab", bearer, []string{"Bearer\tabc"}, "", bench.ReasonMissing},
		{"two", bearer, []string{"Bearer abc", "Bearer abc"}, "", bench.ReasonDuplicate},
		{"one and an empty one", bearer, []string{"Bearer abc", ""}, "", bench.ReasonDuplicate},
		{"longest", bearer, []string{"Bearer " + strings.Repeat("a", maxCredential)}, strings.Repeat("a", maxCredential), bench.ReasonNone},
		{"too large", bearer, []string{"Bearer " + strings.Repeat("a", maxCredential+1)}, "", bench.ReasonTooLarge},
		{"no scheme", apiKey, []string{"abc"}, "abc", bench.ReasonNone},
		{"cookie", cookie, []string{"session=abc"}, "abc", bench.ReasonNone},
		{"cookie among others", cookie, []string{"a=b; session=a=b; session2=x", "c; Session=y"}, "a=b", bench.ReasonNone},
		{"cookie in the second field", cookie, []string{"a=b", "session=abc"}, "abc", bench.ReasonNone},
		{"cookie within another", cookie, []string{"a=session=abc"}, "", bench.ReasonMissing},
		{"no cookie", cookie, nil, "", bench.ReasonMissing},
		{"cookie of no value", cookie, []string{"session="}, "", bench.ReasonMissing},
		{"cookie of no value, and one", cookie, []string{"session=; session=abc"}, "", bench.ReasonDuplicate},
		{"two cookies", cookie, []string{"session=abc;session=abc"}, "", bench.ReasonDuplicate},
		{"two cookies in two fields", cookie, []string{"session=abc", "session=abc"}, "", bench.ReasonDuplicate},
		{"cookie and white space", cookie, []string{"session= abc"}, " abc", bench.ReasonNone},
		{"cookie too large", cookie, []string{"session=" + strings.Repeat("a", maxCredential+1)}, "", bench.ReasonTooLarge},
		{"no scheme, empty", apiKey, []string{""}, "", bench.ReasonMissing},
	}
	for _, c := range cases {
		got, reason := c.carrier.read(request{c.carrier.field: c.values})
		if string(got) != c.want || reason != c.reason {
			t.Errorf("%s: %.20q, %v; want %.20q, %v", c.name, got, reason, c.want, c.reason)
		}
	}
}
