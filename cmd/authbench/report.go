package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/result/limit"
	"authbench/internal/show/export"
	"authbench/internal/show/report"
)

func reportCommand() *cobra.Command {
	var o outputFlags
	var f limitFlags
	var otlp string
	c := &cobra.Command{
		Use:   "report DIR",
		Short: "Analyses a result again and renders its reports",
		Long: `report reads DIR/result.jsonl, which may be of an interrupted or killed run, and
writes summary.json, report.md, report.html and the figures beside it. With --fail-on
or --strict it exits as 'run' does, else 0 for whatever it could render.

For other programs it prints every figure with its interval: -o csv has a row for each
figure, -o benchfmt is for benchstat, -o openmetrics for Prometheus. With --otlp it
sends them to a collector of OpenTelemetry metrics (OTLP over HTTP), too; headers are
those of OTEL_EXPORTER_OTLP_HEADERS.`,
		Example: `  authbench report results/20260101T120000Z-quick-1a2b3c
  authbench report results/20260101T120000Z-quick-1a2b3c --strict --fail-on 'p99>2ms'
  authbench report results/20260101T120000Z-quick-1a2b3c -o csv > figures.csv
  authbench report results/20260101T120000Z-quick-1a2b3c --otlp http://127.0.0.1:4318`,
		Args: exactArgs(1, "name the directory that 'authbench run' printed"),
		RunE: func(c *cobra.Command, args []string) error {
			return reportAgain(c, args[0], otlp, f, o)
		},
	}
	f.register(c)
	c.Flags().StringVar(&otlp, "otlp", "", "send the figures to the OpenTelemetry collector at this `address`, such as http://127.0.0.1:4318")
	o.register(c, exportForms...)
	return c
}

func reportAgain(c *cobra.Command, dir, otlp string, f limitFlags, o outputFlags) error {
	var collector export.Collector
	if otlp != "" {
		var err error
		if collector, err = export.NewCollector(otlp); err != nil {
			return usageError(fmt.Errorf("--otlp: %w", err))
		}
	}
	run, err := result.Read(dir)
	if err != nil {
		return usageError(err)
	}
	limits, err := limit.Parse(f.failOn, analysis.Scope(run.Header.Scenario))
	if err != nil {
		return usageError(err)
	}
	a, err := renderRun(c, dir, run, limits, o)
	if err != nil {
		return err
	}
	if otlp != "" {
		err = collector.Send(c.Context(), export.One(a)[0])
	}
	if len(limits) == 0 && !f.strict {
		return err
	}
	return errors.Join(judge(&a.Summary, f.strict), err)
}

// render analyses a result, judges the limits by it, writes its reports beside it and
// prints its summary.
func render(c *cobra.Command, dir string, limits []limit.Limit, o outputFlags) (*analysis.Summary, error) {
	run, err := result.Read(dir)
	if err != nil {
		return nil, err
	}
	a, err := renderRun(c, dir, run, limits, o)
	if a == nil {
		return nil, err
	}
	return &a.Summary, err
}

func renderRun(c *cobra.Command, dir string, run *result.Run, limits []limit.Limit, o outputFlags) (*analysis.Analysis, error) {
	a, err := analysis.Analyze(run)
	if err != nil {
		return nil, fmt.Errorf("analyse %s: %w", dir, err)
	}
	a.Summary.Limits = limit.Judge(limits, a.Summary.Subjects())
	// If the disk is full the files fail, but the output can still be printed.
	return a, errors.Join(report.WriteAll(dir, a), o.print(c.OutOrStdout(), a, dir))
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
