package report

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"authbench/bench"
)

func TestMethodsFitTheirWidth(t *testing.T) {
	all := []bench.MethodSpec{
		{ID: "none", Summary: "nothing is checked"},
		{ID: "token", Summary: strings.Repeat("a signed token ", 12), Params: []bench.ParamSpec{
			{Name: "alg", Values: strings.Fields(strings.Repeat("ALGORITHM ", 20)), Required: true, Doc: strings.Repeat("how it is signed ", 9)},
			{Name: "size", Kind: bench.IntParam, Min: 1, Max: 9, Default: "3", Doc: "how large it is"},
			{Name: "ttl", Kind: bench.DurationParam, Min: 1, Max: 60_000, Doc: "how long it lives"},
			{Name: "issuer", Doc: "who signs\x1b[2J"},
		}},
	}
	for _, width := range []int{0, 80, 132} {
		var out bytes.Buffer
		if err := Methods(&out, all, TerminalOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > max(width, 80) {
				t.Errorf("at %d columns a line has %d: %q", width, n, line)
			}
		}
		for _, want := range []string{"none  nothing is checked\n\ntoken  a signed", "\n  size    how large it is\n          1 … 9 (default 3)\n", "\n          1ms … 1m\n", "\\u001b"} {
			if !strings.Contains(text, want) {
				t.Errorf("at %d columns it lacks %q:\n%s", width, want, text)
			}
		}
	}
}
