package main

import (
	"authbench/bench"
	"authbench/internal/measure/runner"
	"authbench/internal/result"
)

// recorder takes all records of a run.
type recorder interface {
	runner.Recorder
	Header(bench.Header) error
	Conformance(bench.Conformance) error
}

var (
	_ recorder = (*result.Writer)(nil)
	_ recorder = (*runRecords)(nil)
)

// runRecords writes the records and keeps them, to be judged or shown between launches.
type runRecords struct {
	*result.Writer
	run result.Run
}

func (t *runRecords) Header(h bench.Header) error {
	t.run.Header = h
	return t.Writer.Header(h)
}

func (t *runRecords) Conformance(c bench.Conformance) error {
	t.run.Conformance = append(t.run.Conformance, c)
	return t.Writer.Conformance(c)
}

func (t *runRecords) Calibration(c bench.Calibration) error {
	t.run.Calibrations = append(t.run.Calibrations, c)
	return t.Writer.Calibration(c)
}

func (t *runRecords) Slice(s bench.Slice) error {
	t.run.Slices = append(t.run.Slices, s)
	return t.Writer.Slice(s)
}

func (t *runRecords) Launch(l bench.Launch) error {
	t.run.Launches = append(t.run.Launches, l)
	return t.Writer.Launch(l)
}

func (t *runRecords) Warning(w bench.Warning) error {
	w.Text = t.Veil.Text(w.Text) // a gate's page quotes it
	t.run.Warnings = append(t.run.Warnings, w)
	return t.Writer.Warning(w)
}

// launchesOf is how many counted launches an arm was measured in, whole or in part.
func (t *runRecords) launchesOf(arm string) int {
	seen := map[int]bool{}
	for _, s := range t.run.Slices {
		if s.Arm == arm && s.Counts {
			seen[s.Launch] = true
		}
	}
	return len(seen)
}

// launches is how many counted ones were measured whole.
func (t *runRecords) launches() int {
	n := 0
	for _, l := range t.run.Launches {
		if l.Launch > 0 {
			n++
		}
	}
	return n
}
