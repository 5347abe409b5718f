package proc

import (
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// tailBytes is how much of a process's output is kept: a panic with its stack
// fits, and an error message stays readable.
const tailBytes = 4 << 10

// tail keeps the last tailBytes of what is written to it.
type tail struct {
	mu   sync.Mutex // guards the fields: output may outlive the process
	kept []byte
	cut  bool
}

// Write never fails: a process must not block, or die of SIGPIPE, because it
// prints a lot.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if surplus := len(t.kept) - tailBytes; surplus > 0 {
		t.cut = true
		t.kept = append(t.kept[:0], t.kept[surplus:]...)
	}
	return len(p), nil
}

// String returns what was kept on one line, with everything escaped that could
// change how a terminal or a report shows it.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.ReplaceAll(escape(strings.TrimSpace(string(t.kept))), "##[", "## [")
	if t.cut {
		return "…" + text
	}
	return text
}

// lines returns what was kept, on as many lines as it was printed on, with everything
// else escaped.
func (t *tail) lines() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.ReplaceAll(strings.TrimSpace(string(t.kept)), "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = escape(strings.ReplaceAll(line, "\t", "    "))
	}
	text := Defuse(strings.Join(lines, "\n"))
	if t.cut {
		return "…" + text
	}
	return text
}

// Defuse changes what runners of CI systems take for commands, in a text that may quote a
// foreign program: "::" at the beginning of a line, indented or not, and "##[" anywhere.
func Defuse(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if rest := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(rest, "::") {
			line = line[:len(line)-len(rest)] + ": " + rest[1:]
		}
		lines[i] = strings.ReplaceAll(line, "##[", "## [")
	}
	return strings.Join(lines, "\n")
}

// escape writes every rune that is not printable as Go does in a string.
func escape(s string) string {
	var b strings.Builder
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || !unicode.IsPrint(r) {
			quoted := strconv.Quote(s[i : i+size])
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
