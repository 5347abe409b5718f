package loadtest

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"authbench/internal/measure/load"
	"authbench/internal/result/hist"
)

// Delta is what a worker found since its delta before: for curves, and to be noticed if one
// is lost. All together they are the worker's final.
type Delta struct {
	// Seq counts deltas from 0 on, without a gap.
	Seq  int        `json:"seq"`
	Rows []DeltaRow `json:"rows,omitempty"`
}

// DeltaRow is what was found in one second of the measured part, or a part of that: a thread
// that was busy hands over late.
type DeltaRow struct {
	Second int `json:"second"`
	load.Counts
	// Times are the headline's, as [hist.Histogram.Encode] writes them.
	Times string `json:"times,omitempty"`
}

// deltaStep is how long a row is.
const deltaStep = time.Second

// teller tells of a slice, delta by delta.
type teller struct {
	tell    func(Delta) // nil: nobody listens
	live    *load.Live
	seq     int
	digests []string
	scratch *hist.Histogram

	mu   sync.Mutex // guards what follows
	rows map[int]*tellerRow
}

type tellerRow struct {
	load.Counts
	times *hist.Packed
}

func newTeller(tell func(Delta)) *teller {
	return &teller{tell: tell, rows: map[int]*tellerRow{}, digests: []string{}}
}

// watch has a slice tell, until the function that it returns is called, when the slice has
// ended: it tells of the rest.
func (t *teller) watch(s *load.Slice) (stop func()) {
	if t.tell == nil {
		return func() {}
	}
	t.live = &load.Live{Every: deltaStep, Take: t.take}
	t.scratch = hist.New()
	s.Live = t.live
	stopPolling := t.live.Watch()
	first := s.Start.Add(s.Settle + deltaStep + handover)
	done := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() {
		timer := time.NewTimer(time.Until(first))
		defer timer.Stop()
		for n := 1; ; n++ {
			select {
			case <-done:
				return
			case <-timer.C:
			}
			t.flush()
			timer.Reset(time.Until(first.Add(time.Duration(n) * deltaStep)))
		}
	})
	return func() {
		close(done)
		telling.Wait()
		stopPolling()
		t.flush()
	}
}

// span is how long the measured part was.
func (t *teller) span() time.Duration {
	if t.live == nil {
		return 0
	}
	return t.live.Span()
}

// take takes what a thread found in a second.
func (t *teller) take(i load.Interval) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.rows[i.Index]
	if r == nil {
		r = &tellerRow{times: hist.NewPacked()}
		t.rows[i.Index] = r
	}
	r.Counts = r.Counts.Plus(i.Counts)
	r.times.Merge(i.Times)
}

// flush tells of what was taken.
func (t *teller) flush() {
	t.mu.Lock()
	rows := t.rows
	t.rows = map[int]*tellerRow{}
	t.mu.Unlock()
	d := Delta{Seq: t.seq}
	for _, second := range slices.Sorted(maps.Keys(rows)) {
		if r := rows[second]; r.Counts != (load.Counts{}) || r.times.Count() > 0 {
			d.Rows = append(d.Rows, DeltaRow{second, r.Counts, t.encode(r.times)})
		}
	}
	t.seq++
	t.digests = append(t.digests, digest(d))
	t.tell(d)
}

func (t *teller) encode(p *hist.Packed) string {
	t.scratch.Reset()
	p.AddTo(t.scratch)
	text, err := t.scratch.Encode()
	if err != nil {
		panic("loadtest: times that were recorded cannot be written: " + err.Error())
	}
	return text
}

// longestTest is beyond any: ten years.
const longestTest = 10 * 365 * 24 * time.Hour

// heldUp is for how long a worker's machine may be held up before it hands over its last row.
const heldUp = time.Minute

// lastSecond is the last one of which a worker may tell: its requests have ended then.
func (j Job) lastSecond() int {
	last := longestTest
	if j.Duration > 0 {
		last = min(last, j.Duration.Std()) + min(longestTest, j.Timeout.Std()) + load.Drain + heldUp
	}
	return int(last / deltaStep)
}

// interval is a row as a thread of this machine would have handed it over, in the shortest
// intervals.
func (r DeltaRow) interval(lastSecond int) (load.Interval, error) {
	if r.Second < 0 || r.Second > lastSecond || r.Sent < 0 || r.Completed < 0 || r.WrongVerdicts < 0 || r.Errors < 0 {
		return load.Interval{}, fmt.Errorf("a row of second %d with %+v", r.Second, r.Counts)
	}
	h, err := hist.Decode(r.Times)
	if err != nil {
		return load.Interval{}, err
	}
	times := hist.NewPacked()
	times.Take(h)
	return load.Interval{Index: r.Second * int(deltaStep/shortestInterval), Counts: r.Counts, Times: times}, nil
}
