package main

import "strconv"

// bombardier has a rate besides its closed load.
func bombardier() client {
	return client{
		name: "bombardier", program: "bombardier", loads: closed | open,
		install: "go install github.com/codesenberg/bombardier@latest",
		command: func(j job) command {
			args := []string{"-c", strconv.Itoa(j.connections), "-d", j.seconds() + "s", "-l", "-p", "r", "-o", "json"}
			if j.rate > 0 {
				args = append(args, "--rate", strconv.Itoa(j.rate))
			}
			return command{args: append(args, j.url)}
		},
		read: func(out []byte) (claim, error) {
			d := parseDocument(out)
			good := d.count("result", "req2xx")
			bad := d.count("result", "req1xx") + d.count("result", "req3xx") + d.count("result", "req4xx") +
				d.count("result", "req5xx") + d.count("result", "others")
			return checked(claim{
				Requests: good + bad, Failed: bad,
				Latency: d.latency(micros, map[quantile]string{p50: "50", p95: "95", p99: "99"}, "result", "latency", "percentiles"),
			}, d.err)
		},
	}
}
