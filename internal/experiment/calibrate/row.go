package main

import (
	"context"
	"runtime"
	"sync"

	"authbench/internal/judge/gate"
)

// row counts what many gates in one situation said.
type row struct {
	Noise string `json:"noise"`
	Arms  int    `json:"arms"`
	Cells int    `json:"cells"`
	// Metric is the only one of a single cell.
	Metric string  `json:"metric,omitempty"`
	Spread string  `json:"launch_sd"`
	Effect float64 `json:"effect_in_targets"`
	Runs   int64   `json:"runs"`

	Pass         int64 `json:"pass"`
	Fail         int64 `json:"fail"`
	Inconclusive int64 `json:"inconclusive"`
	// Bounded and FailedCells count cells.
	Bounded     int64 `json:"cells_bounded"`
	FailedCells int64 `json:"cells_failed"`
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

// repeat runs a situation many times, on all CPUs. The runs of a situation are always
// the same ones, and others than those of another situation. A cancelled context cuts
// it short.
func repeat(ctx context.Context, s situation, runs int) row {
	row := s.row(runs)
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

// row is the situation's, with nothing counted.
func (s situation) row(runs int) row {
	row := row{Noise: s.noise.Name, Arms: s.arms, Cells: s.arms * len(s.judged()), Spread: s.spread.Name, Effect: s.effect, Runs: int64(runs)}
	if len(s.metrics) == 1 {
		row.Metric = s.metrics[0]
	}
	return row
}

// add counts one gate.
func (r *row) add(g gate.Report) {
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
		switch c.Verdict {
		case gate.Bounded:
			r.Bounded++
		case gate.Fail:
			r.FailedCells++
		}
		if first && c.Metric == gate.MetricCPU && c.Verdict == gate.Fail {
			r.CPUFail++
		}
		if first && c.Metric == gate.MetricCPU && c.Verdict == gate.Pass {
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
