package credential

import (
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/credential/credentialtest"
)

func TestCarrierReadsOneCredential(t *testing.T) {
	apiKey := Carrier{Field: "X-API-Key"}
	cookie := Carrier{Field: "Cookie", Cookie: "session"}
	cases := []struct {
		name    string
		carrier Carrier
		values  []string
		want    string
		reason  bench.Reason
	}{
		{"usual", Bearer, []string{"Bearer abc"}, "abc", bench.ReasonNone},
		{"another case", Bearer, []string{"bEARER abc"}, "abc", bench.ReasonNone},
		{"the rest is the credential", Bearer, []string{"Bearer  abc d"}, " abc d", bench.ReasonNone},
		{"none", Bearer, nil, "", bench.ReasonMissing},
		{"empty", Bearer, []string{""}, "", bench.ReasonMissing},
		{"scheme only", Bearer, []string{"Bearer"}, "", bench.ReasonMissing},
		{"scheme and space", Bearer, []string{"Bearer "}, "", bench.ReasonMissing},
		{"another scheme", Bearer, []string{"Basic abc"}, "", bench.ReasonMissing},
		{"a longer scheme", Bearer, []string{"Bearers abc"}, "", bench.ReasonMissing},
		{"a tab", Bearer, []string{"Bearer\tabc"}, "", bench.ReasonMissing},
		{"two", Bearer, []string{"Bearer abc", "Bearer abc"}, "", bench.ReasonDuplicate},
		{"one and an empty one", Bearer, []string{"Bearer abc", ""}, "", bench.ReasonDuplicate},
		{"longest", Bearer, []string{"Bearer " + strings.Repeat("a", MaxBytes)}, strings.Repeat("a", MaxBytes), bench.ReasonNone},
		{"too large", Bearer, []string{"Bearer " + strings.Repeat("a", MaxBytes+1)}, "", bench.ReasonTooLarge},
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
		{"cookie too large", cookie, []string{"session=" + strings.Repeat("a", MaxBytes+1)}, "", bench.ReasonTooLarge},
		{"no scheme, empty", apiKey, []string{""}, "", bench.ReasonMissing},
	}
	for _, c := range cases {
		got, reason := c.carrier.Read(credentialtest.Request{c.carrier.Field: c.values})
		if string(got) != c.want || reason != c.reason {
			t.Errorf("%s: %.20q, %v; want %.20q, %v", c.name, got, reason, c.want, c.reason)
		}
	}
}
