package loadtest

import (
	"fmt"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/result"
	"authbench/internal/result/hist"
	"authbench/internal/result/validity"
)

// Fleet puts together what the workers of a load test tell, and judges it. It believes none
// of what carried that: deltas have to be whole and add up to the final, and the finals to the
// schedule. Its methods may be called at once; workers are numbered as their jobs are.
type Fleet struct {
	spec Spec
	jobs []Job

	mu      sync.Mutex // guards what follows
	started time.Time
	gauge   Gauge
	members []member
	sum     *load.Outcome // of the finals
	span    time.Duration
}

// member is what is known of one worker.
type member struct {
	digests map[int]string // of its deltas
	told    load.Counts    // by them, as the following
	times   *hist.Packed
	series  series

	final    *Final // without its outcome, which has several megabytes
	digest   string // of it, with its outcome
	counts   load.Counts
	headline string // its histogram, as text
	checksum load.Checksum
	row      result.Worker // as far as the final says
}

// slowest is how often the shortest interval is doubled to be as long as a delta's row.
const slowest = 3

// NewFleet returns the fleet of a test that [Split] made jobs of.
func NewFleet(s Spec, jobs []Job) *Fleet {
	f := &Fleet{spec: s, jobs: jobs, members: make([]member, len(jobs)), sum: load.NewOutcome(true)}
	f.gauge.enter(Connecting)
	for i := range f.members {
		f.members[i] = member{digests: map[int]string{}, times: hist.NewPacked(), series: series{doubled: slowest}}
	}
	return f
}

// Started says once when the load starts, or has started, on this machine's clock.
func (f *Fleet) Started(at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.started.IsZero() {
		return
	}
	f.started = at
	f.gauge.enter(Measuring)
	f.gauge.began, f.gauge.series = at.Add(f.spec.Warmup), series{doubled: slowest}
}

// member returns a worker by its number.
func (f *Fleet) member(worker int) (*member, error) {
	if worker < 0 || worker >= len(f.members) {
		return nil, fmt.Errorf("there is no worker %d: they are numbered 0 to %d", worker, len(f.members)-1)
	}
	return &f.members[worker], nil
}

// Delta takes a worker's, once the load has started. The same one again, in whatever order,
// changes nothing.
func (f *Fleet) Delta(worker int, d Delta) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, err := f.member(worker)
	if err != nil {
		return err
	}
	if f.started.IsZero() {
		return fmt.Errorf("worker %d sent delta %d before the load started", worker, d.Seq)
	}
	sum := digest(d)
	if known, again := m.digests[d.Seq]; again && known == sum {
		return nil
	} else if again || d.Seq < 0 {
		return fmt.Errorf("worker %d sent another delta %d before", worker, d.Seq)
	}
	var found []load.Interval
	for _, row := range d.Rows {
		i, err := row.interval(f.jobs[worker].lastSecond())
		if err != nil {
			return fmt.Errorf("worker %d, delta %d: %w", worker, d.Seq, err)
		}
		found = append(found, i)
	}
	m.digests[d.Seq] = sum
	for _, i := range found {
		f.gauge.take(i)
		m.series.add(i)
		m.told = m.told.Plus(i.Counts)
		m.times.Merge(i.Times)
	}
	return nil
}

// Final takes a worker's. The same one again changes nothing.
func (f *Fleet) Final(worker int, final *Final) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, err := f.member(worker)
	if err != nil {
		return err
	}
	if err := final.check(f.jobs[worker]); err != nil {
		return fmt.Errorf("worker %d: %w", worker, err)
	}
	sum := digest(final)
	if m.final != nil && m.digest == sum {
		return nil
	} else if m.final != nil {
		return fmt.Errorf("worker %d sent another final before", worker)
	}
	if err := m.end(f.spec, f.share(), *final); err != nil {
		return fmt.Errorf("worker %d: %w", worker, err)
	}
	m.digest = sum
	f.sum.Add(final.Outcome)
	f.span = max(f.span, final.Span)
	return nil
}

// end notes what a worker with a share of the schedule found in all.
func (m *member) end(s Spec, share float64, final Final) error {
	o := final.Outcome
	record := bench.Slice{Attempt: 1, Connections: final.Connections, Rate: s.Rate * share}
	if err := o.Fill(&record); err != nil {
		return err
	}
	headline, err := s.headline(o).Encode()
	if err != nil {
		return err
	}
	m.headline, m.checksum = headline, o.Checksum()
	m.counts = load.Counts{Sent: o.Sent, Completed: o.Completed, WrongVerdicts: o.WrongVerdicts}
	for _, n := range o.Errors {
		m.counts.Errors += n
	}
	m.row = result.Worker{
		Requests: validity.Requests(record), Throughput: perSecond(o.Answered, o.Measured), Due: o.Scheduled, Sent: o.Sent,
		Failures: validity.Failures(record) + o.FalseAccepts, Connections: final.Connections, Threads: final.Threads, Engine: final.Engine,
		LateSends: o.LateSends, GeneratorBusy: float64(o.GeneratorCPU-o.GeneratorSpin) / float64(o.Measured) / float64(final.CPUs),
		Times: spreadOf(s.headline(o)), Lag: spreadOf(o.Valid.Lag), Warnings: s.judge(final.Found, record),
	}
	final.Outcome = nil
	m.final = &final
	return nil
}

// headline is the histogram that says how long a request takes.
func (s Spec) headline(o *load.Outcome) *hist.Histogram {
	if s.Arrivals != "" {
		return o.Valid.Response
	}
	return o.Valid.Service
}

// share is each worker's share of the schedule.
func (f *Fleet) share() float64 { return 1 / float64(len(f.jobs)) }

// Read returns how far the test is, of the seconds of which all workers have told.
func (f *Fleet) Read() Reading {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.gauge.Read()
	if f.started.IsZero() {
		return r
	}
	if since := time.Since(f.started); since < f.spec.Warmup {
		r.Stage, r.Elapsed, r.Intervals = Warming, max(0, since), nil
		return r
	}
	told := len(f.members[0].digests)
	for _, m := range f.members {
		told = min(told, len(m.digests))
	}
	r.Intervals = r.Intervals[:min(len(r.Intervals), int(time.Duration(told)*deltaStep/f.gauge.series.step()))]
	return r
}
