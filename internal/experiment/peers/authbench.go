package main

import (
	"errors"
	"fmt"
	"strconv"
)

// The engines, arrivals and ways to wait of 'authbench load' that are compared.
const (
	epoll = "epoll"
	uring = "uring"

	poisson  = "poisson"
	constant = "constant"

	always = "always"
	hybrid = "hybrid"
	never  = "never"
)

// invalid is authbench's exit code for a run that it does not stand by. Its figures
// are shown all the same, as are those of peers that do not check themselves.
const invalid = 3

// flags are those of an authbench in the comparison; empty ones are left to it.
type flags struct{ engine, arrivals, poll string }

// authbench is 'authbench load' with certain flags, of which its name tells the
// interesting ones.
func authbench(path, name string, f flags) client {
	return client{
		name: name, program: path, version: []string{"version"}, loads: closed | open,
		install:  "make build",
		optional: f.engine == uring, // needs a new kernel
		doubtful: invalid,
		command: func(j job) command {
			args := []string{"load", j.url, "-c", strconv.Itoa(j.connections), "-d", j.seconds() + "s", "-t", "1", "--poll", f.poll, "-o", "json"}
			if f.engine != "" {
				args = append(args, "--engine", f.engine)
			}
			if j.rate > 0 {
				args = append(args, "--rate", strconv.Itoa(j.rate), "--arrivals", f.arrivals)
			}
			return command{args: args}
		},
		read: readAuthbench,
	}
}

func readAuthbench(out []byte) (claim, error) {
	d := parseDocument(out)
	c := claim{Requests: d.count("requests")}
	c.Verdict, _ = d.at("verdict").(string)
	if c.Verdict == "" && d.err == nil {
		d.err = errors.New("no word at verdict")
	}
	for _, n := range d.counts("errors") {
		c.Failed += n
	}
	_, refused := byStatus(d.counts("status"))
	c.Failed += refused
	names := map[quantile]string{p50: "p50", p95: "p95", p99: "p99", p999: "p999"}
	if d.at("response_us") != nil { // an open load
		c.Latency = d.latency(micros, names, "response_us")
		c.Lag = d.latency(micros, names, "lag_us")
	} else {
		c.Latency = d.latency(micros, names, "service_us")
	}
	return checked(c, d.err)
}

// costClients are the authbenches that the costs are measured of: they sleep, as wrk
// does, when there is nothing to do.
func costClients(path string) []client {
	return []client{
		authbench(path, "authbench (epoll)", flags{engine: epoll, poll: never}),
		authbench(path, "authbench (io_uring)", flags{engine: uring, poll: never}),
	}
}

// openClients are the authbenches of the part open. Peers send at even intervals: the
// last one is to be compared with theirs.
func openClients(path string) []client {
	var out []client
	for _, f := range []flags{
		{arrivals: poisson, poll: always}, {arrivals: poisson, poll: hybrid}, {arrivals: poisson, poll: never},
		{arrivals: constant, poll: always},
	} {
		name := fmt.Sprintf("authbench (%s, --poll %s)", f.arrivals, f.poll)
		out = append(out, authbench(path, name, f))
	}
	return out
}

// freezeClient is the authbench of the part freeze, and of its reference.
func freezeClient(path string) client {
	return authbench(path, "authbench", flags{arrivals: constant, poll: always})
}
