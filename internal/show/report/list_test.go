package report

import (
	"bytes"
	"strings"
	"testing"
)

// Words wrap beside the columns before them, and foreign text is harmless.
func TestListWraps(t *testing.T) {
	var out bytes.Buffer
	rows := [][]string{{"a", "what is asked of the first of them, which takes more than one line of a narrow terminal, and more than two of a very narrow one"}, {"longer\x1b[2J", "short"}}
	if err := List(&out, rows, TerminalOptions{Width: 80}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	at := strings.Index(lines[0], "what")
	if len(lines) < 4 || at < len("longer") || !strings.HasPrefix(lines[1], strings.Repeat(" ", at)) || strings.ContainsRune(out.String(), 0x1b) {
		t.Errorf("got\n%s", out.String())
	}
	for _, l := range lines {
		if displayWidth(l) > 80 {
			t.Errorf("a line is wider than the terminal: %q", l)
		}
	}
}
