package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes foreign text fit for one line: line breaks and tabs become spaces;
// what would steer a terminal or reorder text (control and format characters,
// private ones, bytes that are not UTF-8) is shown by its number.
func clean(text string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
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

// Clean makes foreign text fit for one line of a terminal or a page.
func Clean(text string) string { return clean(text) }

// inert makes a line of output no workflow command: CI systems obey lines that
// begin with "::", blanks before it notwithstanding, and "##[" anywhere.
func inert(line string) string {
	line = strings.ReplaceAll(line, "##[", "## [")
	if blanks := len(line) - len(strings.TrimLeft(line, " ")); strings.HasPrefix(line[blanks:], "::") {
		return line[:blanks] + `\` + line[blanks:]
	}
	return line
}

// markdownSpecial are the characters that mean something in GitHub's Markdown
// within a line or a table cell. "<", ">" and "&" become entities besides.
const markdownSpecial = "\\`*_[]|~#$!@"

// markdown escapes text for a line of Markdown.
func markdown(text string) string {
	var b strings.Builder
	for _, r := range clean(text) {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune(markdownSpecial, r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// commandLine quotes arguments for a POSIX shell, so that the command can be
// copied.
func commandLine(args []string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%"
	quoted := make([]string, len(args))
	for i, a := range args {
		if a != "" && strings.Trim(a, plain) == "" {
			quoted[i] = a
		} else {
			quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return clean(strings.Join(quoted, " "))
}
