package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"authbench/internal/judge/analysis"
	"authbench/internal/show/export"
	"authbench/internal/show/report"
)

// outputFlags say in which form a command prints its result.
type outputFlags struct {
	format  string
	quiet   bool
	noColor bool
}

// register is for commands that show progress. more are forms besides text and JSON.
func (o *outputFlags) register(c *cobra.Command, more ...string) {
	o.registerForms(c, append([]string{"text", "json"}, more...)...)
	c.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "no progress on standard error")
}

// registerForms is for commands that show no progress. The first form is the
// default.
func (o *outputFlags) registerForms(c *cobra.Command, forms ...string) {
	choice := strings.Join(forms, ", ")
	c.Flags().StringVarP(&o.format, "output", "o", forms[0], "`form` of the output: "+choice)
	c.Flags().BoolVar(&o.noColor, "no-color", false, "no colours (also: NO_COLOR in the environment)")
	c.PreRunE = func(*cobra.Command, []string) error {
		if !slices.Contains(forms, o.format) {
			return usageError(fmt.Errorf("-o %q: choose from %s", o.format, choice))
		}
		return nil
	}
}

// exportForms are the forms for other programs.
var exportForms = []string{"csv", "benchfmt", "openmetrics"}

// print writes the analysis of a run. As text it ends with a line that names the result
// directory.
func (o outputFlags) print(w io.Writer, a *analysis.Analysis, dir string) error {
	switch {
	case o.format == "json":
		return report.JSON(w, &a.Summary)
	case slices.Contains(exportForms, o.format):
		return o.export(w, export.One(a), nil)
	}
	if err := report.Terminal(w, &a.Summary, o.terminal(w)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", dir)
	return err
}

// export writes results in one of the export forms.
func (o outputFlags) export(w io.Writer, results []export.Result, changes []analysis.Change) error {
	switch o.format {
	case "csv":
		return export.CSV(w, results, changes)
	case "benchfmt":
		return export.Benchfmt(w, results)
	}
	return export.OpenMetrics(w, results, changes, false)
}

// terminal returns the abilities of w, limited by the user's flags.
func (o outputFlags) terminal(w io.Writer) report.TerminalOptions {
	color := isTerminal(w) && !o.noColor && os.Getenv("NO_COLOR") == ""
	return report.TerminalOptions{Width: terminalWidth(w), Color: color}
}

// hasUnicode reports whether the locale is one of Unicode (POSIX: the first variable that is set
// counts).
func hasUnicode() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToUpper(os.Getenv(name)); locale != "" {
			return strings.Contains(locale, "UTF-8") || strings.Contains(locale, "UTF8")
		}
	}
	return false
}

// plainWidth is the width without a terminal: wide enough for the table, narrow enough for a CI
// log.
const plainWidth = 120

func terminalWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return plainWidth
}
