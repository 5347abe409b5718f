package main

import (
	"context"
	"runtime"
	"sync"

	"authbench/internal/gate"
)

// Row counts what many gates in one situation said.
type Row struct {
	Noise  string  `json:"noise"`
	Cells  int     `json:"cells"`
	Spread float64 `json:"launch_sd_in_targets"`
	Effect float64 `json:"effect_in_targets"`
	Runs   int64   `json:"runs"`

	Pass         int64 `json:"pass"`
	Fail         int64 `json:"fail"`
	Inconclusive int64 `json:"inconclusive"`
	// NotGated counts cells.
	NotGated int64 `json:"cells_not_gated"`
	// The arm with the effect: runs in which its CPU cell failed, in which any of its
	// cells failed, in which its CPU cell passed.
	CPUFail int64 `json:"cpu_cell_failed"`
	ArmFail int64 `json:"any_cell_failed"`
	CPUPass int64 `json:"cpu_cell_passed"`
	// OtherFail counts runs in which a cell of an innocent arm failed.
	OtherFail int64 `json:"innocent_arm_failed"`
	// Launches is the mean number until the verdict.
	Launches float64 `json:"mean_launches"`
}

const cpuMetric = "cpu_us_per_request"

// tally runs a situation many times, on all CPUs. The runs of a situation are always
// the same ones, and others than those of another situation. A cancelled context cuts
// it short.
func tally(ctx context.Context, s situation, runs int) Row {
	row := Row{Noise: s.noise.Name, Cells: s.arms * len(gate.Targets), Spread: s.spread, Effect: s.effect, Runs: int64(runs)}
	s = s.prepared()
	seed := s.seed()
	type ended struct {
		gate.Report
		settled int
	}
	reports := make([]ended, runs)
	var workers sync.WaitGroup
	threads := runtime.GOMAXPROCS(0)
	for first := range threads {
		workers.Go(func() {
			for i := first; i < runs && ctx.Err() == nil; i += threads {
				reports[i].Report, reports[i].settled = newSimulation(s, seed+uint64(i)).run()
			}
		})
	}
	workers.Wait()
	for _, r := range reports {
		row.add(r.Report)
		row.Launches += float64(r.settled) / float64(runs)
	}
	return row
}

// add counts one gate.
func (r *Row) add(g gate.Report) {
	switch g.Verdict {
	case gate.Pass:
		r.Pass++
	case gate.Fail:
		r.Fail++
	case gate.Inconclusive:
		r.Inconclusive++
	}
	armFailed, otherFailed := false, false
	for _, c := range g.Cells {
		first := c.Arm == armName(0)
		if c.Verdict == gate.NotGated {
			r.NotGated++
		}
		if first && c.Metric == cpuMetric && c.Verdict == gate.Fail {
			r.CPUFail++
		}
		if first && c.Metric == cpuMetric && c.Verdict == gate.Pass {
			r.CPUPass++
		}
		armFailed = armFailed || first && c.Verdict == gate.Fail
		otherFailed = otherFailed || (!first || r.Effect == 0) && c.Verdict == gate.Fail
	}
	if armFailed {
		r.ArmFail++
	}
	if otherFailed {
		r.OtherFail++
	}
}
