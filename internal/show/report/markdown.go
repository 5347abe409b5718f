package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/show/figure"
)

// Table writes the decision table alone, as Markdown.
func Table(w io.Writer, s *analysis.Summary) error {
	return tableAlone(w, decisionTable(s.Labelled()))
}

// Revocations writes the table of revocations alone, as Markdown.
func Revocations(w io.Writer, s *analysis.Summary) error {
	return tableAlone(w, revocationTableOf(s.Labelled()))
}

func tableAlone(w io.Writer, t table) error {
	var out bytes.Buffer
	writeTable(&out, t)
	return flush(w, "the table", &out)
}

func writeTable(out *bytes.Buffer, t table) {
	writeGrid(out, t.text(true))
}

// writeGrid writes rows of text, the first one as a head.
func writeGrid(out *bytes.Buffer, rows [][]string) {
	escaped := make([][]string, len(rows))
	for i, r := range rows {
		for _, text := range r {
			escaped[i] = append(escaped[i], markdown(text))
		}
	}
	writeRows(out, escaped)
}

// writeRows is [writeGrid] for cells that are Markdown already.
func writeRows(out *bytes.Buffer, rows [][]string) {
	for i, r := range rows {
		fmt.Fprintf(out, "| %s |\n", strings.Join(r, " | "))
		if i == 0 {
			fmt.Fprintf(out, "| :-- | %s |\n", strings.Join(repeat("--:", len(r)-1), " | "))
		}
	}
}

func repeat(text string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = text
	}
	return out
}

// Markdown writes report.md: the answer, the table, the first figures; the rest
// is folded. Figures are linked as they lie beside it in [FigureDir].
func Markdown(w io.Writer, a *analysis.Analysis, figures []figure.Figure) error {
	s := a.Summary.Labelled()
	words, t := wordsOf(s), decisionTable(s)
	var out bytes.Buffer
	fmt.Fprintf(&out, "# %s: %s\n\n%s\n\n", markdown(s.Scenario), s.Validity, markdown(s.Question))
	fmt.Fprintf(&out, "**%s** %s\n\n", markdown(words.Verdict), markdown(words.Answer[0]))
	if len(t.Columns) > 0 {
		writeTable(&out, t)
	}
	for _, more := range furtherTables(s) {
		out.WriteByte('\n')
		if more.Lead != "" {
			fmt.Fprintf(&out, "%s\n\n", markdown(more.Lead))
		}
		writeTable(&out, more.table)
	}
	writeLimits(&out, s.Limits)
	for _, text := range append(words.Answer[1:], words.Health) {
		fmt.Fprintf(&out, "\n%s\n", markdown(text))
	}
	writeFailures(&out, failuresOf(s))
	writeFigures(&out, figures)
	writeNotes(&out, notesOf(s, t))
	var lines []string
	for _, f := range facts(s) {
		lines = append(lines, f.Name+": "+markdown(f.Text))
	}
	fold(&out, "Where and how")
	fmt.Fprintf(&out, "%s\n\nAll intervals and metrics are in [report.html](report.html), every slice in [result.jsonl](result.jsonl).\n\n</details>\n", strings.Join(lines, "<br>"))
	return flush(w, "report.md", &out)
}

// fold begins what is folded away under a title. Behind another such part it needs no
// blank line.
func fold(out *bytes.Buffer, title string) {
	if !bytes.HasSuffix(out.Bytes(), []byte("</details>\n")) {
		out.WriteByte('\n')
	}
	fmt.Fprintf(out, "<details><summary>%s</summary>\n\n", title)
}

// writeFigures shows the two figures that answer the question, costs and
// latency, and folds the others.
func writeFigures(out *bytes.Buffer, figures []figure.Figure) {
	const shown = 2
	for i, f := range figures {
		if i == shown {
			fold(out, "More figures")
		}
		if i == 0 {
			out.WriteByte('\n')
		}
		fmt.Fprintf(out, "![%s](%s/%s.svg)\n", markdown(f.Alt), FigureDir, f.Name)
	}
	if len(figures) > shown {
		fmt.Fprintf(out, "\n</details>\n")
	}
}

func writeNotes(out *bytes.Buffer, notes []note) {
	if len(notes) == 0 {
		return
	}
	fold(out, "Warnings ("+plural(len(notes), "entry", "entries")+")")
	for _, t := range todos(abridge(notes)) {
		fmt.Fprintf(out, "- %s:\n", markdown(t.Title))
		for _, n := range t.Notes {
			fmt.Fprintf(out, "  - **%s** %s (%s)\n", n.Level, markdown(n.Line()), markdown(n.Code))
		}
		for _, r := range t.Rest {
			fmt.Fprintf(out, "  - … and %s like it (%s)\n", plural(r.Count, "more", "more"), markdown(r.Code))
		}
	}
	fmt.Fprintf(out, "\n</details>\n")
}
