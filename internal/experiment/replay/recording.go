package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/judge/gate"
	"authbench/internal/result"
)

// The kinds of heads that gates are given.
const (
	same   = "same"   // the same commit as base, laid out anew
	edit   = "edit"   // a change of the source that changes nothing
	slow5  = "slow5"  // one arm spins for 5 % of what a request costs it
	slow8  = "slow8"  // the same with 8 %
	tail   = "tail"   // 2 % of every arm's requests take 10 ms longer
	stall  = "stall"  // every arm's server stands still for 100 ms every 2 s
	unsafe = "unsafe" // a head that skips the signature check
)

var kinds = []string{same, edit, slow5, slow8, tail, stall, unsafe}

// recording is what real gates measured and decided.
type recording struct {
	Version int        `json:"version"`
	Gates   []recorded `json:"gates"`
}

// recorded is one gate.
type recorded struct {
	Kind    string       `json:"kind"`
	Verdict gate.Verdict `json:"verdict"`
	Seconds float64      `json:"seconds"`
	// Launches is how many were measured, Failed the cells and alarms that failed it.
	Launches int      `json:"launches"`
	Failed   []string `json:"failed,omitempty"`
	// Undecided are the cells that stayed so.
	Undecided []string `json:"undecided,omitempty"`
	// Host is the machine's CPU model and count.
	Host string `json:"host"`
	// Cells hold the first launches, in which every arm was measured.
	Cells []cell `json:"cells"`
}

// cell is one metric of one arm. The slices are by launch: head against base, as the
// gate compares the metric, and each side's own value in the metric's unit.
type cell struct {
	Arm     string    `json:"arm"`
	Metric  string    `json:"metric"`
	Changes []float64 `json:"changes"`
	Base    []float64 `json:"base"`
	Head    []float64 `json:"head"`
	// Withheld says why the metric could not be given honestly.
	Withheld string `json:"withheld,omitempty"`
}

// recordingVersion 1 had p99s that were compared slice by slice, under log_ratios.
const recordingVersion = 2

// add takes gates from their result directories, each named as KIND=DIR.
func (r *recording) add(args []string) error {
	for _, arg := range args {
		kind, dir, ok := strings.Cut(arg, "=")
		if !ok || !slices.Contains(kinds, kind) {
			return fmt.Errorf("%q: write KIND=DIR with one of %s as KIND: %w", arg, strings.Join(kinds, ", "), errUsage)
		}
		g, err := readGate(kind, dir)
		if err != nil {
			return err
		}
		r.Gates = append(r.Gates, g)
	}
	slices.SortStableFunc(r.Gates, func(a, b recorded) int { return slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind) })
	return nil
}

// write puts the recording into a file.
func (r *recording) write(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func readGate(kind, dir string) (recorded, error) {
	run, err := result.Read(dir)
	if err != nil {
		return recorded{}, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "gate.json"))
	if err != nil {
		return recorded{}, err
	}
	var d gate.Document
	if err := json.Unmarshal(text, &d); err != nil {
		return recorded{}, fmt.Errorf("%s: %w", dir, err)
	}
	h := run.Header.Host
	g := recorded{Kind: kind, Verdict: d.Verdict, Seconds: d.Seconds, Launches: d.Launches, Host: fmt.Sprintf("%s, %d CPUs", h.CPUModel, h.CPUs)}
	for _, a := range d.Alarms {
		g.Failed = append(g.Failed, a.Arm+" "+a.Code)
	}
	changes, err := analysis.PairedChanges(run, gate.Metrics())
	if err != nil {
		return recorded{}, fmt.Errorf("%s: %w", dir, err)
	}
	for _, p := range changes {
		first := func(values []float64) []float64 { return values[:min(len(values), gate.FirstLook)] }
		g.Cells = append(g.Cells, cell{p.Arm, p.Metric, first(p.Changes), first(p.Base), first(p.Head), p.Withheld})
	}
	for _, c := range d.Cells {
		switch name := c.Arm + " " + c.Metric; c.Verdict {
		case gate.Fail:
			g.Failed = append(g.Failed, name)
		case gate.Inconclusive:
			g.Undecided = append(g.Undecided, name)
		}
	}
	return g, nil
}

// benchfmt prints the launches as benchmarks, a side of a gate beside the other.
func (r *recording) benchfmt(w io.Writer) error {
	units := map[string]string{
		gate.MetricCPU: "cpu-µs/req", gate.MetricP50: "p50-µs", gate.MetricP95: "p95-µs", gate.MetricP99: "p99-µs", gate.MetricTail: "beyond-p99",
	}
	for _, kind := range kinds {
		for n, g := range r.gatesOf(kind) {
			for _, side := range []string{"base", "head"} {
				for _, c := range g.Cells {
					values := c.Base
					if side == "head" {
						values = c.Head
					}
					for _, v := range values {
						if _, err := fmt.Fprintf(w, "BenchmarkGate/kind=%s/gate=%d/arm=%s/side=%s 1 %g %s\n", kind, n+1, c.Arm, side, v, units[c.Metric]); err != nil {
							return err
						}
					}
				}
			}
		}
	}
	return nil
}

// gatesOf are the gates of a kind.
func (r *recording) gatesOf(kind string) []recorded {
	var out []recorded
	for _, g := range r.Gates {
		if g.Kind == kind {
			out = append(out, g)
		}
	}
	return out
}
