package result

import (
	"slices"

	"authbench/bench"
)

// Fitness says what a finding means for measurements on this machine.
type Fitness string

const (
	// Fit: as it should be.
	Fit Fitness = "good"
	// Improvable: worth changing, because intervals are wider, or figures fewer.
	Improvable Fitness = "advice"
	// Unfit: figures from this machine may not be used.
	Unfit Fitness = "unfit"
)

// Finding is what one check found.
type Finding struct {
	Area   string  `json:"area"`
	Name   string  `json:"name"`
	Level  Fitness `json:"level"`
	Found  string  `json:"found"`
	Remedy string  `json:"remedy,omitempty"`
}

// The areas of findings.
const (
	AreaMachine    = "machine"
	AreaInstrument = "instrument"
	AreaNoise      = "noise"
)

// Checkup is the outcome of a check-up.
type Checkup struct {
	Version  int          `json:"version"`
	Fit      bool         `json:"fit"`
	Findings []Finding    `json:"findings"`
	Floors   []NoiseFloor `json:"floors"`
	Host     bench.Host   `json:"host"`
	// Build is the program's, Seconds how long the check-up took.
	Build   bench.Build `json:"build"`
	Seconds float64     `json:"seconds"`
}

// CheckupVersion is the version of the check-up's form.
const CheckupVersion = 1

// Conclude sets the verdict.
func (c *Checkup) Conclude() {
	c.Version = CheckupVersion
	c.Fit = !slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.Level == Unfit })
}

// NoiseFloor says which slow-downs of one metric a gate can detect here.
type NoiseFloor struct {
	Metric string  `json:"metric"`
	Target float64 `json:"target"`
	// LaunchSD is the standard deviation over launches of the ratio between two equal
	// programs.
	LaunchSD float64      `json:"launch_sd"`
	Sees     []Detectable `json:"sees"`
	Reason   string       `json:"reason,omitempty"` // why there is none
}

// Detectable is the smallest slow-down that a gate finds nine times in ten.
type Detectable struct {
	Launches int     `json:"launches"`
	Minutes  float64 `json:"minutes"` // of one arm
	Smallest float64 `json:"smallest"`
}
