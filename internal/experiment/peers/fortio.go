package main

import (
	"fmt"
	"strconv"
)

// fortio sends at a rate. Its histogram resolves a millisecond unless told otherwise;
// at 10 µs it still reaches a second.
func fortio() client {
	return client{
		name: "fortio", program: "fortio", version: []string{"version"}, loads: closed | open,
		install: "go install fortio.org/fortio@latest",
		command: func(j job) command {
			return command{args: []string{
				"load", "-quiet", "-c", strconv.Itoa(j.connections), "-qps", strconv.Itoa(j.rate), "-t", j.seconds() + "s",
				"-r", "0.00001", "-p", "50,95,99,99.9", "-json", "-", j.url,
			}}
		},
		read: func(out []byte) (claim, error) {
			d := parseDocument(out)
			c := claim{Latency: quantiles{}}
			c.Requests, c.Failed = byStatus(d.counts("RetCodes"))
			list, _ := d.at("DurationHistogram", "Percentiles").([]any)
			for i, q := range []quantile{p50, p95, p99, p999} {
				if i >= len(list) {
					return claim{}, fmt.Errorf("no %s in DurationHistogram.Percentiles", q)
				}
				one := document{root: list[i]}
				if name := quantile(fmt.Sprintf("p%v", one.number("Percentile"))); name != q {
					return claim{}, fmt.Errorf("%s in the place of %s in DurationHistogram.Percentiles", name, q)
				}
				c.Latency[q] = seconds * one.number("Value")
				if one.err != nil {
					return claim{}, one.err
				}
			}
			return checked(c, d.err)
		},
	}
}
