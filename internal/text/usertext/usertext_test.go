package usertext

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	"pgregory.net/rapid"
)

func TestReader(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"\r":                         "\n",
		"a":                          "a",
		"a\nb":                       "a\nb",
		"a\r\nb\r\n":                 "a\nb\n",
		"a\rb\r":                     "a\nb\n",
		"a\r\r\nb\n\rc":              "a\n\nb\n\nc",
		"\xef\xbb\xbfa\r\n":          "a\n",
		"\xef\xbb\xbf":               "",
		"a\xef\xbb\xbfb":             "a\xef\xbb\xbfb",
		"ä\n":                        "ä\n",
		"ab\x00c":                    "ab\x00c",
		strings.Repeat("x\r\n", 9e3): strings.Repeat("x\n", 9e3),
	} {
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader, "halves": iotest.HalfReader, "with error": iotest.DataErrReader,
		} {
			got, err := ReadAll("f", wrap(strings.NewReader(in)))
			if err != nil || string(got) != want {
				t.Errorf("%s: %.40q gives %.40q (%v), want %.40q", name, in, got, err, want)
			}
		}
	}
}

func TestWideIsRefused(t *testing.T) {
	for _, in := range []string{
		"\xff\xfea\x00\n\x00", "\xfe\xff\x00a\x00\n", "a\x00b\x00", "\x00a\x00b", "a\x00", "\xff\xfe\x00\x00a\x00\x00\x00",
		"\x00\x00\xfe\xff\x00\x00\x00a", "a\x00\x00\x00b\x00\x00\x00", "\xff\xfe",
	} {
		_, err := ReadAll("keys.txt", strings.NewReader(in))
		if err == nil || !strings.Contains(err.Error(), "keys.txt:1:1: ") || !strings.Contains(err.Error(), "UTF-8") {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestErrorsOfTheFile(t *testing.T) {
	if _, err := ReadAll("f", iotest.ErrReader(io.ErrUnexpectedEOF)); err != io.ErrUnexpectedEOF {
		t.Errorf("got %v", err)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":        "plain",
		"a\x1b[2Jb":    `a\u001b[2Jb`,
		"a\u202eb":     `a\u202eb`,
		"a\u2066b":     `a\u2066b`,
		"a\r\n\tb":     "a   b",
		"\u2028\u0085": `\u2028\u0085`,
		"\xff\u009b":   `\xff\u009b`,
		"\ufeff":       `\ufeff`,
		"µ ± × – 日本":   "µ ± × – 日本",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
	var out strings.Builder
	if n, err := (Writer{&out}).Write([]byte("a\tb\nc\rd\x07\n")); n != 9 || err != nil || out.String() != "a\tb\nc d\\u0007\n" {
		t.Errorf("%d, %v: %q", n, err, out.String())
	}
}

// Escaped JSON says the same, and steers nothing.
func TestEscapeJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text") + "\u202e\U000e0001\x1b"
		document, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		escaped := EscapeJSON(document)
		var back string
		if err := json.Unmarshal(escaped, &back); err != nil || back != text {
			t.Fatalf("%q became %q (%v)", text, back, err)
		}
		for _, r := range string(escaped) {
			if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) {
				t.Fatalf("%q has %U", escaped, r)
			}
		}
	})
}

func TestCommandLine(t *testing.T) {
	got := CommandLine([]string{"authbench", "run", "--set", "arms[apikey].x=1", "it's", "", "$HOME", "a b"})
	if want := `authbench run --set 'arms[apikey].x=1' 'it'\''s' '' '$HOME' 'a b'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
