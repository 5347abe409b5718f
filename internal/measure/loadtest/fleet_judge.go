package loadtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/result"
	"authbench/internal/result/hist"
	"authbench/internal/result/validity"
)

// Ending is how a fleet's test came to its end.
type Ending struct {
	// Interrupted says that the user ended it, Broken what broke it off; "" for nothing.
	Interrupted bool
	Broken      string
}

// Result judges what came, with what is known of each worker besides (its name, machine,
// program and clock). There is an error if no final came.
func (f *Fleet) Result(about []result.Worker, e Ending) (*Result, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(about) != len(f.members) {
		return nil, fmt.Errorf("something is known of %d workers, and there are %d", len(about), len(f.members))
	}
	all := Found{Outcome: f.sum, Interrupted: e.Interrupted || e.Broken != ""}
	var engines []string
	for _, m := range f.members {
		if m.final == nil {
			continue
		}
		engines = append(engines, m.final.Engine)
		all.Threads += m.final.Threads
		all.CPUs += m.final.CPUs
		all.Connections += m.final.Connections
	}
	if len(engines) == 0 {
		return nil, fmt.Errorf("no worker sent what it found: %s", cmp.Or(e.Broken, "nothing was measured"))
	}
	slices.Sort(engines)
	all.Engine = strings.Join(slices.Compact(engines), ", ")
	r, err := f.spec.summarise(all, f.gauge.series.whole(f.span), f.span)
	if err != nil {
		return nil, err
	}
	warnings, err := f.judge(&r.Summary, about, e)
	if err != nil {
		return nil, err
	}
	r.Summary.Warnings = append(warnings, r.Summary.Warnings...)
	rank(&r.Summary)
	r.Began = f.started.Add(f.spec.Warmup)
	return r, nil
}

// judge fills in the workers, and returns what is doubtful about them and because there are
// several.
func (f *Fleet) judge(s *result.LoadTest, about []result.Worker, e Ending) ([]result.LoadTestWarning, error) {
	c := validity.FleetConditions{Stopped: e.Broken, Interrupted: e.Interrupted, Identity: f.spec.Arrivals != "" && e == Ending{}}
	if f.spec.Arrivals == bench.Constant {
		c.Gap = time.Duration(float64(time.Second) / f.jobs[0].Peak())
	}
	owned := make([]load.Checksum, len(f.jobs))
	if c.Identity {
		var err error
		if owned, err = f.schedule(); err != nil {
			return nil, err
		}
	}
	var checked []validity.FleetWorker
	for k := range f.members {
		row, w := f.worker(k, about[k], owned[k], e)
		checked, s.Workers = append(checked, w), append(s.Workers, row)
	}
	out := []result.LoadTestWarning{}
	for _, w := range validity.Fleet(checked, c) {
		out = append(out, result.LoadTestWarning{Code: w.Code, Level: w.Level, Text: w.Text})
	}
	return out, nil
}

// worker returns a worker as the result shows it, and as the checks look at it. Of the
// schedule it owns what the checksum says.
func (f *Fleet) worker(k int, about result.Worker, owned load.Checksum, e Ending) (result.Worker, validity.FleetWorker) {
	m := &f.members[k]
	about.ClockError = clockError(about.ClockError)
	w := validity.FleetWorker{
		Name: cmp.Or(about.Name, fmt.Sprint(k)), Lost: m.final == nil, ClockError: time.Duration(about.ClockError * micro),
		Due: m.checksum.Due, Owned: owned.Due, Identical: m.checksum == owned,
	}
	if !w.Lost {
		w.Deltas = m.incomplete()
	}
	if !w.Lost && e == (Ending{}) {
		w.Ended = m.final.Error
	}
	own := result.LoadTest{Warnings: append([]result.LoadTestWarning{}, m.row.Warnings...)}
	for _, d := range own.Warnings {
		w.Own = append(w.Own, bench.Warning{Code: d.Code, Level: d.Level, Text: d.Text})
	}
	rank(&own)
	row := m.row
	row.Name, row.Host, row.Build, row.Capacity = w.Name, about.Host, about.Build, about.Capacity
	row.ClockOffset, row.ClockError, row.Share, row.Lost = about.ClockOffset, about.ClockError, f.share(), w.Lost
	row.Answers, row.Warnings, row.Validity = f.answers(m), own.Warnings, own.Validity
	if w.Lost || w.Ended+w.Deltas != "" || !w.Identical && f.spec.Arrivals != "" && e == (Ending{}) {
		row.Validity = result.Invalid
	}
	return row, w
}

// unknownClock is how far a clock counts as wrong, µs, of which nothing better is known: an hour,
// which makes any result invalid.
const unknownClock = float64(time.Hour) / micro

// clockError is by how much a worker's clock may be wrong, µs, whatever was told of it: a number
// that is none, or fits into no duration, must not pass for a small one.
func clockError(told float64) float64 {
	if told >= 0 && told < unknownClock {
		return told
	}
	return unknownClock
}

// schedule returns the checksum of each worker's part, as it should be.
func (f *Fleet) schedule() ([]load.Checksum, error) {
	w, err := f.spec.workload()
	if err != nil {
		return nil, err
	}
	var parts []load.Part
	for _, j := range f.jobs {
		parts = append(parts, j.Part)
	}
	return f.jobs[0].slice().Checksums(w, parts), nil
}

// answers are a worker's, by the intervals of the whole.
func (f *Fleet) answers(m *member) []int64 {
	n := len(f.gauge.series.rows)
	m.series.reach(n<<f.gauge.series.doubled - 1)
	out := make([]int64, n)
	for i := range out {
		out[i] = m.series.rows[i].Completed
	}
	return out
}

// incomplete says what is wrong with a worker's deltas, "" for nothing.
func (m *member) incomplete() string {
	digests := []string{}
	for seq := range m.final.Deltas {
		sum, there := m.digests[seq]
		if !there {
			return fmt.Sprintf("delta %d of %d is not there", seq, m.final.Deltas)
		}
		digests = append(digests, sum)
	}
	if n := len(m.digests); n != m.final.Deltas {
		return fmt.Sprintf("%d deltas came, and it sent %d", n, m.final.Deltas)
	}
	if digest(digests) != m.final.DeltaDigest {
		return "other deltas came than it sent"
	}
	h := hist.New()
	m.times.AddTo(h)
	times, err := h.Encode()
	switch {
	case err != nil:
		return err.Error()
	case m.told != m.counts:
		return fmt.Sprintf("the deltas have %+v, the final %+v", m.told, m.counts)
	case times != m.headline:
		return "the times of the deltas are not those of the final"
	}
	return ""
}
