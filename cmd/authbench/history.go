package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/internal/judge/history"
	"authbench/internal/result/limit"
	"authbench/internal/show/export"
	"authbench/internal/show/report"
	"authbench/internal/text/unit"
)

// historyFlags are the flags of 'authbench history'.
type historyFlags struct {
	in      string
	metrics []string
	least   string
	options history.Options
	output  outputFlags
}

// The defaults of 'authbench history': a week of nightly runs, and the smallest change that
// anybody would react to.
const (
	historyLast  = 7
	historyLeast = "2%"
)

func historyCommand() *cobra.Command {
	var f historyFlags
	c := &cobra.Command{
		Use:   "history [SCENARIO]",
		Short: "Shows when a scenario's figures changed, for nightly runs",
		Long: `history puts all results of a scenario (default: quick) on the newest result's
machine into order, and finds the results from which on a figure has another level.
Beside each change stands what else differs: the program, the kernel, what was asked.

It judges CPU per request, p99, capacity and allocations: where there is one, by the
ratio to the baseline's, in which a machine that was slower on one day cancels. Some
ten results are needed, and a new level shows after some three to six.

It exits 1 if the newest change of a figure is for the worse and began in one of the
last results (--last). A change that was mended since counts no more.`,
		Example: `  authbench history
  authbench history stores --in /var/lib/authbench --last 14 --metric cpu
  authbench history -o json
  authbench history -o openmetrics > all.om && promtool tsdb create-blocks-from openmetrics all.om`,
		Args: oneScenario,
		RunE: func(c *cobra.Command, args []string) error {
			scenario := "quick"
			if len(args) == 1 {
				scenario = args[0]
			}
			return showHistory(c.OutOrStdout(), scenario, f)
		},
	}
	c.Flags().StringVar(&f.in, "in", "results", "`directory` of the results")
	c.Flags().StringSliceVar(&f.metrics, "metric", nil, "judge these metrics of 'authbench list metrics' (default cpu,p99,capacity,allocs)")
	c.Flags().StringSliceVar(&f.options.Arms, "arms", nil, "judge only these arms")
	c.Flags().BoolVar(&f.options.Absolute, "absolute", false, "judge figures themselves, not their ratios to the baseline")
	c.Flags().IntVar(&f.options.Last, "last", historyLast, "exit 1 for a change for the worse that began in so many of the newest results")
	c.Flags().StringVar(&f.least, "ignore-below", historyLeast, "show smaller changes, and do not exit 1 for them")
	f.output.registerForms(c, "text", "json", "csv", "openmetrics")
	return c
}

// checkedOptions completes the options.
func (f historyFlags) checkedOptions() (history.Options, error) {
	o := f.options
	for _, name := range f.metrics {
		m, known := limit.Find(name)
		if !known || m.Source&limit.Run == 0 || m.Counted {
			return o, fmt.Errorf("--metric %q: choose from %s", name, strings.Join(limit.Names(limit.Run), ", "))
		}
		o.Metrics = append(o.Metrics, m.Name)
	}
	if o.Last < 1 {
		return o, fmt.Errorf("--last %d: write a number of results, at least 1", o.Last)
	}
	var err error
	if o.Least, err = unit.Share.Parse(f.least); err == nil && o.Least < 0 {
		err = errors.New("write a size without a sign")
	}
	if err != nil {
		return o, fmt.Errorf("--ignore-below: %w", err)
	}
	return o, nil
}

func showHistory(w io.Writer, scenario string, f historyFlags) error {
	o, err := f.checkedOptions()
	if err != nil {
		return usageError(err)
	}
	entries, err := readHistory(f.in, scenario)
	if err != nil {
		return usageError(err)
	}
	for _, arm := range o.Arms {
		newest := entries[len(entries)-1]
		if known := newest.Header.Scenario.ArmNames(); !slices.Contains(known, arm) {
			return usageError(fmt.Errorf("--arms: the newest result, %s, has no arm %q; %s", newest.Path, arm, bench.DidYouMean(arm, known)))
		}
	}
	h := history.Judge(entries, o)
	switch f.output.format {
	case "json":
		err = report.JSON(w, h)
	case "csv":
		err = export.CSV(w, exportedResults(entries, h), nil)
	case "openmetrics":
		err = export.OpenMetrics(w, exportedResults(entries, h), nil, true)
	default:
		err = report.History(w, h, f.output.terminal(w))
	}
	if err != nil || !h.Worse {
		return err
	}
	return worseError(h)
}

func readHistory(dir, scenario string) (_ []history.Entry, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("--in: %w; name a directory with results, such as results", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	return history.Read(root, scenario)
}

// exportedResults are the results whose figures are in a history.
func exportedResults(entries []history.Entry, h *history.History) []export.Result {
	var out []export.Result
	for _, e := range entries {
		if slices.ContainsFunc(h.Runs, func(r history.Run) bool { return r.Path == e.Path }) {
			out = append(out, export.Result{Summary: e.Summary, Figures: e.Summary.Figures()})
		}
	}
	return out
}

// worseError is the error of a history with recent changes for the worse.
func worseError(h *history.History) error {
	var names []string
	for _, s := range h.RecentlyWorse() {
		c := s.Changes[len(s.Changes)-1]
		names = append(names, fmt.Sprintf("%s of %s since %s", s.Metric, s.Arm, h.Runs[c.Run].Path))
	}
	return &exitError{exitCheck, errors.New("changed for the worse: " + strings.Join(names, "; "))}
}
