package result

// Worker is one of the machines that made a load test together, and what it found. Times are
// in microseconds.
type Worker struct {
	Name string `json:"name"`
	// Host is the machine, Build the program.
	Host  string `json:"host,omitempty"`
	Build string `json:"build,omitempty"`
	// ClockOffset is by how much its clock was ahead of the coordinator's, ClockError the
	// bound of that figure's error.
	ClockOffset float64 `json:"clock_offset_us"`
	ClockError  float64 `json:"clock_error_us"`
	// Capacity is how many requests per second it could send when it joined; 0 if nobody
	// asked.
	Capacity float64 `json:"capacity_rps,omitempty"`

	// Share is its part of the schedule.
	Share    float64  `json:"share"`
	Validity Validity `json:"verdict"`
	// Lost says that no final figures came from it: only Answers is known.
	Lost bool `json:"lost,omitempty"`

	Requests   int64   `json:"requests"`
	Throughput float64 `json:"throughput_rps"`
	// Due and Sent are of an open load.
	Due         int64  `json:"due,omitempty"`
	Sent        int64  `json:"sent,omitempty"`
	Failures    int64  `json:"failures"`
	Connections int    `json:"connections"`
	Threads     int    `json:"threads"`
	Engine      string `json:"engine"`
	// GeneratorBusy is the busy share of the CPUs of its generator, polling left out.
	GeneratorBusy float64 `json:"generator_busy"`
	LateSends     int64   `json:"late_sends"`
	// Times are the headline's.
	Times    *Spread           `json:"times_us,omitempty"`
	Lag      *Spread           `json:"lag_us,omitempty"`
	Warnings []LoadTestWarning `json:"warnings"`
	// Answers has how many answers came in each of the test's intervals.
	Answers []int64 `json:"answers_by_interval"`
}
