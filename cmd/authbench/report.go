package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"authbench/internal/analysis"
	"authbench/internal/report"
	"authbench/internal/result"
)

func reportCommand() *cobra.Command {
	var o outputFlags
	c := &cobra.Command{
		Use:   "report DIR",
		Short: "Analyses a result again and renders its reports",
		Long: `report reads DIR/result.jsonl, which may be of an interrupted or killed run, and
writes summary.json, report.md, report.html and the figures beside it.`,
		Example: "  authbench report results/20260101T120000Z-quick-1a2b3c",
		Args:    exactArgs(1, "name the directory that 'authbench run' printed"),
		RunE: func(c *cobra.Command, args []string) error {
			_, err := render(c, args[0], o)
			return err
		},
	}
	o.register(c)
	return c
}

// render analyses a result, writes its reports beside it and prints its summary.
func render(c *cobra.Command, dir string, o outputFlags) (*analysis.Summary, error) {
	run, err := result.Read(dir)
	if err != nil {
		return nil, err
	}
	a, err := analysis.Analyze(run)
	if err != nil {
		return nil, fmt.Errorf("analyse %s: %w", dir, err)
	}
	// A full disk takes the files; what is printed needs none.
	return &a.Summary, errors.Join(report.WriteAll(dir, a), o.print(c.OutOrStdout(), &a.Summary, dir))
}

// exactArgs is cobra.ExactArgs with a remedy and the exit code of a usage error.
func exactArgs(n int, remedy string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError(fmt.Errorf("%s takes %d argument(s), got %d: %s", c.CommandPath(), n, len(args), remedy))
		}
		return nil
	}
}
