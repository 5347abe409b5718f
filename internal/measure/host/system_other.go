//go:build !linux

package host

import (
	"runtime"
	"time"

	"authbench/bench"
)

func describeSystem(*bench.Host) {}

// Allowed returns the CPUs that this process may use, in rising order: all, where
// the system has no affinity.
func Allowed() []int { return upTo(runtime.NumCPU()) }

// Noise is a meter without a scale.
type Noise struct{}

// StartNoise returns the meter.
func StartNoise() *Noise { return &Noise{} }

// Read returns empty figures.
func (*Noise) Read() bench.Noise { return bench.Noise{} }

// Pressure returns 0.
func (*Noise) Pressure() time.Duration { return 0 }
