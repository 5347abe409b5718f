package report

import (
	"strings"

	"authbench/internal/text/usertext"
)

// inert keeps a line of output from being a workflow command. CI systems obey lines that begin
// with "::", even after blanks, or that contain "##[".
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
	for _, r := range usertext.Clean(text) {
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
