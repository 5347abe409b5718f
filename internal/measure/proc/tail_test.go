package proc

import (
	"bytes"
	"errors"
	"fmt"
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
		blank := strings.TrimSpace(string(want)) == ""
		if cut := strings.HasPrefix(kept.String(), "\n    | …"); len(all) > tailBytes && !blank && !cut {
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
	if said, output := CutOutput(text); said+output != text || output != "; it printed:\n    | Authorization: Bearer secret" {
		t.Errorf("%q is cut into %q and %q", text, said, output)
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
	if got := kept.String(); got != "\n    | ## [group]x\n    |     : :error::y"+`\x1b[2J\r::z` {
		t.Errorf("on its lines: %q", got)
	}
}

// Of a long output its beginning and its end are shown, and of a long line its beginning.
func TestOutputIsCut(t *testing.T) {
	for _, c := range []struct {
		name, output string
		want         []string // lines, without their margin
	}{
		{"nothing", " \n\n\t\n", nil},
		{"a traceback", "\nTraceback:\n\n  File x\nKeyError: 'y'\n", []string{"Traceback:", "  File x", "KeyError: 'y'"}},
		{"many lines", numbered(1, 40), append(append(strings.Split(strings.TrimSpace(numbered(1, 6)), "\n"), "… 24 more lines …"), strings.Split(strings.TrimSpace(numbered(31, 40)), "\n")...)},
		{"as many as are shown", numbered(1, 16), strings.Split(strings.TrimSpace(numbered(1, 16)), "\n")},
		{"a long line", strings.Repeat("ü", 300), []string{strings.Repeat("ü", 200) + "…"}},
	} {
		kept := &tail{}
		if _, err := kept.Write([]byte(c.output)); err != nil {
			t.Fatal(err)
		}
		want := ""
		for _, line := range c.want {
			want += "\n    | " + line
		}
		if got := kept.String(); got != want {
			t.Errorf("%s: %s\nwant %s", c.name, got, want)
		}
	}
}

// numbered are lines from one number to another.
func numbered(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}
