// Package doctor says whether this machine is fit to measure on, and what would make
// it fitter. What flows out are findings, each with a remedy where there is one.
//
//  1. [Machine] reads what the kernel says of CPUs, limits and settings.
//  2. [Clock], [Standstill] and [Queue] test the instrument: the load generator measures
//     a server that stands still at times, and a queue whose mean wait is known from
//     theory. What it reports must be what they did.
//  3. [Pacing] and [Floors] judge a gate between two equal programs: how late requests
//     were sent, what a gate can see here, and how long it takes.
package doctor

import (
	"slices"

	"authbench/bench"
)

// Level says how much a finding matters.
type Level string

const (
	// Good is as it should be.
	Good Level = "good"
	// Advice is worth changing: figures will be wider, or fewer.
	Advice Level = "advice"
	// Unfit means that figures from here may not be used.
	Unfit Level = "unfit"
)

// Finding is one thing that was looked at.
type Finding struct {
	Area   string `json:"area"` // machine, instrument or noise
	Name   string `json:"name"`
	Level  Level  `json:"level"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty"`
}

// The areas of findings.
const (
	areaMachine    = "machine"
	areaInstrument = "instrument"
	areaNoise      = "noise"
)

// Document is what a check-up says.
type Document struct {
	Version  int        `json:"version"`
	Fit      bool       `json:"fit"`
	Findings []Finding  `json:"findings"`
	Floors   []Floor    `json:"floors"`
	Host     bench.Host `json:"host"`
	// Build is the program's, Seconds how long the check-up took.
	Build   bench.Build `json:"build"`
	Seconds float64     `json:"seconds"`
}

// DocumentVersion is the version of the document's form.
const DocumentVersion = 1

// Settle draws the verdict.
func (d *Document) Settle() {
	d.Version = DocumentVersion
	d.Fit = !slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.Level == Unfit })
}
