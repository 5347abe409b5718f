// Package usertext takes in what users and foreign servers wrote, and shows it.
//
// In flow the files that people write (scenarios, lists of credentials, keys, attack
// catalogues): [NewReader] makes one text of what editors and systems make of it, and
// refuses what is none. Out flows text for a terminal: [Clean] and [CleanLines] leave
// nothing in it that could steer it or hide something.
package usertext

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes foreign text fit for one line: line breaks and tabs become spaces;
// what would steer a terminal or reorder text (control and format characters,
// private ones, bytes that are not UTF-8) is shown by its number.
func Clean(text string) string { return clean(text, "") }

// CleanLines is [Clean] for text of several lines: it keeps line breaks and tabs.
func CleanLines(text string) string { return clean(text, "\n\t") }

func clean(text, kept string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case strings.ContainsRune(kept, r):
			b.WriteRune(r)
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case unicode.In(r, unicode.C, unicode.Zl, unicode.Zp):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Writer shows plain text: all that is written through it is cleaned, but for line
// breaks and tabs. A write should end where a character does.
type Writer struct{ io.Writer }

// Write implements [io.Writer].
func (w Writer) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.Writer, CleanLines(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// EscapeJSON writes characters that [Clean] would show by their number as JSON's own
// escapes, so that a document says the same and steers no terminal. Line breaks stay.
func EscapeJSON(document []byte) []byte {
	out := make([]byte, 0, len(document))
	for _, r := range string(document) {
		switch {
		case r == '\n' || r == '\t' || !unicode.In(r, unicode.C, unicode.Zl, unicode.Zp):
			out = utf8.AppendRune(out, r)
		case r > 0xffff: // two UTF-16 halves (RFC 8259 §7)
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
