// Package host says what machine this is, which of its CPUs measure what, and
// how noisy it is now.
//
// [Describe] and [Allowed] are asked once, at the start of a run; [AssignCPUs]
// divides the CPUs between servers and generator; a [Noise] meter is read between
// slices, at the ends of launches. What flows in are the kernel's tables, what
// flows out are the types of package bench. Where a system has no such tables, the
// figures are empty.
package host

import (
	"runtime"

	"authbench/bench"
)

// Describe returns what is known of this machine. What cannot be found out is
// left empty: a description is no reason to refuse a run.
func Describe() bench.Host {
	h := bench.Host{OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: len(Allowed())}
	describeSystem(&h)
	return h
}
