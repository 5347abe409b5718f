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
func (row *Row) add(r gate.Report) {
	switch r.Verdict {
	case gate.Pass:
		row.Pass++
	case gate.Fail:
		row.Fail++
	case gate.Inconclusive:
		row.Inconclusive++
	}
	armFailed, otherFailed := false, false
	for _, c := range r.Cells {
		first := c.Arm == armName(0)
		if c.Verdict == gate.NotGated {
			row.NotGated++
		}
		if first && c.Metric == cpuMetric && c.Verdict == gate.Fail {
			row.CPUFail++
		}
		if first && c.Metric == cpuMetric && c.Verdict == gate.Pass {
			row.CPUPass++
		}
		armFailed = armFailed || first && c.Verdict == gate.Fail
		otherFailed = otherFailed || (!first || row.Effect == 0) && c.Verdict == gate.Fail
	}
	if armFailed {
		row.ArmFail++
	}
	if otherFailed {
		row.OtherFail++
	}
}
