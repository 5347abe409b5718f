package crew

import (
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/measure/loadtest"
)

type address = bench.Address

// lengthOf is how long a job takes at most from the start to its last answer.
func lengthOf(j loadtest.Job) time.Duration {
	tail := j.Timeout.Std() + load.Drain
	if d := j.Duration.Std(); d > 0 {
		return j.Warmup.Std() + d + tail
	}
	if j.Rate > 0 {
		return time.Duration(float64(j.Requests)/j.Rate*2*float64(time.Second)) + tail
	}
	// A closed load with a number of requests ends when they are answered: at worst each takes
	// its timeout.
	each := (j.Requests*int64(j.Part.Count)/int64(j.Part.Of))/int64(j.Connections) + 1
	return time.Duration(each)*j.Timeout.Std() + tail
}

// peak is the highest rate of a whole load, 0 for a closed one.
func peak(j loadtest.Job) float64 {
	most := max(j.Rate, j.Ramp.From)
	for _, s := range j.Ramp.Stages {
		most = max(most, s.To)
	}
	return most
}
