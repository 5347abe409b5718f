package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/measure/loadtest"
	"authbench/internal/measure/reach"
	"authbench/internal/result"
	"authbench/internal/result/limit"
	"authbench/internal/result/validity"
	"authbench/internal/show/report"
)

// loadFlags are the flags of 'authbench load'.
type loadFlags struct {
	connections           int
	duration              time.Duration
	requests              int64
	threads               int
	cpus                  []int
	rate                  float64
	stages                []bench.RampStage
	arrivals              string
	warmup, timeout       time.Duration
	requestsPerConnection int

	headers      []string
	method, body string
	credentials  string
	badShare     float64

	workers               string
	engine, poll          string
	seed                  uint64
	insecure, allowRemote bool
	html, hgrm, hlog      string
	expect                bench.Statuses
	failOn                []string
	strict                bool
	output                outputFlags
}

const (
	// defaultLoadConnections and defaultLoadTime are what other load tools take.
	defaultLoadConnections = 50
	defaultLoadTime        = 10 * time.Second
	// defaultLoadTimeout is longer than what anybody waits for an API.
	defaultLoadTimeout = 10 * time.Second
)

func loadCommand() *cobra.Command {
	var f loadFlags
	c := &cobra.Command{
		Use:   "load URL",
		Short: "Load-tests one URL: throughput, latency, errors",
		Long: `load sends requests to one URL and reports throughput, statuses, errors and the
percentiles of each part of a request.

Without --rate the load is closed: each connection sends its next request as soon
as it has its answer. That finds how much the server can do; it does not find how
long users wait, because a slow server is asked less often. With --rate the load
is open: requests are due at times that are fixed in advance, and response times
count from then, so that a server that stalls cannot hide the wait. With --stages
its rate changes, evenly within each stage: from 0, or --rate, to that of the first
stage within its time, from there to that of the second, and so on. A stage with the
rate of the one before holds it, one of 0s jumps, and the last one ends the test.

It measures for 10 s over 50 connections with one generator thread, unless told
otherwise; -d and -n together end it at whichever comes first. Ctrl-C prints what
was measured until then. Load goes to this machine only, unless --allow-remote.

The URL is http://HOST:PORT/PATH or https://…, or unix:SOCKET or unix:SOCKET:/PATH
for a server that listens on a Unix socket. Host is what the URL says, or
-H 'Host: NAME'. What may not stand in a request line is escaped.`,
		Example: `  authbench load http://127.0.0.1:8080/
  authbench load http://127.0.0.1:8080/orders --rate 2000 -d 30s -H 'Accept: application/json'
  authbench load http://127.0.0.1:8080/ -n 100000 -c 200 -t 2 -o json
  authbench load http://127.0.0.1:8080/ --rate 5k -d 1m --html load.html -o csv
  authbench load http://127.0.0.1:8080/ --stages '10s:100/s,30s:2k/s,0s:500/s,20s:500/s'
  authbench load unix:/run/api.sock:/orders
  authbench load https://localhost:8443/ --insecure -m POST --body @order.json`,
		Args: exactArgs(1, "name the URL, such as http://127.0.0.1:8080/"),
		RunE: func(c *cobra.Command, args []string) error { return runLoad(c, args[0], f) },
	}
	f.register(c)
	f.output.register(c, "csv")
	return c
}

func (f *loadFlags) register(c *cobra.Command) {
	l := c.Flags()
	l.IntVarP(&f.connections, "connections", "c", defaultLoadConnections, "connections to keep open")
	durationFlag(l, &f.duration, "duration", "d", defaultLoadTime, "how long to measure, such as 1m30s, or a number of seconds; with -n alone, as long as that takes")
	l.VarP(count{&f.requests}, "requests", "n", "how many requests to send")
	l.IntVarP(&f.threads, "threads", "t", 1, "generator threads, or as many as --cpus names")
	l.IntSliceVar(&f.cpus, "cpus", nil, "`CPUs` to pin the generator threads to, such as 2,3")
	l.Var(rate{&f.rate}, "rate", "requests per second of an open load, all connections together, such as 2000, 5k or 600/1m")
	l.Var(stages{&f.stages}, "stages", "an open load whose rate changes: `stages`, each with its length and the rate that it goes to, evenly, from 0 (or --rate) on, such as 10s:100/s,30s:2k/s")
	l.StringVar(&f.arrivals, "arrivals", string(bench.Poisson), "how the requests of an open load are spaced: poisson or constant")
	durationFlag(l, &f.warmup, "warmup", "", 0, "send the same load for so long first, and do not count it")
	durationFlag(l, &f.timeout, "timeout", "", defaultLoadTimeout, "give up a request, or a connection, after this time")
	l.IntVar(&f.requestsPerConnection, "requests-per-connection", 0, "close each connection after so many requests and open it again")
	l.StringArrayVarP(&f.headers, "header", "H", nil, "`header` to send, as 'Name: value' (repeatable)")
	l.StringVarP(&f.method, "method", "m", "GET", "request method")
	l.StringVar(&f.body, "body", "", "request body, or @FILE, or @- for standard input")
	l.StringVar(&f.credentials, "credentials", "", "`file` of credentials to send, as 'authbench mint' writes it; verdicts are checked")
	l.Float64Var(&f.badShare, "bad-share", *bench.DefaultPopulation().BadShare, "share of the requests with credentials that must be refused")
	l.StringVar(&f.workers, "workers", "", "share the load between so many `workers` on this machine, or those of the coordinator's file (docs/fleet.md)")
	l.StringVar(&f.engine, "engine", load.Auto, "generator `engine`; https needs portable, and auto chooses it")
	l.StringVar(&f.poll, "poll", "", "how the generator waits: always, hybrid or never (default: hybrid for an open load, never for a closed one)")
	l.Uint64Var(&f.seed, "seed", 0, "seed of the schedule (default: a new one)")
	l.BoolVar(&f.insecure, "insecure", false, "take any TLS certificate")
	l.BoolVar(&f.allowRemote, "allow-remote", false, "let load go to another machine, which must be yours")
	l.StringVar(&f.html, "html", "", "write a page with the figures and their course over time to this `file`")
	l.StringVar(&f.hgrm, "hgrm", "", "write the headline's percentile distribution (ms) to this `file`, for HdrHistogram's plotters")
	l.StringVar(&f.hlog, "hlog", "", "write every histogram to this `file`, as an HdrHistogram interval log")
	f.expect = loadtest.DefaultExpect()
	l.Var(statuses{&f.expect}, "expect-status", "what is success: statuses and classes of them, such as 2xx,302")
	l.StringArrayVar(&f.failOn, "fail-on", nil, "exit 1 if a figure is beyond a limit, such as 'p99>2ms', 'errors>0' or 'success<99%' (repeatable; 'authbench list metrics')")
	l.BoolVar(&f.strict, "strict", false, "exit 3 if the figures are suspicious")
}

func runLoad(c *cobra.Command, rawURL string, f loadFlags) error {
	p := newProgress(c.ErrOrStderr(), f.output.quiet, f.duration)
	err := f.run(c, rawURL, p)
	return veiled(p.veil, err)
}

// run is a load test from its flags to its verdict.
func (f loadFlags) run(c *cobra.Command, rawURL string, p *progress) error {
	shown := p.veil.URL(rawURL)
	if err := f.readBody(c.InOrStdin()); err != nil {
		return usageError(fmt.Errorf("--body: %w", err))
	}
	spec, err := f.spec(rawURL, c.Flags().Changed)
	if err != nil {
		return usageError(err)
	}
	spec.Shown = shown
	limits, err := limit.Parse(f.failOn, spec.Scope())
	if err != nil {
		return usageError(err)
	}
	files, err := f.openFiles()
	if err != nil {
		return err
	}
	defer files.discard()
	run := watchLoadTest
	if f.workers != "" {
		run = f.runFleet
	}
	found, err := run(c.Context(), spec, p, f.output)
	if err != nil && errors.Is(err, context.Canceled) && found == nil {
		err = fmt.Errorf("%w: %w", errNothingMeasured, err)
	}
	if found == nil {
		return advise(err)
	}
	found.Summary.Limits = limit.Judge(limits, []limit.Subject{found.Subject()})
	if err := errors.Join(printLoadTest(c, found, f.output), files.write(found)); err != nil {
		return err
	}
	if err != nil {
		return advise(err)
	}
	return judgeLoadTest(&found.Summary, f.strict)
}

// printLoadTest prints what was found.
func printLoadTest(c *cobra.Command, r *loadtest.Result, o outputFlags) error {
	w := c.OutOrStdout()
	switch o.format {
	case "json":
		return report.JSON(w, &r.Summary)
	case "csv":
		return report.LoadTestCSV(w, &r.Summary)
	}
	return report.LoadTest(w, &r.Summary, r.Histogram(), report.LoadTestOptions{TerminalOptions: o.terminal(w), ASCII: !hasUnicode()})
}

// advise adds to an error what the user can do about it.
func advise(err error) error {
	var untrusted *tls.CertificateVerificationError
	var plain tls.RecordHeaderError
	var unknown *net.DNSError
	switch {
	case errors.Is(err, reach.ErrRemote):
		return usageError(fmt.Errorf("%w; --allow-remote sends it there", err))
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w: nothing listens there; start the server first, or correct the address", err)
	case errors.Is(err, syscall.ENOENT):
		return fmt.Errorf("%w: there is no such socket; start the server first, or correct the path", err)
	case errors.Is(err, syscall.ENOTDIR):
		return pathError(fmt.Errorf("%w: correct the path of the socket; a path to ask for follows it after a colon, as in unix:/run/api.sock:/orders", err))
	case errors.As(err, &unknown):
		return fmt.Errorf("%w: correct the name of the host, or write its address", err)
	case errors.As(err, &untrusted):
		return fmt.Errorf("%w; --insecure takes any certificate", err)
	case errors.As(err, &plain):
		return fmt.Errorf("%w: the server does not speak TLS there; write http://, or correct the port", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: the server was silent until --timeout; look at what it waits for, or whether it speaks https there at all", err)
	}
	return err
}

// judgeLoadTest turns what a whole load test found into the command's error.
func judgeLoadTest(s *result.LoadTest, strict bool) error {
	v := commandVerdict{limits: s.Limits, strict: strict}
	for _, w := range s.Warnings {
		switch {
		case w.Code == validity.CodeFalseAccepts:
			v.failed = append(v.failed, w.Text)
		case w.Level == bench.Void && v.invalid == "":
			v.invalid = "the figures are invalid: " + w.Text
		case w.Level == bench.Suspicious && v.suspicious == "":
			v.suspicious = "the figures are suspicious: " + w.Text
		}
	}
	return v.err()
}
