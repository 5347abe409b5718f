package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"authbench/internal/analysis"
	"authbench/internal/report"
)

// outputFlags say in which form a command prints its result.
type outputFlags struct {
	format  string
	quiet   bool
	noColor bool
}

func (o *outputFlags) register(c *cobra.Command) {
	c.Flags().StringVarP(&o.format, "output", "o", "text", "`form` of the summary: text or json")
	c.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "no progress on standard error")
	c.Flags().BoolVar(&o.noColor, "no-color", false, "no colours (also: NO_COLOR in the environment)")
	c.PreRunE = func(*cobra.Command, []string) error {
		if o.format != "text" && o.format != "json" {
			return usageError(fmt.Errorf("-o %q: choose from text, json", o.format))
		}
		return nil
	}
}

// print writes the summary, and as the last line the result directory (JSON is
// left pure: there the directory is what the caller passed or finds itself).
func (o outputFlags) print(w io.Writer, s *analysis.Summary, dir string) error {
	if o.format == "json" {
		return report.JSON(w, s)
	}
	width := terminalWidth(w)
	color := isTerminal(w) && !o.noColor && os.Getenv("NO_COLOR") == ""
	if err := report.Terminal(w, s, report.TerminalOptions{Width: width, Color: color}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", dir)
	return err
}

// plainWidth is used where there is no terminal to ask: wide enough for the
// table, narrow enough for a CI log.
const plainWidth = 120

func terminalWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return plainWidth
}
