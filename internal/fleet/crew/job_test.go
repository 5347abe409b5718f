package crew

import (
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/measure/loadtest"
)

// No run is given up before its load can have ended.
func TestLengthOf(t *testing.T) {
	const timeout = 10 * time.Second
	for _, c := range []struct {
		name string
		job  loadtest.Job
		want time.Duration
	}{
		{"a time", loadtest.Job{Duration: bench.Duration(time.Minute), Warmup: bench.Duration(time.Second), Rate: 1000}, 61*time.Second + timeout + load.Drain},
		{"a time and a number", loadtest.Job{Duration: bench.Duration(time.Minute), Requests: 5}, time.Minute + timeout + load.Drain},
		{"a number at a rate", loadtest.Job{Requests: 3000, Rate: 1000}, 7*time.Second + timeout + load.Drain},
		{"a number at hardly any rate", loadtest.Job{Requests: 1e15, Rate: 1e-9}, longest*time.Second + timeout + load.Drain},
		{"a number", loadtest.Job{Requests: 1e12, Connections: 1}, 0},
	} {
		c.job.Timeout = bench.Duration(timeout)
		if got := lengthOf(c.job); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
