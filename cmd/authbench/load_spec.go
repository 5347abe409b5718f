package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/analysis"
	"authbench/internal/arms"
	"authbench/internal/host"
	"authbench/internal/load"
	"authbench/internal/trial"
)

// spec checks the flags, each error with its flag and the remedy, and returns what
// they ask for. changed says which flags were given.
func (f loadFlags) spec(rawURL string, changed func(string) bool) (trial.Spec, error) {
	u, err := trial.ParseURL(rawURL)
	if err != nil {
		return trial.Spec{}, err
	}
	s := trial.Spec{
		URL: u, Connections: f.connections, Duration: f.duration, Requests: f.requests, Warmup: f.warmup, Timeout: f.timeout,
		RequestsPerConnection: f.requestsPerConnection, Engine: f.engine, Seed: f.seed, Insecure: f.insecure, AllowRemote: f.allowRemote,
	}
	if s.Seed == 0 {
		s.Seed = binary.LittleEndian.Uint64(randomBytes(8))
	}
	if s.Request, err = f.request(u); err != nil {
		return s, err
	}
	for _, set := range []func(*trial.Spec, func(string) bool) error{f.extent, f.arrive, f.generator, f.hold} {
		if err := set(&s, changed); err != nil {
			return s, err
		}
	}
	return s, nil
}

// longestTimeout: the histograms hold two minutes, a wait for a connection and one
// for an answer.
const longestTimeout = time.Minute

// extent sets how much is measured.
func (f loadFlags) extent(s *trial.Spec, changed func(string) bool) error {
	counted := changed("requests")
	switch {
	case f.connections < 1:
		return fmt.Errorf("-c %d: write how many connections to keep open, at least 1", f.connections)
	case counted && f.requests < 1:
		return fmt.Errorf("-n %d: write how many requests to send, at least 1", f.requests)
	case f.duration <= 0:
		return fmt.Errorf("-d %v: write how long to measure, such as 10s", f.duration)
	case f.warmup < 0:
		return fmt.Errorf("--warmup %v: write a time such as 2s, or 0 for none", f.warmup)
	case f.timeout <= 0 || f.timeout > longestTimeout:
		return fmt.Errorf("--timeout %v: write a time above 0, up to %v", f.timeout, longestTimeout)
	case f.requestsPerConnection < 0:
		return fmt.Errorf("--requests-per-connection %d: write a number of requests, or 0 to keep connections open", f.requestsPerConnection)
	case counted && changed("connections") && f.requests < int64(f.connections):
		return fmt.Errorf("-n %d is less than -c %d: some connections would have nothing to do; use fewer", f.requests, f.connections)
	}
	if counted {
		s.Connections = int(min(int64(f.connections), f.requests))
		if !changed("duration") {
			s.Duration = 0
		}
	}
	return nil
}

// highestRate is what the schedule can pace.
const highestRate = 1e8

// arrive sets the kind of load.
func (f loadFlags) arrive(s *trial.Spec, changed func(string) bool) error {
	if !changed("rate") {
		if changed("arrivals") {
			return fmt.Errorf("--arrivals %s: a load without --rate is closed, and has none; give a rate", f.arrivals)
		}
		return nil
	}
	if !(f.rate > 0 && f.rate <= highestRate) {
		return fmt.Errorf("--rate %v: write requests per second, above 0", f.rate)
	}
	s.Rate, s.Arrivals = f.rate, bench.Arrivals(f.arrivals)
	if s.Arrivals != bench.Poisson && s.Arrivals != bench.Constant {
		return fmt.Errorf("--arrivals %q: choose from %s, %s", f.arrivals, bench.Poisson, bench.Constant)
	}
	return nil
}

// generator sets how the load is made.
func (f loadFlags) generator(s *trial.Spec, changed func(string) bool) error {
	if s.URL.Scheme == "https" {
		if f.engine != load.Auto && f.engine != load.Portable {
			return fmt.Errorf("--engine %s speaks no TLS: https needs --engine %s", f.engine, load.Portable)
		}
		s.Engine = load.Portable
	}
	s.Poll = load.Poll(f.poll)
	if f.poll == "" {
		s.Poll = load.PollNever
		if s.Arrivals != "" {
			s.Poll = load.PollHybrid
		}
	}
	if err := (load.Options{Name: s.Engine, Poll: s.Poll}).Check(); err != nil {
		return fmt.Errorf("--engine %s, --poll %s: %w", f.engine, f.poll, err)
	}
	if s.Engine == load.Portable {
		for _, flag := range []string{"threads", "cpus", "poll"} {
			if changed(flag) {
				return fmt.Errorf("--%s: the portable engine has no threads of its own; leave it out, or use another engine (plain http only)", flag)
			}
		}
		s.Poll = load.PollNever
	}
	return f.pin(s, changed("threads"))
}

// pin chooses a CPU, or none, for each generator thread.
func (f loadFlags) pin(s *trial.Spec, counted bool) error {
	threads := f.threads
	if !counted {
		threads = max(1, len(f.cpus))
	}
	if threads < 1 || threads < len(f.cpus) {
		return fmt.Errorf("-t %d: write how many generator threads to use, at least 1 and one for each of --cpus", f.threads)
	}
	allowed := host.Allowed()
	for _, cpu := range f.cpus {
		if !slices.Contains(allowed, cpu) {
			return fmt.Errorf("--cpus: this process may not use CPU %d; choose from %v", cpu, allowed)
		}
	}
	for k := range threads {
		cpu := -1
		if len(f.cpus) > 0 {
			cpu = f.cpus[k%len(f.cpus)]
		}
		s.CPUs = append(s.CPUs, cpu)
	}
	return nil
}

// readBody replaces a body that names a file by its content, byte for byte.
func (f *loadFlags) readBody(stdin io.Reader) (err error) {
	path, isFile := strings.CutPrefix(f.body, "@")
	if !isFile {
		return nil
	}
	var body []byte
	if path == standardInput {
		body, err = io.ReadAll(stdin)
	} else {
		body, err = os.ReadFile(path)
	}
	f.body = string(body)
	return err
}

// request is what is sent.
func (f loadFlags) request(u *url.URL) (load.Request, error) {
	r := load.Request{Method: f.method, Path: u.RequestURI(), Host: u.Host, Body: f.body}
	if !load.IsToken(f.method) {
		return r, fmt.Errorf("-m %q: write a method such as GET or POST", f.method)
	}
	for _, h := range f.headers {
		name, value, colon := strings.Cut(h, ":")
		value = strings.Trim(value, " \t")
		switch {
		case !colon || !load.IsToken(name):
			return r, fmt.Errorf("-H: a header is written 'Name: value', with a name of letters, digits and dashes")
		case strings.ContainsAny(value, "\r\n\x00"):
			return r, fmt.Errorf("-H %s: the value holds a line break; write it on one line", name)
		case strings.EqualFold(name, "Host"):
			r.Host = value
			continue
		case strings.EqualFold(name, "Content-Length"), strings.EqualFold(name, "Transfer-Encoding"):
			return r, fmt.Errorf("-H %s: the body's length is sent with it; leave the header out", name)
		}
		r.Fields = append(r.Fields, load.Field{Name: name, Value: value})
	}
	return r, nil
}

// hold sets the credentials.
func (f loadFlags) hold(s *trial.Spec, changed func(string) bool) error {
	if f.credentials == "" {
		if changed("bad-share") {
			return fmt.Errorf("--bad-share: there are no credentials to share; give a file of them with --credentials")
		}
		return nil
	}
	if !(f.badShare >= 0 && f.badShare < 1) {
		return fmt.Errorf("--bad-share %v: write a share from 0 to below 1", f.badShare)
	}
	ready, err := arms.ReadCredentials(f.credentials, f.badShare)
	if err != nil {
		return fmt.Errorf("--credentials: %w", err)
	}
	for _, field := range s.Request.Fields {
		if strings.EqualFold(field.Name, ready.Field) {
			return fmt.Errorf("-H %s: the credentials of --credentials go into that header; leave one of them out", field.Name)
		}
	}
	s.Credentials = &ready
	return nil
}

// limits reads --fail-on.
func (f loadFlags) limits(s trial.Spec) ([]analysis.Limit, error) {
	limits, err := analysis.ParseLimits(f.failOn)
	for _, l := range limits {
		if s.Arrivals == "" && strings.HasPrefix(l.Metric, "response_") {
			return nil, fmt.Errorf("--fail-on %q: a closed load has no response time; limit service_p99_us or the like, or give a --rate", l.Text)
		}
	}
	return limits, err
}
