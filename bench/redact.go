package bench

import (
	"regexp"
	"strings"
)

// settingRule finds a password among the settings of a connection: behind a URL's
// question mark, or in PostgreSQL's own form, "host=h password='a b'".
var settingRule = regexp.MustCompile(`(?i)([a-z_]*(?:pass|pwd|secret)[a-z_]*\s*=\s*)('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s&;"']+)`)

// bareRule finds user and password before a host without a scheme.
var bareRule = regexp.MustCompile(`[^\s:/@"'=]*:[^\s"']*@`)

// masked stands for what is taken out of a text.
const masked = "xxxxx"

// Redact returns a text without the users and passwords of the URLs in it, and rather
// takes something for one that is none: passwords should be escaped; those that are not
// have blanks, slashes, and "@" in them.
func Redact(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		lines[i] = redactLine(line)
	}
	return strings.Join(lines, "")
}

const schemeEnd = "://"

// redactLine cuts a line before each scheme: what reaches from "://" to the last "@"
// before the next one is a user.
func redactLine(line string) string {
	parts := strings.Split(line, schemeEnd)
	var out strings.Builder
	out.WriteString(redactSettings(parts[0]))
	for i, part := range parts[1:] {
		next := "" // the scheme of the next part
		if i+2 < len(parts) {
			at := strings.LastIndexFunc(part, func(r rune) bool { return !isSchemeRune(r) }) + 1
			part, next = part[:at], part[at:]
		}
		if at := strings.LastIndexByte(part, '@'); at >= 0 {
			part = masked + part[at:]
		}
		out.WriteString(schemeEnd + settingRule.ReplaceAllString(part, "${1}"+masked) + next)
	}
	return out.String()
}

func redactSettings(text string) string {
	return settingRule.ReplaceAllString(bareRule.ReplaceAllString(text, masked+"@"), "${1}"+masked)
}

func isSchemeRune(r rune) bool {
	return 'a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("+-.", r)
}
