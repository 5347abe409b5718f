// Package courier starts the program authbench-fleet as the coordinator of a fleet, and talks to
// it over pipes: so the main program carries no messaging server, and neither do the targets,
// which are the same program.
//
// What flows in: the jobs of a load test's workers. What flows out: news of them, as they come.
//
//  1. [Start] starts the program. Its first line, a [Roll], names the workers, and the [Build],
//     which must be this program's own.
//  2. [Process.Follow] writes an [Order] to its standard input, and hands over each line of its
//     standard output, a [News], up to the last one, which says how it ended.
//  3. When its standard input ends, the coordinator stops the load everywhere: it does not
//     outlive who started it.
//
// What the workers found is not looked into here: package loadtest adds it up and judges it.
package courier

import (
	"encoding/json"
	"time"

	"authbench/internal/measure/loadtest"
)

// Version is that of the lines.
const Version = 1

// Roll is the coordinator's first line.
type Roll struct {
	Version int    `json:"version"`
	Build   Build  `json:"build"`
	Run     string `json:"run"`
	// Workers are their names, in the order in which jobs are expected.
	Workers []string `json:"workers"`
	// Directory has what 'authbench-fleet collect' reads if the coordinator is killed.
	Directory string `json:"directory"`
}

// Order is what the workers are to do: a job for each.
type Order struct {
	Version int            `json:"version"`
	Jobs    []loadtest.Job `json:"jobs"`
}

// News is a line of the coordinator's: one of the following.
type News struct {
	// Text tells the user how it goes. Starts is when the load starts; zero until that is known.
	Text   string    `json:"text,omitempty"`
	Starts time.Time `json:"starts,omitzero"`
	// Delta and Final are what a worker found, as [loadtest.Delta] and [loadtest.Final].
	Delta *Parcel `json:"delta,omitempty"`
	Final *Parcel `json:"final,omitempty"`
	// Over is the last.
	Over *Over `json:"over,omitempty"`
}

// Parcel is something of one worker's, which counts from 0.
type Parcel struct {
	Worker int             `json:"worker"`
	Data   json.RawMessage `json:"data"`
}

// Over says how a run ended.
type Over struct {
	// Started says that load was sent, Why why the run was cut off: "" if it was not.
	Started bool   `json:"started"`
	Why     string `json:"why,omitempty"`
	// Interrupted says that the user cut it off.
	Interrupted bool     `json:"interrupted,omitempty"`
	Workers     []Worker `json:"workers"`
	// Target is what an agent beside the server saw, nil if there was none.
	Target *Target `json:"target,omitempty"`
}

// Target is what a server used while the load was measured.
type Target struct {
	// CPUNanos is the time of all its threads, MeasuredNanos the time between both looks.
	CPUNanos      int64 `json:"cpu_ns"`
	MeasuredNanos int64 `json:"measured_ns"`
}

// Worker is what the coordinator knows of a worker.
type Worker struct {
	Name   string `json:"name"`
	Host   string `json:"host"`
	System string `json:"system"`
	Build  string `json:"build"`
	CPUs   int    `json:"cpus"`
	// Address is where its load went.
	Address string `json:"address"`
	// OffsetNanos is how far the coordinator's clock is ahead of the worker's, BoundNanos how
	// wrong that may be: the most since the start. RatePPB is how much faster it runs, in parts
	// per billion.
	OffsetNanos int64 `json:"offset_ns"`
	BoundNanos  int64 `json:"offset_bound_ns"`
	RatePPB     int64 `json:"rate_ppb"`
	// Lost says why the worker counts as lost, "" if it does not.
	Lost string `json:"lost,omitempty"`
}
