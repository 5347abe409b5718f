package main

import "strconv"

// oha counts latencies from when a request was due if told so.
func oha() client {
	return client{
		name: "oha", program: "oha", version: []string{"--version"}, loads: closed | open,
		install: "cargo install oha",
		command: func(j job) command {
			// -w waits for the last answers, which it would count as errors.
			args := []string{"--no-tui", "-w", "--output-format", "json", "-c", strconv.Itoa(j.connections), "-z", j.seconds() + "s"}
			if j.rate > 0 {
				args = append(args, "-q", strconv.Itoa(j.rate), "--latency-correction")
			}
			return command{args: append(args, j.url)}
		},
		read: func(out []byte) (claim, error) {
			d := parseDocument(out)
			c := claim{Latency: d.latency(seconds, map[quantile]string{p50: "p50", p95: "p95", p99: "p99", p999: "p99.9"}, "latencyPercentiles")}
			c.Requests, c.Failed = byStatus(d.counts("statusCodeDistribution"))
			for _, n := range d.counts("errorDistribution") {
				c.Failed += n
			}
			return checked(c, d.err)
		},
	}
}
