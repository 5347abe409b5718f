package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"authbench/internal/judge/analysis"
	"authbench/internal/show/report"
)

func poolCommand() *cobra.Command {
	var all bool
	var output outputFlags
	c := &cobra.Command{
		Use:   "pool RUN...",
		Short: "Puts several runs of one scenario and machine together",
		Long: `pool reads result directories, or result.jsonl files, of one scenario on one
machine. The intervals of one report are over the launches of one run, and speak of that
run. Here the run is the unit: every figure has the mean over the runs, the interval
that holds the figure of another run on this machine (95 %), and the variation between
runs apart from that within a run. Six runs or more make a useful interval.

Runs of other scenarios or machines are refused, and so is a run that is named twice.
Two machines whose results describe them alike cannot be told apart.`,
		Example: `  authbench pool results/*-quick-run*
  authbench pool results/a results/b results/c -o json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageError(fmt.Errorf("%s takes 2 runs or more, got %d: name the result directories of one scenario on one machine", c.CommandPath(), len(args)))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return poolResults(c.OutOrStdout(), args, all, output)
		},
	}
	c.Flags().BoolVar(&all, "all", false, "take invalid runs in")
	output.registerForms(c, "text", "json", "markdown")
	return c
}

func poolResults(w io.Writer, paths []string, all bool, o outputFlags) error {
	var runs []analysis.NamedRun
	for _, path := range paths {
		run, err := readResult(path)
		if err != nil {
			return err
		}
		runs = append(runs, analysis.NamedRun{Path: path, Run: run})
	}
	pooled, err := analysis.Pool(runs, all)
	var refused *analysis.Unpoolable
	switch {
	case errors.As(err, &refused) && refused.Invalid:
		return &exitError{exitInvalid, err}
	case errors.As(err, &refused):
		return usageError(err)
	case err != nil:
		return err
	}
	switch o.format {
	case "json":
		return report.JSON(w, pooled)
	case "markdown":
		return report.PooledMarkdown(w, pooled)
	}
	return report.Pooled(w, pooled, o.terminal(w))
}
