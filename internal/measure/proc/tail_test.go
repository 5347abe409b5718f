package proc

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Whatever is written in whatever pieces, the tail is the end of it.
func TestTailKeepsTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []byte
		kept := &tail{}
		for range rapid.IntRange(0, 6).Draw(t, "writes") {
			piece := bytes.Repeat(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "piece"), rapid.IntRange(1, 200).Draw(t, "times"))
			if n, err := kept.Write(piece); n != len(piece) || err != nil {
				t.Fatalf("Write: %d, %v; want %d, nil", n, err, len(piece))
			}
			all = append(all, piece...)
		}
		want := all[max(0, len(all)-tailBytes):]
		if !bytes.Equal(kept.kept, want) {
			t.Fatalf("kept %d bytes, want the last %d of %d", len(kept.kept), len(want), len(all))
		}
		if cut := strings.HasPrefix(kept.String(), "…"); len(all) > tailBytes && !cut {
			t.Fatal("the text does not say that it was cut")
		}
	})
}

func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"plain", "\x1b[2J", "a\nb", "\xff\xfe", "\u202etxt", "ü€😀", `quote " backslash \`, "\u0085\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		escaped := escape(s)
		if !utf8.ValidString(escaped) {
			t.Fatalf("escape(%q) is not UTF-8", s)
		}
		for _, r := range escaped {
			if !unicode.IsPrint(r) {
				t.Fatalf("escape(%q) holds %q", s, r)
			}
		}
		if printable := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0; printable && utf8.ValidString(s) && escaped != s {
			t.Fatalf("escape(%q) = %q, want it unchanged", s, escaped)
		}
	})
}

func TestWithoutOutput(t *testing.T) {
	p := &Process{output: new(tail)}
	if _, err := p.output.Write([]byte("Authorization: Bearer secret")); err != nil {
		t.Fatal(err)
	}
	text := "arm a: " + p.quote(errors.New("exit status 9")).Error()
	if got := WithoutOutput(text); got != "arm a: exit status 9" || got == text {
		t.Errorf("%q without output is %q", text, got)
	}
}

// What a runner of CI would take for a command is none, wherever it stands, and lines
// stay lines.
func TestDefuse(t *testing.T) {
	for text, want := range map[string]string{
		"a\nb":              "a\nb",
		"std::string x":     "std::string x",
		"95\u00a0%":         "95\u00a0%",
		"::error::x":        ": :error::x",
		"\u00a0::x\n \t::y": "\u00a0: :x\n \t: :y",
		"x ##[error]y":      "x ## [error]y",
	} {
		if got := Defuse(text); got != want {
			t.Errorf("Defuse(%q) = %q, want %q", text, got, want)
		}
	}
	kept := &tail{}
	if _, err := kept.Write([]byte("##[group]x\r\n\t::error::y\x1b[2J\r::z")); err != nil {
		t.Fatal(err)
	}
	if got := kept.String(); got != `## [group]x\r\n\t::error::y\x1b[2J\r::z` {
		t.Errorf("on one line: %q", got)
	}
	if got := kept.lines(); got != "## [group]x\n    : :error::y"+`\x1b[2J\r::z` {
		t.Errorf("on its lines: %q", got)
	}
}
