package main

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/show/report"
)

// nightlyCommand is "nightly DIR N FIRST": N results of the published scenario, a day
// apart, whose figures vary by two per cent. From day FIRST on, and with another revision,
// the CPU time of apikey beside the baseline's is a quarter more. A result holds its header
// and its end alone: what it says is in its summary.
func nightlyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: nightly DIR N FIRST")
	}
	n, errN := strconv.Atoi(args[1])
	first, errFirst := strconv.Atoi(args[2])
	ts.Check(errN)
	ts.Check(errFirst)
	run, err := result.Read(filepath.Join(packageDir, published))
	ts.Check(err)
	a, err := analysis.Analyze(run)
	ts.Check(err)
	random := rand.New(rand.NewPCG(1, 2))
	run = &result.Run{Header: run.Header, Footer: run.Footer}
	for day := range n {
		run.Header.Seed++
		run.Header.Started = run.Header.Started.AddDate(0, 0, 1)
		factor := 1.0
		if day >= first {
			factor, run.Header.Build.Revision = 1.25, "slower"
		}
		dir := filepath.Join(ts.MkAbs(args[0]), "day-"+strconv.Itoa(100+day))
		ts.Check(writeResult(dir, run))
		s := varied(a.Summary, func(arm string) float64 {
			noise := math.Exp(0.02 * random.NormFloat64())
			if arm == "apikey" {
				noise *= factor
			}
			return noise
		})
		s.Started = run.Header.Started.Format("2006-01-02T15:04:05Z07:00")
		f, err := os.Create(filepath.Join(dir, analysis.SummaryName))
		ts.Check(err)
		ts.Check(report.JSON(f, &s))
		ts.Check(f.Close())
	}
}

// varied is a summary with each ratio to the baseline, and each p99, times a factor.
func varied(s analysis.Summary, factor func(arm string) float64) analysis.Summary {
	arms := s.Arms
	s.Arms = nil
	for _, a := range arms {
		loads := a.Loads
		a.Loads = nil
		for _, l := range loads {
			versus, metrics := map[string]analysis.Comparison{}, map[string]analysis.Estimate{}
			for _, f := range (&analysis.Summary{Arms: []analysis.Arm{{Name: a.Name, Status: analysis.ArmOK, Loads: []analysis.Load{l}}}}).Figures() {
				switch {
				case f.Difference:
				case f.VersusBaseline:
					c := l.VersusBaseline[f.Metric]
					c.Ratio *= factor(a.Name)
					versus[f.Metric] = c
				default:
					e := f.Estimate
					e.Value *= factor("")
					metrics[f.Metric] = e
				}
			}
			l.VersusBaseline, l.Metrics = versus, metrics
			a.Loads = append(a.Loads, l)
		}
		s.Arms = append(s.Arms, a)
	}
	return s
}
