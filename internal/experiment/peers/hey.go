package main

import (
	"bytes"
	"errors"
	"strconv"
)

// hey has a rate per connection. It reports latencies in tenths of a millisecond.
func hey() client {
	return client{
		name: "hey", program: "hey", loads: closed | open,
		install: "go install github.com/rakyll/hey@latest",
		command: func(j job) command {
			args := []string{"-z", j.seconds() + "s", "-c", strconv.Itoa(j.connections)}
			if j.rate > 0 {
				args = append(args, "-q", strconv.FormatFloat(float64(j.rate)/float64(j.connections), 'f', -1, 64))
			}
			return command{args: append(args, j.url)}
		},
		read: func(out []byte) (claim, error) {
			if bytes.Contains(out, []byte("Error distribution:")) {
				return claim{}, errors.New("it lists errors")
			}
			t := text{out: out}
			c := claim{Latency: quantiles{ // some versions print %%
				p50: t.number(seconds, `(?m)^ +50%+ in ([0-9.]+) secs\n`),
				p95: t.number(seconds, `(?m)^ +95%+ in ([0-9.]+) secs\n`),
				p99: t.number(seconds, `(?m)^ +99%+ in ([0-9.]+) secs\n`),
			}}
			c.Requests, c.Failed = byStatus(t.counts(`(?m)^ +\[(\d+)\]\t(\d+) responses\n`))
			return checked(c, t.err)
		},
	}
}
