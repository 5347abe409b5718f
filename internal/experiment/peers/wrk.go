package main

import (
	"strconv"
	"time"
)

// wrk is the reference of the costs. Its rate is whatever the server bears.
func wrk() client {
	return client{
		name: "wrk", program: "wrk", version: []string{"-v"}, loads: closed,
		install: "apt-get install wrk, or github.com/wg/wrk",
		command: func(j job) command {
			return command{args: []string{"-t1", "-c" + strconv.Itoa(j.connections), "-d" + j.seconds() + "s", "--latency", j.url}}
		},
		read: func(out []byte) (claim, error) {
			t := text{out: out}
			c := wrkClaim(&t)
			c.Latency = quantiles{p50: t.duration(`(?m)^ +50% +(\S+)\n`), p99: t.duration(`(?m)^ +99% +(\S+)\n`)}
			return checked(c, t.err)
		},
	}
}

// wrk2 is wrk with a rate, and with latencies from when a request was due. It spends
// ten seconds on calibration, if it has them, and forgets the latencies until then.
// Told a rate beyond what the server bears, in place of a closed load, it now and then
// all but stops.
func wrk2() client {
	return client{
		name: "wrk2", program: "wrk2", version: []string{"-v"}, loads: open, uncounted: 10 * time.Second,
		install: "build github.com/giltene/wrk2 and call its wrk wrk2",
		command: func(j job) command {
			return command{args: []string{"-t1", "-c" + strconv.Itoa(j.connections), "-d" + j.seconds() + "s", "-R" + strconv.Itoa(j.rate), "--latency", j.url}}
		},
		read: func(out []byte) (claim, error) {
			t := text{out: out}
			c := wrkClaim(&t)
			c.Latency = quantiles{
				p50:  t.duration(`(?m)^ +50\.000% +(\S+)\n`),
				p95:  t.number(millis, `(?m)^ +([0-9.]+) +0\.950000 +\d+ `), // in the spectrum alone
				p99:  t.duration(`(?m)^ +99\.000% +(\S+)\n`),
				p999: t.duration(`(?m)^ +99\.900% +(\S+)\n`),
			}
			return checked(c, t.err)
		},
	}
}

// wrkClaim reads what wrk and wrk2 print alike.
func wrkClaim(t *text) claim {
	return claim{
		Requests: t.count(`(?m)^ +(\d+) requests in `),
		Failed: t.sum(`(?m)^ +Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)\n`) +
			t.sum(`(?m)^ +Non-2xx or 3xx responses: (\d+)\n`),
	}
}
