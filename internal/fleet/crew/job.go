package crew

import (
	"errors"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/measure/loadtest"
)

// lengthOf is how long a job takes at most from the start to its last answer; 0 where nobody
// knows: a closed load that ends with a number of requests.
func lengthOf(j loadtest.Job) time.Duration {
	tail := j.Timeout.Std() + load.Drain
	if d := j.Duration.Std(); d > 0 {
		return j.Warmup.Std() + d + tail
	}
	if j.Rate > 0 {
		// Poisson arrivals take that long at most, but for a chance of nothing.
		return time.Duration(min(longest, 2*float64(j.Requests)/j.Rate+1)*float64(time.Second)) + tail
	}
	return 0
}

// hostOf is what a job's requests say of the server that they are for.
func hostOf(r loadtest.JobRequest) (string, error) {
	m, problems := bench.NewMessage(bench.Draft{Method: r.Method, Path: r.Target, Authority: r.Host, Fields: r.Fields})
	if len(problems) > 0 {
		return "", problems[0]
	}
	if m.Host() == "" {
		return "", errors.New("a job whose requests name no host: nobody could be asked for consent")
	}
	return m.Host(), nil
}

// longest is longer than any load, in seconds: a century.
const longest = 100 * 365 * 24 * 3600.0
