package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"authbench/internal/method/all"
	"authbench/internal/result/limit"
	"authbench/internal/scenario"
	"authbench/internal/show/report"
)

func listCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "list",
		Short: "Lists the scenarios, the methods and the metrics",
		Args:  exactArgs(0, "write 'list scenarios', 'list methods' or 'list metrics'"),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		&cobra.Command{Use: "scenarios", Short: "Lists the scenarios and the question each answers", Args: exactArgs(0, "it lists all of them"), RunE: listScenarios},
		&cobra.Command{Use: "methods", Short: "Lists the methods and their parameters", Args: exactArgs(0, "it lists all of them"), RunE: listMethods},
		&cobra.Command{Use: "metrics", Short: "Lists the metrics that --fail-on can limit", Args: exactArgs(0, "it lists all of them"), RunE: listMetrics},
	)
	return c
}

func listScenarios(c *cobra.Command, _ []string) error {
	var rows [][]string
	for _, info := range scenario.List() {
		rows = append(rows, []string{info.Name, info.Question})
	}
	return listed(c, rows)
}

// listed writes rows as wide as the terminal is.
func listed(c *cobra.Command, rows [][]string) error {
	return report.List(c.OutOrStdout(), rows, outputFlags{}.terminal(c.OutOrStdout()))
}

func listMetrics(c *cobra.Command, _ []string) error {
	rows := [][]string{{"metric", "in short", "value", "in", "is"}}
	for _, m := range limit.Metrics() {
		in := map[limit.Source]string{limit.Run: "run", limit.Load: "load", limit.Run | limit.Load: "run, load"}[m.Source]
		rows = append(rows, []string{m.Name, m.Short, m.Unit.Example(), in, m.Label})
	}
	if err := listed(c, rows); err != nil {
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
