package runner

import (
	"time"

	"authbench/bench"
)

// underPressure runs take and returns the share of its time in which something waited
// for a CPU.
func (s *Session) underPressure(take func()) float64 {
	began, before := time.Now(), s.Pressure()
	take()
	waited, watched := s.Pressure()-before, time.Since(began)
	if watched <= 0 {
		return 0
	}
	return min(1, max(0, waited.Seconds()/watched.Seconds()))
}

// openPressure is the pressure of a launch's open loads: each slice counts by its length. A
// ramp may overload the server, and does not count.
func openPressure(taken []bench.Slice) float64 {
	var waited, watched float64
	for _, s := range taken {
		if s.Rate > 0 && s.Course == nil {
			waited, watched = waited+s.Pressure*float64(s.Measured), watched+float64(s.Measured)
		}
	}
	if watched <= 0 {
		return 0
	}
	return waited / watched
}
