package main

import (
	"path/filepath"
	"strconv"
)

// vegeta sends at a rate, from as many connections as that takes. Unbounded, it is a
// closed load of so many workers.
func vegeta() client {
	return client{
		name: "vegeta", program: "vegeta", loads: closed | open,
		install: "go install github.com/tsenart/vegeta/v12@latest",
		command: func(j job) command {
			found := filepath.Join(j.dir, "vegeta.bin")
			return command{
				args: []string{
					"attack", "-targets", filepath.Join(j.dir, "targets"), "-output", found,
					"-rate", strconv.Itoa(j.rate), "-duration", j.seconds() + "s",
					"-workers", strconv.Itoa(j.connections), "-max-workers", strconv.Itoa(j.maxConnections), "-connections", strconv.Itoa(j.maxConnections),
				},
				files:    map[string]string{"targets": "GET " + j.url + "\n"},
				readBack: []string{"report", "-type", "json", found},
			}
		},
		read: func(out []byte) (claim, error) {
			d := parseDocument(out)
			c := claim{Latency: d.latency(nanos, map[quantile]string{p50: "50th", p95: "95th", p99: "99th"}, "latencies")}
			c.Requests, c.Failed = byStatus(d.counts("status_codes"))
			return checked(c, d.err)
		},
	}
}
