package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// TerminalOptions say what the terminal can show.
type TerminalOptions struct {
	// Width is its number of columns. Below 80 lines may be longer than it.
	Width int
	Color bool
}

const (
	// leastWidth is what the narrowest layout needs.
	leastWidth = 80
	// readable is the longest line from whose end the eye easily finds the next line.
	readable = 110
)

// Terminal writes a summary for people: the verdict, one line per arm, what is
// tied, what is doubtful, how the generator fared.
func Terminal(w io.Writer, s *analysis.Summary, o TerminalOptions) error {
	p := &printer{width: max(o.Width, leastWidth), color: o.Color}
	s = s.Labelled()
	words, t := wordsOf(s), decisionTable(s)
	p.heading(p.paint(styleOf(s.Validity), words.Mark), reason(mergeAlike(s.Warnings)), s.Scenario+": "+s.Question)
	p.text("", words.Verdict)
	p.blank()
	p.text("", words.Answer[0])
	if len(t.Columns) > 0 {
		p.blank()
		p.table(t)
	}
	for _, more := range furtherTables(s) {
		p.blank()
		if more.Lead != "" {
			p.text("", more.Lead)
			p.blank()
		}
		p.table(more.table)
	}
	if len(words.Answer) > 1 {
		p.blank()
	}
	for _, paragraph := range words.Answer[1:] {
		p.text("", paragraph)
	}
	p.failures(failuresOf(s))
	p.limits(s.Limits)
	p.notes(notesOf(s, t))
	p.blank()
	p.text("", words.Health)
	return flush(w, "the summary", &p.out)
}

// style is an ANSI attribute.
type style string

const (
	strong style = "1"
	green  style = "1;32"
	yellow style = "1;33"
	red    style = "1;31"
	faint  style = "2"
)

func styleOf(v result.Validity) style {
	switch v {
	case result.Valid:
		return green
	case result.Suspicious:
		return yellow
	}
	return red
}

// printer lays lines out.
type printer struct {
	out   bytes.Buffer
	width int
	color bool
}

func (p *printer) paint(s style, text string) string {
	if !p.color {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// flush writes what was composed in out. what names it in the error.
func flush(w io.Writer, what string, out *bytes.Buffer) error {
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}

func (p *printer) blank() { p.out.WriteByte('\n') }

// line writes one line as it is.
func (p *printer) line(text string) {
	text = strings.ReplaceAll(text, "\u00a0", " ") // no-break spaces have kept quantities together so far
	p.out.WriteString(inert(strings.TrimRight(text, " ")) + "\n")
}

// text writes words, which may be foreign text, wrapped beside a lead, which may not.
func (p *printer) text(lead, words string) {
	indent := strings.Repeat(" ", displayWidth(lead))
	line := lead
	empty := true // nothing but the lead or the indent
	for _, word := range strings.Split(usertext.Clean(words), " ") {
		if !empty && displayWidth(line)+1+displayWidth(word) > min(p.width, readable) {
			p.line(line)
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	p.line(line)
}

// displayWidth counts columns: every character that unit prints has one, and the sequences that
// paint adds have none.
func displayWidth(text string) int {
	n := 0
	for text != "" {
		if rest, painted := strings.CutPrefix(text, "\x1b["); painted {
			_, text, _ = strings.Cut(rest, "m")
			continue
		}
		_, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		n++
	}
	return n
}

// table writes a table of arms. It includes intervals that vary if that takes no more blocks.
func (p *printer) table(t table) {
	cells, roomy := t.text(false), t.text(true)
	if p.blocks(widthsOf(roomy)) == p.blocks(widthsOf(cells)) {
		cells = roomy
	}
	p.grid(cells, widthsOf(cells))
}

// tables writes tables below their titles, with the same widths of columns in all of them.
func (p *printer) tables(all []changeTable) {
	var rows [][]string
	for _, t := range all {
		rows = append(rows, t.Rows...)
	}
	for _, t := range all {
		p.blank()
		p.text(p.paint(strong, usertext.Clean(t.Title)), "")
		p.grid(t.Rows, widthsOf(rows))
	}
}

// widthsOf returns how wide each column of some rows must be.
func widthsOf(cells [][]string) []int {
	widths := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, c := range row {
			widths[i] = max(widths[i], displayWidth(c))
		}
	}
	return widths
}

// grid writes rows of cells, the first one as heads. Columns that do not fit go into further
// blocks below, each with the first column repeated.
func (p *printer) grid(cells [][]string, widths []int) {
	for from := 1; from < len(widths) || from == 1; {
		to := p.fitting(widths, from)
		if from > 1 {
			p.blank()
		}
		for i, row := range cells {
			p.row(row, widths, from, to, i == 0)
		}
		from = max(to, from+1)
	}
}

// blocks is how many blocks a grid takes.
func (p *printer) blocks(widths []int) int {
	n := 0
	for from := 1; from < len(widths); from = p.fitting(widths, from) {
		n++
	}
	return n
}

// fitting returns the end of the columns that fit into one block, from from on.
func (p *printer) fitting(widths []int, from int) int {
	const gap = 2
	to, used := from, widths[0]
	for to < len(widths) && (to == from || used+gap+widths[to] <= p.width) {
		used += gap + widths[to]
		to++
	}
	return to
}

// row writes the arm's name and the columns from up to to.
func (p *printer) row(row []string, widths []int, from, to int, head bool) {
	line := usertext.Clean(row[0]) + strings.Repeat(" ", widths[0]-displayWidth(row[0]))
	for i := from; i < to; i++ {
		line += "  " + strings.Repeat(" ", widths[i]-displayWidth(row[i])) + row[i]
	}
	if head {
		line = p.paint(strong, strings.TrimRight(line, " "))
	}
	p.line(line)
}

// notes writes the warnings by what to do; it abridges the less important ones.
func (p *printer) notes(all []note) {
	if len(all) == 0 {
		return
	}
	p.blank()
	p.line(p.paint(strong, "Warnings"))
	for _, t := range todos(abridge(all)) {
		p.text("  ", t.Title+":")
		for _, n := range t.Notes {
			mark := map[bench.Level]style{bench.Void: red, bench.Suspicious: yellow, bench.Info: faint}[n.Level]
			p.text("    "+p.paint(mark, fmt.Sprintf("%-10s", n.Level))+"  ", n.Line()+" ["+n.Code+"]")
		}
		for _, r := range t.Rest {
			p.text(strings.Repeat(" ", 16), "… and "+unit.Count(int64(r.Count))+" more like it ["+r.Code+"]")
		}
	}
}
