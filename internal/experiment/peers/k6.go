package main

import (
	_ "embed"
	"path/filepath"
	"strconv"
)

//go:embed k6.js
var k6Script string

// k6 runs a script per request. At a rate it starts as many virtual users, of a
// connection each, as that takes.
func k6() client {
	return client{
		name: "k6", program: "k6", loads: closed | open,
		install: "go install go.k6.io/k6@latest",
		command: func(j job) command {
			return command{
				// Without the first two it would talk to other machines.
				args: []string{
					"run", "--no-usage-report", "--address", "", "--quiet", "--no-color",
					"-e", "TARGET=" + j.url, "-e", "RATE=" + strconv.Itoa(j.rate), "-e", "DURATION=" + j.seconds() + "s",
					"-e", "USERS=" + strconv.Itoa(j.connections), "-e", "MOST=" + strconv.Itoa(j.maxConnections),
					filepath.Join(j.dir, "k6.js"),
				},
				files: map[string]string{"k6.js": k6Script},
			}
		},
		read: func(out []byte) (claim, error) {
			d := parseDocument(out)
			return checked(claim{
				Requests: d.count("requests"), Failed: d.count("failed"),
				Latency: d.latency(millis, map[quantile]string{p50: "med", p95: "p(95)", p99: "p(99)", p999: "p(99.9)"}, "latency"),
			}, d.err)
		},
	}
}
