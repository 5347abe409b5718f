package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/measure/arms"
	"authbench/internal/measure/host"
	"authbench/internal/measure/load"
	"authbench/internal/measure/loadtest"
)

// spec checks the flags, each error with its flag and the remedy, and returns what
// they ask for. changed says which flags were given.
func (f loadFlags) spec(rawURL string, changed func(string) bool) (loadtest.Spec, error) {
	site, p := bench.ParseSite(rawURL)
	if p != nil {
		return loadtest.Spec{}, *p
	}
	s := loadtest.Spec{
		Site: site, Connections: f.connections, Duration: f.duration, Requests: f.requests, Warmup: f.warmup, Timeout: f.timeout,
		RequestsPerConnection: f.requestsPerConnection, Engine: f.engine, Seed: f.seed, Insecure: f.insecure, AllowRemote: f.allowRemote,
		Expect: f.expect,
	}
	if s.Seed == 0 {
		s.Seed = binary.LittleEndian.Uint64(randomBytes(8))
	}
	for _, set := range []func(*loadtest.Spec, func(string) bool) error{f.setExtent, f.setArrivals, f.setGenerator, f.setCredentials, f.setRequest} {
		if err := set(&s, changed); err != nil {
			return s, err
		}
	}
	return s, nil
}

// longestTimeout bounds --timeout: the histograms hold two minutes, one wait for a connection
// and one for an answer.
const longestTimeout = time.Minute

// setExtent sets how much is measured.
func (f loadFlags) setExtent(s *loadtest.Spec, changed func(string) bool) error {
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

// highestRate is the highest rate that the schedule can pace, requests per second.
const highestRate = 1e8

// setArrivals sets the kind of load.
func (f loadFlags) setArrivals(s *loadtest.Spec, changed func(string) bool) error {
	switch {
	case changed("stages"):
		if err := f.setStages(s, changed); err != nil {
			return err
		}
	case !changed("rate"):
		if changed("arrivals") {
			return fmt.Errorf("--arrivals %s: a load without --rate is closed, and has none; give a rate", f.arrivals)
		}
		return nil
	case !(f.rate > 0 && f.rate <= highestRate):
		return fmt.Errorf("--rate %v: write requests per second, above 0 and up to %v", f.rate, int64(highestRate))
	default:
		s.Rate = f.rate
	}
	s.Arrivals = bench.Arrivals(f.arrivals)
	if s.Arrivals != bench.Poisson && s.Arrivals != bench.Constant {
		return fmt.Errorf("--arrivals %q: choose from %s, %s", f.arrivals, bench.Poisson, bench.Constant)
	}
	return nil
}

// setStages sets a rate that changes.
func (f loadFlags) setStages(s *loadtest.Spec, changed func(string) bool) error {
	switch {
	case changed("duration"):
		return errors.New("-d and --stages: the stages say how long the test takes; leave -d out, or add a stage")
	case changed("warmup"):
		return errors.New("--warmup and --stages: which of the rates would it have; leave --warmup out, and begin with a stage for it")
	}
	s.Ramp = bench.Ramp{From: f.rate, Stages: f.stages}
	if err := s.Ramp.Check(highestRate); err != nil {
		return fmt.Errorf("--stages: %w", err)
	}
	s.Duration = s.Ramp.Length()
	s.Rate = s.Ramp.Mean()
	return nil
}

// setGenerator sets how the load is made.
func (f loadFlags) setGenerator(s *loadtest.Spec, changed func(string) bool) error {
	if s.Site.Secure {
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
		flags := "--engine " + f.engine
		if f.poll != "" {
			flags += ", --poll " + f.poll
		}
		return fmt.Errorf("%s: %w", flags, err)
	}
	if s.Engine == load.Portable {
		for _, flag := range []string{"threads", "cpus", "poll"} {
			if changed(flag) {
				return fmt.Errorf("--%s: the portable engine has no threads of its own; leave it out, or use another engine (plain http only)", flag)
			}
		}
		s.Poll = load.PollNever
	}
	return f.pinThreads(s, changed("threads"))
}

// pinThreads chooses a CPU, or none, for each generator thread.
func (f loadFlags) pinThreads(s *loadtest.Spec, counted bool) error {
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

// readBody replaces a body that names a file by the file's content, up to one byte more than a
// request may have: enough to tell that it is too large.
func (f *loadFlags) readBody(stdin io.Reader) (err error) {
	path, isFile := strings.CutPrefix(f.body, "@")
	if !isFile {
		return nil
	}
	if path != standardInput {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close() // it was only read
		stdin = file
	}
	body, err := io.ReadAll(io.LimitReader(stdin, bench.MaxBody+1))
	f.body = string(body)
	return err
}

// setRequest sets what is sent, around the credentials.
func (f loadFlags) setRequest(s *loadtest.Spec, _ func(string) bool) error {
	d := bench.Draft{Method: f.method, Path: s.Site.Target, Body: f.body, Authority: s.Site.Authority()}
	if s.Credentials != nil {
		d.Credential = s.Credentials.Field
	}
	if f.method == "" {
		return errors.New(`-m "": write a method such as GET or POST`)
	}
	for _, h := range f.headers {
		name, value, colon := strings.Cut(h, ":")
		if !colon {
			return errors.New("-H: a header is written 'Name: value'")
		}
		d.Fields = append(d.Fields, bench.Field{Name: name, Value: value})
	}
	var problems []bench.Problem
	if s.Request, problems = bench.NewMessage(d); len(problems) > 0 {
		return f.flagError(problems[0])
	}
	return nil
}

// flagError names the flag that brought what is wrong with a request.
func (f loadFlags) flagError(p bench.Problem) error {
	flag := map[any]string{"method": fmt.Sprintf("-m %q", f.method), "headers": "-H", "body": "--body", "credential": "--credentials", "path": "the URL"}[p.Path[0]]
	if len(p.Path) > 1 {
		flag += fmt.Sprintf(" %v", p.Path[1])
	}
	p.Path = nil
	return fmt.Errorf("%s: %w", flag, p)
}

// setCredentials sets the credentials.
func (f loadFlags) setCredentials(s *loadtest.Spec, changed func(string) bool) error {
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
	s.Credentials = &ready
	return nil
}
