package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/result/limit"
	"authbench/internal/show/report"
)

func reportCommand() *cobra.Command {
	var o outputFlags
	var f limitFlags
	c := &cobra.Command{
		Use:   "report DIR",
		Short: "Analyses a result again and renders its reports",
		Long: `report reads DIR/result.jsonl, which may be of an interrupted or killed run, and
writes summary.json, report.md, report.html and the figures beside it. With --fail-on
or --strict it exits as 'run' does, else 0 for whatever it could render.

For other programs it prints every figure with its interval: -o csv has a row for each
figure, -o benchfmt is for benchstat, -o openmetrics for Prometheus.`,
		Example: `  authbench report results/20260101T120000Z-quick-1a2b3c
  authbench report results/20260101T120000Z-quick-1a2b3c --strict --fail-on 'p99>2ms'
  authbench report results/20260101T120000Z-quick-1a2b3c -o csv > figures.csv`,
		Args: exactArgs(1, "name the directory that 'authbench run' printed"),
		RunE: func(c *cobra.Command, args []string) error {
			return reportAgain(c, args[0], f, o)
		},
	}
	f.register(c)
	o.register(c, exportForms...)
	return c
}

func reportAgain(c *cobra.Command, dir string, f limitFlags, o outputFlags) error {
	run, err := result.Read(dir)
	if err != nil {
		return usageError(err)
	}
	limits, err := limit.Parse(f.failOn, analysis.Scope(run.Header.Scenario))
	if err != nil {
		return usageError(err)
	}
	summary, err := renderRun(c, dir, run, limits, o)
	if err != nil || len(limits) == 0 && !f.strict {
		return err
	}
	return judge(summary, f.strict)
}

// render analyses a result, judges the limits by it, writes its reports beside it and
// prints its summary.
func render(c *cobra.Command, dir string, limits []limit.Limit, o outputFlags) (*analysis.Summary, error) {
	run, err := result.Read(dir)
	if err != nil {
		return nil, err
	}
	return renderRun(c, dir, run, limits, o)
}

func renderRun(c *cobra.Command, dir string, run *result.Run, limits []limit.Limit, o outputFlags) (*analysis.Summary, error) {
	a, err := analysis.Analyze(run)
	if err != nil {
		return nil, fmt.Errorf("analyse %s: %w", dir, err)
	}
	a.Summary.Limits = limit.Judge(limits, a.Summary.Subjects())
	// A full disk takes the files; what is printed needs none.
	return &a.Summary, errors.Join(report.WriteAll(dir, a), o.print(c.OutOrStdout(), a, dir))
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
