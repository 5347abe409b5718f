package loadtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"authbench/bench"
	"authbench/internal/measure/arms"
	"authbench/internal/measure/load"
)

// JobVersion is the version of what coordinators and workers tell each other in this
// package's types.
const JobVersion = 1

// MostRate is the highest rate of a fleet, requests per second: each thread of each machine
// walks through the whole schedule, which takes some 25 ns per arrival (BenchmarkDeal of package load).
const MostRate = 5e6

// mostThreads is more than any machine has use for.
const mostThreads = 1024

const (
	// mostConnections is how many one address can have to another: each takes a port of its own,
	// of which systems give away no more (32,768 to 60,999 on Linux).
	mostConnections = 28_000
	// mostRequests is more than half an hour at the highest rate. A worker runs through them
	// before it is ready.
	mostRequests = 10_000_000_000
)

// Job is what one worker of a fleet is to do. The schedule is the same for all of a fleet's
// jobs, and Part is what the worker sends of it.
type Job struct {
	Version int `json:"version"`
	// URL is the site as [bench.ParseSite] reads it. Request is sent to it; its headers and its
	// body may hold secrets.
	URL     string     `json:"url"`
	Request JobRequest `json:"request"`
	// Credentials are sent besides, nil for none.
	Credentials *JobCredentials `json:"credentials,omitempty"`
	Expect      string          `json:"expect_status"`

	// Arrivals is empty for a closed load. Rate, Ramp and Seed are those of the whole fleet.
	Arrivals bench.Arrivals `json:"arrivals,omitempty"`
	Rate     float64        `json:"rate_rps,omitempty"`
	Ramp     bench.Ramp     `json:"ramp,omitzero"`
	Seed     uint64         `json:"seed"`
	// Duration and Requests end the measured part, whichever comes first; 0 is no end.
	Duration bench.Duration `json:"duration"`
	Requests int64          `json:"requests,omitempty"`
	// Warmup comes before the measured part, as a part of the same schedule.
	Warmup  bench.Duration `json:"warmup"`
	Timeout bench.Duration `json:"timeout"`

	// Connections and Threads are the worker's.
	Connections           int       `json:"connections"`
	Threads               int       `json:"threads"`
	RequestsPerConnection int       `json:"requests_per_connection,omitempty"`
	Engine                string    `json:"engine"`
	Poll                  load.Poll `json:"poll"`
	Insecure              bool      `json:"insecure,omitempty"`
	Part                  load.Part `json:"part"`
}

// JobRequest is a request as a job describes it.
type JobRequest struct {
	Method string        `json:"method"`
	Target string        `json:"target"`
	Host   string        `json:"host"`
	Fields []bench.Field `json:"headers,omitempty"`
	Body   []byte        `json:"body,omitempty"`
}

// JobCredentials name credentials that the worker has: no job carries any.
type JobCredentials struct {
	// SHA256 is that of the file, in hexadecimal digits.
	SHA256   string  `json:"sha256"`
	BadShare float64 `json:"bad_share"`
}

// Local is what a worker's own machine knows, and decides, of a job.
type Local struct {
	// CPUs has an entry per generator thread, as in [load.Options]. Nil: as many threads as the
	// job says, which are not pinned.
	CPUs []int
	// Credentials is the path of the file whose digest a job with credentials names.
	Credentials string
	// Allow is asked about each address of the server before it is dialled, and refuses it
	// with an error. Nil allows this machine's own alone.
	Allow func(context.Context, bench.Address) error
}

// Split returns the jobs that make a load test together, one for each worker, all of equal parts.
// What a fleet cannot do is an error.
func Split(s Spec, workers int) ([]Job, error) {
	if err := checkSplit(s, workers); err != nil {
		return nil, err
	}
	d := s.Request.Draft()
	whole := Job{
		Version: JobVersion, URL: s.Site.String(), Expect: s.Expect.String(),
		Request:  JobRequest{Method: d.Method, Target: d.Path, Host: d.Authority, Fields: d.Fields, Body: []byte(d.Body)},
		Arrivals: s.Arrivals, Rate: s.Rate, Ramp: s.Ramp, Seed: s.Seed,
		Duration: bench.Duration(s.Duration), Requests: s.Requests, Warmup: bench.Duration(s.Warmup), Timeout: bench.Duration(s.Timeout),
		Threads: max(1, len(s.CPUs)), RequestsPerConnection: s.RequestsPerConnection, Engine: s.Engine, Poll: s.Poll, Insecure: s.Insecure,
	}
	if c := s.Credentials; c != nil {
		whole.Credentials = &JobCredentials{SHA256: c.SHA256, BadShare: c.BadShare}
	}
	var jobs []Job
	spare := s.Connections - workers
	for k := range workers {
		j := whole
		j.Part = load.Part{Index: k, Of: workers}
		j.Connections = 1 + spare*(k+1)/workers - spare*k/workers
		jobs = append(jobs, j)
	}
	for _, j := range jobs {
		if err := j.Check(); err != nil {
			return nil, err
		}
	}
	return jobs, nil
}

// checkSplit reports what a fleet cannot do that one machine can.
func checkSplit(s Spec, workers int) error {
	switch n := workers; {
	case n < 1:
		return errors.New("a fleet without workers: name at least one")
	case s.Connections < n:
		return fmt.Errorf("%d connections for %d workers: each needs at least one; use more connections (-c)", s.Connections, n)
	case s.Requests > 0 && s.Requests < int64(n):
		return fmt.Errorf("%d requests for %d workers: some would have nothing to do; send more (-n)", s.Requests, n)
	case s.Requests > 0 && s.Warmup > 0:
		return errors.New("a number of requests (-n) with a warm-up, over a fleet: the warm-up is a part of its schedule there, and would be counted; leave one of them out")
	}
	return nil
}

// ReadJob reads a job that came from elsewhere, and checks it.
func ReadJob(text []byte) (Job, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var j Job
	if err := d.Decode(&j); err != nil {
		return Job{}, fmt.Errorf("read the job: %w", err)
	}
	return j, j.Check()
}

// Check reports what is wrong with a job, as far as its text tells.
func (j Job) Check() error {
	switch most := j.Peak(); {
	case j.Version != JobVersion:
		return fmt.Errorf("a job of version %d: this program knows version %d; use one build for all machines", j.Version, JobVersion)
	case j.Part == load.Part{}:
		return errors.New("a job without a part of the schedule")
	case j.Part.Check() != nil:
		return j.Part.Check()
	case j.Connections < 1 || j.Threads < 1 || j.Threads > mostThreads:
		return fmt.Errorf("a job with %d connections and %d threads", j.Connections, j.Threads)
	case j.Connections > mostConnections:
		return fmt.Errorf("a job with %d connections: a worker keeps up to %d; use more workers, or fewer connections", j.Connections, mostConnections)
	case j.Requests > mostRequests:
		return fmt.Errorf("a job with %d requests: a fleet counts up to %d; end it by its duration", j.Requests, int64(mostRequests))
	case j.Duration < 0 || j.Warmup < 0 || j.Requests < 0 || j.Duration == 0 && j.Requests == 0:
		return fmt.Errorf("a job that measures %v and %d requests, after %v: it needs an end", j.Duration, j.Requests, j.Warmup)
	case j.Timeout <= 0 || j.RequestsPerConnection < 0:
		return fmt.Errorf("a job with a timeout of %v and %d requests per connection", j.Timeout, j.RequestsPerConnection)
	case !(most >= 0 && most <= MostRate):
		return fmt.Errorf("a rate of %.0f requests per second: a fleet can pace up to %.0f", most, MostRate)
	case j.Arrivals != "" && j.Arrivals != bench.Poisson && j.Arrivals != bench.Constant, (j.Arrivals == "") != (most == 0):
		return fmt.Errorf("a job with %q arrivals, %v of them per second", j.Arrivals, most)
	case len(j.Ramp.Stages) > 0 && (j.Ramp.Check(MostRate) != nil || j.Duration.Std() != j.Ramp.Length() || j.Warmup > 0):
		return errors.New("a job whose stages do not make its duration")
	case j.Credentials != nil && !(j.Credentials.BadShare >= 0 && j.Credentials.BadShare < 1):
		return fmt.Errorf("a job with a bad share of %v", j.Credentials.BadShare)
	}
	return (load.Options{Name: j.Engine, Poll: j.Poll}).Check()
}

// Peak is the job's highest rate, 0 for a closed load.
func (j Job) Peak() float64 {
	if len(j.Ramp.Stages) == 0 {
		return j.Rate
	}
	most := j.Ramp.From
	for _, s := range j.Ramp.Stages {
		most = max(most, s.To)
	}
	return most
}

// Digest is the SHA-256 of the job's JSON, in hexadecimal digits.
func (j Job) Digest() string { return digest(j) }

// digest is the SHA-256 of a value's JSON. Values of this package's types have one.
func digest(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("loadtest: a value without JSON: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Site is the server that the job loads.
func (j Job) Site() (bench.Site, error) {
	site, p := bench.ParseSite(j.URL)
	if p != nil {
		return bench.Site{}, *p
	}
	return site, nil
}

// spec is the job as the load test of one machine, whose slice is [Job.slice].
func (j Job) spec(l Local) (Spec, error) {
	if err := j.Check(); err != nil {
		return Spec{}, err
	}
	s := Spec{
		Connections: j.Connections, CPUs: l.CPUs, Duration: j.Duration.Std(), Requests: j.Requests,
		Arrivals: j.Arrivals, Rate: j.Rate, Ramp: j.Ramp, Warmup: j.Warmup.Std(), Timeout: j.Timeout.Std(),
		RequestsPerConnection: j.RequestsPerConnection, Engine: j.Engine, Poll: j.Poll, Seed: j.Seed, Insecure: j.Insecure,
		AllowRemote: l.Allow != nil,
	}
	for len(s.CPUs) < j.Threads && l.CPUs == nil {
		s.CPUs = append(s.CPUs, -1)
	}
	var err error
	if s.Site, err = j.Site(); err != nil {
		return s, err
	}
	if s.Expect, err = bench.ParseStatuses(j.Expect); err != nil {
		return s, err
	}
	d := bench.Draft{Method: j.Request.Method, Path: j.Request.Target, Authority: j.Request.Host, Fields: j.Request.Fields, Body: string(j.Request.Body)}
	if j.Credentials != nil {
		if s.Credentials, err = j.Credentials.read(l.Credentials); err != nil {
			return s, err
		}
		d.Credential = s.Credentials.Field
	}
	var problems []bench.Problem
	if s.Request, problems = bench.NewMessage(d); len(problems) > 0 {
		return s, problems[0]
	}
	return s, nil
}

// read reads the credentials from the worker's file of them.
func (c JobCredentials) read(path string) (*arms.Ready, error) {
	if path == "" {
		return nil, errors.New("the job sends credentials, which no coordinator hands out: give the worker the same file of them (--credentials)")
	}
	ready, err := arms.ReadCredentials(path, c.BadShare)
	if err != nil {
		return nil, fmt.Errorf("--credentials: %w", err)
	}
	if !strings.EqualFold(ready.SHA256, c.SHA256) {
		return nil, fmt.Errorf("--credentials %s: not the coordinator's file of credentials: copy that one", path)
	}
	return &ready, nil
}

// slice is what the worker sends and measures. Its warm-up is the schedule's beginning: a
// pause between the two would have to be as long as the slowest worker's last answer takes.
func (j Job) slice() load.Slice {
	s := Spec{Arrivals: j.Arrivals, Rate: j.Rate, Ramp: j.Ramp, Seed: j.Seed, Duration: j.Duration.Std(), Requests: j.Requests}.slice()
	s.Part, s.Settle = j.Part, j.Warmup.Std()
	return s
}
