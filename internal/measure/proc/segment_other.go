//go:build !linux

package proc

import "time"

// removeSegments: which process made a segment is not to be found out here.
func removeSegments([]int, time.Time) error { return nil }
