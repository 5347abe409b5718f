package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/internal/auth"
	"authbench/internal/scenario"
	"authbench/internal/usertext"
)

func listCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "list",
		Short: "Lists the scenarios and the methods",
		Args:  exactArgs(0, "write 'list scenarios' or 'list methods'"),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		&cobra.Command{Use: "scenarios", Short: "Lists the scenarios and the question each answers", Args: cobra.NoArgs, RunE: listScenarios},
		&cobra.Command{Use: "methods", Short: "Lists the methods and their parameters", Args: cobra.NoArgs, RunE: listMethods},
	)
	return c
}

func listScenarios(c *cobra.Command, _ []string) error {
	w := tabwriter.NewWriter(usertext.Writer{Writer: c.OutOrStdout()}, 0, 0, 2, ' ', 0)
	for _, info := range scenario.List() {
		fmt.Fprintf(w, "%s\t%s\n", info.Name, usertext.Clean(info.Question))
	}
	return w.Flush()
}

func listMethods(c *cobra.Command, _ []string) error {
	w := tabwriter.NewWriter(usertext.Writer{Writer: c.OutOrStdout()}, 0, 0, 2, ' ', 0)
	for _, m := range auth.Catalogue().Methods() {
		fmt.Fprintf(w, "%s\t%s\n", m.ID, m.Summary)
		for _, p := range m.Params {
			fmt.Fprintf(w, "  %s\t%s\t%s\n", p.Name, p.Doc, paramValues(p))
		}
	}
	return w.Flush()
}

// paramValues shows what a parameter may be, its default first in brackets.
func paramValues(p bench.ParamSpec) string {
	text := strings.Join(p.Values, " | ")
	switch {
	case text == "" && p.Kind == bench.IntParam:
		text = fmt.Sprintf("%d … %d", p.Min, p.Max)
	case p.Kind == bench.DurationParam:
		text = fmt.Sprintf("%v … %v", time.Duration(p.Min)*time.Millisecond, time.Duration(p.Max)*time.Millisecond)
	}
	if p.Default != "" {
		text += fmt.Sprintf(" (default %s)", p.Default)
	}
	return text
}
