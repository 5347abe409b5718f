package scenario

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"authbench/internal/text/usertext"
)

// source is a text that may have problems: a file, or one override.
type source struct {
	name string
	// rank orders the sources: the file, then the overrides.
	rank int
	// text is what is parsed, lines what is shown. An override's path is blank
	// in text, so that the positions of its value hold in both.
	text  string
	lines []string
	// secrets are texts that no problem shows; see [source.redacted].
	secrets []string
}

// newFile is the source of a file's text.
func newFile(name string, raw []byte) (*source, error) {
	text, err := usertext.ReadAll(name, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return newSource(name, 0, string(text)), nil
}

// newSource splits text at every character that YAML counts as a line break.
func newSource(name string, rank int, text string) *source {
	breaks := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")
	return &source{name: name, rank: rank, text: text, lines: strings.Split(breaks.Replace(text), "\n")}
}

// place is a position in a source; line and column count from 1, columns in
// characters.
type place struct {
	src          *source
	line, column int
}

// clamp moves p to the nearest position in its text. The YAML library reports a problem at the
// end of the text on an empty line after it.
func (p place) clamp() place {
	lines := p.src.lines
	for p.line > len(lines) || p.line > 1 && p.line == len(lines) && lines[p.line-1] == "" {
		p.line = min(p.line, len(lines)+1) - 1
		p.column = math.MaxInt
		lines = lines[:p.line]
	}
	p.line = max(p.line, 1)
	p.column = min(max(p.column, 1), utf8.RuneCountInString(p.src.lines[p.line-1])+1)
	return p
}

// problem is one mistake, with its position and remedy.
type problem struct {
	place
	text, remedy string
}

const (
	// maxShown is how many problems are shown: about a screen of them.
	maxShown = 10
	// maxWidth bounds a line that is shown; longer ones are cut around the caret.
	maxWidth = 100
)

// problems is the error of this package: everything that is wrong with a file
// and its overrides.
type problems []problem

// sorted returns the problems in the order of their texts, each once.
func (ps problems) sorted() problems {
	out := slices.Clone(ps)
	slices.SortStableFunc(out, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.src.rank, b.src.rank), cmp.Compare(a.line, b.line),
			cmp.Compare(a.column, b.column), cmp.Compare(a.text, b.text))
	})
	return slices.Compact(out)
}

// Error shows the problems, one after the other.
func (ps problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i == maxShown {
			fmt.Fprintf(&b, "\nand %d more", len(ps)-maxShown)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.show())
	}
	return b.String()
}

// show prints one problem: position and text, the line, a caret, the remedy.
func (p problem) show() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s", printable(p.src.name), p.line, p.column, printable(p.src.redacted(p.text)))
	line, column := excerpt(p.src.redacted(p.src.lines[p.line-1]), p.column)
	if line != "" {
		// YAML indents by spaces, so the caret can stand under any column.
		fmt.Fprintf(&b, "\n    %s\n    %s^", line, strings.Repeat(" ", column-1))
	}
	if p.remedy != "" {
		b.WriteString("\n  " + printable(p.remedy))
	}
	return b.String()
}

// printable replaces characters that control a terminal, or are invisible.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return '·'
	}, text)
}

// excerpt returns the part of a line to show, without its indentation, and the
// column within that part.
func excerpt(line string, column int) (string, int) {
	runes := []rune(strings.TrimRight(printable(line), " "))
	column = min(column, len(runes)+1) // of a line that was shortened
	first := 0
	for first < len(runes) && runes[first] == ' ' && first < column-1 {
		first++
	}
	if column-1-first >= maxWidth {
		first = column - 1 - maxWidth/2
	}
	last := min(len(runes), first+maxWidth)
	if first >= last {
		return "", 1
	}
	return string(runes[first:last]), column - first
}

// isEcho reports whether a problem of the validator at path is only the echo
// of one that the decoder found: at the same value, around it or inside it.
func isEcho(path []any, faulty [][]any) bool {
	for _, f := range faulty {
		if len(f) == 0 {
			return true // nothing was read
		}
		if len(path) == 0 {
			continue
		}
		shared := min(len(f), len(path))
		if slices.Equal(f[:shared], path[:shared]) {
			return true
		}
		// If an arm's name could not be read, references to arms cannot be checked.
		namesArm := f[0] == "arms" && (len(f) < 3 || f[2] == "name")
		if namesArm && slices.Contains([]any{"baseline", "ladders", "contrasts"}, path[0]) {
			return true
		}
	}
	return false
}
