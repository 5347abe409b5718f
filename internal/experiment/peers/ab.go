package main

import (
	"strconv"
	"time"
)

// ab is ApacheBench. It reports latencies in whole milliseconds.
func ab() client {
	return client{
		name: "ab", program: "ab", version: []string{"-V"}, loads: closed,
		install: "apt-get install apache2-utils",
		command: func(j job) command {
			// It stops at a number of requests besides, for each of which it reserves
			// memory: more per second than any server here answers.
			limit := 1_000_000 * int(j.duration/time.Second)
			return command{args: []string{"-q", "-k", "-c", strconv.Itoa(j.connections), "-t", j.seconds(), "-n", strconv.Itoa(limit), j.url}}
		},
		read: func(out []byte) (claim, error) {
			t := text{out: out}
			return checked(claim{
				Requests: t.count(`(?m)^Complete requests: +(\d+)\n`),
				Failed:   t.count(`(?m)^Failed requests: +(\d+)\n`) + t.sum(`(?m)^Non-2xx responses: +(\d+)\n`),
				Latency: quantiles{
					p50: t.number(millis, `(?m)^ +50% +(\d+)\n`),
					p95: t.number(millis, `(?m)^ +95% +(\d+)\n`),
					p99: t.number(millis, `(?m)^ +99% +(\d+)\n`),
				},
			}, t.err)
		},
	}
}
