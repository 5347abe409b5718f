package runner

import (
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
)

// pressure sums up, over the open-load slices of a launch, for how long something
// waited for a CPU. Under a closed load the servers are to be saturated.
type pressure struct{ waited, watched time.Duration }

// share returns the part of the time in which something waited; 0 without slices.
func (p pressure) share() float64 {
	if p.watched <= 0 {
		return 0
	}
	return min(1, max(0, p.waited.Seconds()/p.watched.Seconds()))
}

// watched takes a slice and adds the pressure of an open load to the launch's.
func (s *Session) watched(v bench.Visit, take func() (*load.Outcome, error)) (*load.Outcome, error) {
	if v.Rate == 0 {
		return take()
	}
	began, before := time.Now(), s.Pressure()
	defer func() {
		s.pressure.waited += s.Pressure() - before
		s.pressure.watched += time.Since(began)
	}()
	return take()
}
