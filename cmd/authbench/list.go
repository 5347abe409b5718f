package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"authbench/internal/method/all"
	"authbench/internal/result/limit"
	"authbench/internal/scenario"
	"authbench/internal/show/report"
	"authbench/internal/text/usertext"
)

func listCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "list",
		Short: "Lists the scenarios, the methods and the metrics",
		Args:  exactArgs(0, "write 'list scenarios', 'list methods' or 'list metrics'"),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		&cobra.Command{Use: "scenarios", Short: "Lists the scenarios and the question each answers", Args: cobra.NoArgs, RunE: listScenarios},
		&cobra.Command{Use: "methods", Short: "Lists the methods and their parameters", Args: cobra.NoArgs, RunE: listMethods},
		&cobra.Command{Use: "metrics", Short: "Lists the metrics that --fail-on can limit", Args: cobra.NoArgs, RunE: listMetrics},
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

func listMetrics(c *cobra.Command, _ []string) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "metric\tin short\tvalue\tin\t")
	for _, m := range limit.Metrics() {
		in := map[limit.Source]string{limit.Run: "run", limit.Load: "load", limit.Run | limit.Load: "run, load"}[m.Source]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", m.Name, m.Short, m.Unit.Example(), in, m.Label)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprint(c.OutOrStdout(), `
A limit is [ARM:][CLASS.]METRIC>VALUE or METRIC<VALUE. Beside the classes of statuses,
each status is a metric: status_401. success and status_… are counted for one class of
credentials, too: 'apikey:valid.status_401>0'. 'compare' limits changes of the metrics
of runs, in per cent.
`)
	return err
}

func listMethods(c *cobra.Command, _ []string) error {
	return report.Methods(c.OutOrStdout(), all.Catalogue().Methods(), outputFlags{}.terminal(c.OutOrStdout()))
}
