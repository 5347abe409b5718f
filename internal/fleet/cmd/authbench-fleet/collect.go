package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"authbench/internal/fleet/crew"
	"authbench/internal/measure/load"
	"authbench/internal/measure/loadtest"
)

func collectCommand() *cobra.Command {
	var o crew.CollectOptions
	var format string
	c := &cobra.Command{
		Use:   "collect DIRECTORY",
		Short: "Shows what a run has left whose coordinator was killed",
		Long: `collect reads what workers measured in a run whose coordinator was killed: from the run's
directory, which the coordinator named, from spools that workers on other machines left
(--spool), and from workers that still keep theirs (--wait).

It is an interrupted run, and shows as one: it has no verdict, and never counts as valid.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usage("-o %q: choose from text, json", format)
			}
			o.Directory = args[0]
			run, workers, err := crew.Collect(c.Context(), o)
			if err != nil {
				return err
			}
			r, err := remains(run, workers)
			if err != nil {
				return err
			}
			if format == "json" {
				return json.NewEncoder(c.OutOrStdout()).Encode(r)
			}
			return r.print(c.OutOrStdout())
		},
	}
	l := c.Flags()
	l.StringArrayVar(&o.Spools, "spool", nil, "`file` that a worker left on its machine (repeatable)")
	l.DurationVar(&o.Wait, "wait", 0, "listen so long for workers that still keep what they measured, such as 1m")
	l.StringVarP(&format, "output", "o", "text", "text or json")
	return c
}

// remainder is what a run has left.
type remainder struct {
	Run string `json:"run"`
	// Interrupted is always true: whoever reads it takes it for nothing else.
	Interrupted bool              `json:"interrupted"`
	Workers     []workerRemainder `json:"workers"`
	// Outcome adds up the finals that are there.
	Outcome *load.Outcome `json:"outcome,omitempty"`
}

// workerRemainder is what one worker has left.
type workerRemainder struct {
	Name string `json:"name"`
	// Seconds is how many deltas there are, in a row; Missing says that one behind them is not.
	Seconds int  `json:"seconds"`
	Missing bool `json:"missing"`
	load.Counts
	// Cut says why its load ended early; Reported that its final is there.
	Reported bool   `json:"reported"`
	Cut      string `json:"cut,omitempty"`
}

// remains reads what was collected.
func remains(run string, workers []crew.Collected) (remainder, error) {
	out := remainder{Run: run, Interrupted: true}
	for _, w := range workers {
		k := workerRemainder{Name: w.Name, Seconds: len(w.Deltas), Missing: w.Missing}
		for _, d := range w.Deltas {
			var delta loadtest.Delta
			if err := json.Unmarshal([]byte(d.Data), &delta); err != nil {
				return out, fmt.Errorf("read a delta of %s: %w", w.Name, err)
			}
			for _, row := range delta.Rows {
				k.Counts = k.Counts.Plus(row.Counts)
			}
		}
		if w.Final != nil {
			k.Reported, k.Cut = true, w.Final.Cut
			if err := out.add(w.Final.Data); err != nil {
				return out, fmt.Errorf("read the final of %s: %w", w.Name, err)
			}
		}
		out.Workers = append(out.Workers, k)
	}
	return out, nil
}

// add adds a final up.
func (r *remainder) add(data string) error {
	if data == "" {
		return nil // nothing was measured
	}
	var f loadtest.Final
	if err := json.Unmarshal([]byte(data), &f); err != nil {
		return err
	}
	if f.Outcome == nil {
		return nil
	}
	if r.Outcome == nil {
		r.Outcome = f.Outcome
		return nil
	}
	r.Outcome.Add(f.Outcome)
	return nil
}

// print shows it to people.
func (r remainder) print(w io.Writer) error {
	fmt.Fprintf(w, "INTERRUPTED  run %s\n\n", r.Run)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "worker\tseconds\tsent\tanswered\terrors\treported")
	for _, k := range r.Workers {
		reported := "no"
		if k.Reported {
			reported = "yes"
		}
		if k.Cut != "" {
			reported += ": " + k.Cut
		}
		if k.Missing {
			reported += " (a second is missing)"
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%s\n", k.Name, k.Seconds, k.Sent, k.Completed, k.Errors, reported)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if r.Outcome != nil {
		h := r.Outcome.Valid.Response
		if h.Count() == 0 {
			h = r.Outcome.Valid.Service
		}
		at := func(q float64) time.Duration { return time.Duration(h.Quantile(q)) }
		fmt.Fprintf(w, "\nof those that reported: %d answers; p50 %v, p99 %v, p99.9 %v\n", r.Outcome.Completed, at(0.5), at(0.99), at(0.999))
	}
	return nil
}
