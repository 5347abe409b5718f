package proc

import (
	"fmt"
	"slices"
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

const (
	// firstShown and lastShown are how many lines of an output are shown at most, from its
	// beginning and its end: a panic begins with its reason, a traceback ends with it.
	firstShown, lastShown = 6, 10
	// longestShown is how many characters of a line are: messages fit, and what was
	// minified does not fill the screen.
	longestShown = 200
	// outputMargin stands before each line: it shows who speaks.
	outputMargin = "\n    | "
)

// String returns the beginning and the end of what was kept, each line behind a line break
// and a margin, without blank lines, and with everything escaped that could change how a
// terminal or a report shows it. It is empty if nothing was printed.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(string(t.kept), "\r\n", "\n")) {
		if line = strings.TrimRightFunc(line, unicode.IsSpace); line != "" {
			lines = append(lines, shorten(Defuse(escape(strings.ReplaceAll(line, "\t", "    ")))))
		}
	}
	if t.cut && len(lines) > 0 {
		lines[0] = "…" + lines[0]
	}
	if rest := len(lines) - firstShown - lastShown; rest > 0 {
		lines = slices.Concat(lines[:firstShown], []string{fmt.Sprintf("… %d more lines …", rest)}, lines[firstShown+rest:])
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(outputMargin + line)
	}
	return b.String()
}

// shorten cuts a line.
func shorten(line string) string {
	if runes := []rune(line); len(runes) > longestShown {
		return string(runes[:longestShown]) + "…"
	}
	return line
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
