package loadtest

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/result"
	"authbench/internal/result/hist"
	"authbench/internal/result/validity"
	"authbench/internal/stat"
)

// Every kind of load goes over a fleet, and what comes back is whole.
func TestKindsOfLoads(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*Spec)
		secure   bool
		requests int64 // 0 for any
	}{
		"closed":             {change: func(s *Spec) { s.Arrivals, s.Rate, s.Duration = "", 0, 200*time.Millisecond }},
		"closed, by number":  {change: func(s *Spec) { s.Arrivals, s.Rate, s.Requests = "", 0, 100 }, requests: 100},
		"open, by number":    {change: func(s *Spec) { s.Arrivals, s.Requests = bench.Poisson, 100 }, requests: 100},
		"with a warm-up":     {change: func(s *Spec) { s.Warmup, s.Duration = 100*time.Millisecond, 200*time.Millisecond }, requests: 100},
		"longer than second": {change: func(s *Spec) { s.Duration = 1500 * time.Millisecond }, requests: 750},
		"stages": {change: func(s *Spec) {
			s.Ramp = bench.Ramp{From: 500, Stages: []bench.RampStage{{Length: bench.Duration(200 * time.Millisecond), To: 500}, {Length: bench.Duration(100 * time.Millisecond), To: 0}}}
			s.Duration, s.Rate, s.Arrivals = s.Ramp.Length(), s.Ramp.Mean(), bench.Poisson
		}},
		"https": {change: func(s *Spec) {
			s.Duration, s.Insecure, s.Engine, s.Poll = 200*time.Millisecond, true, load.Portable, load.PollNever
		}, secure: true, requests: 100},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			if c.secure {
				server.StartTLS()
			} else {
				server.Start()
			}
			defer server.Close()
			spec := open(t, server, 500, 0)
			spec.Connections, spec.Seed = 6, 3
			c.change(&spec)
			jobs, err := Split(spec, 2)
			if err != nil {
				t.Fatal(err)
			}
			f := NewFleet(spec, jobs)
			collect(t, f, work(t, t.Context(), jobs, Local{}))
			s := judged(t, f, Ending{})
			for _, w := range s.Warnings {
				if w.Level == bench.Void && w.Code != "delivered" && w.Code != "lag" && w.Code != "late_sends" && w.Code != "steal" { // of a busy machine
					t.Errorf("%s: %s", w.Code, w.Text)
				}
			}
			sent, answers, _, _, times := sums(s.Intervals)
			if s.Requests != answers || times != s.Headline().Count || c.requests > 0 && s.Requests != c.requests || s.Requests == 0 || (sent > 0) != (spec.Arrivals != "") {
				t.Errorf("%d requests, want %d; %d sent, %d answers and %d times in %d intervals", s.Requests, c.requests, sent, answers, times, len(s.Intervals))
			}
			if len(s.Workers) != 2 || s.Workers[0].Connections != 4-1 || s.Connections != 6 {
				t.Errorf("%d connections: %+v", s.Connections, s.Workers)
			}
		})
	}
}

// While it runs, a fleet shows the seconds of which all workers have told.
func TestAFleetIsRead(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	spec := open(t, server, 500, 0)
	spec.Connections, spec.Duration, spec.Warmup = 2, time.Hour, time.Minute
	jobs, err := Split(spec, 2)
	if err != nil {
		t.Fatal(err)
	}
	f := NewFleet(spec, jobs)
	if r := f.Read(); r.Stage != Connecting || r.Elapsed != 0 {
		t.Errorf("before the start: %+v", r)
	}
	if err := f.Delta(0, Delta{}); err == nil || !strings.Contains(err.Error(), "before the load started") {
		t.Errorf("a delta before the start: %v", err)
	}
	f.Started(time.Now().Add(-30 * time.Second))
	if r := f.Read(); r.Stage != Warming || r.Elapsed < 30*time.Second || r.Intervals != nil {
		t.Errorf("in the warm-up: %+v", r)
	}
	f = NewFleet(spec, jobs)
	f.Started(time.Now().Add(-70 * time.Second))
	h := hist.New()
	h.Record(5000)
	times, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for k, seconds := range []int{5, 3} {
		for n := range seconds {
			row := DeltaRow{Second: n, Counts: load.Counts{Sent: 10, Completed: 9, Errors: 1}, Times: times}
			if err := f.Delta(k, Delta{Seq: n, Rows: []DeltaRow{row}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	r := f.Read()
	if r.Stage != Measuring || r.Elapsed < 10*time.Second || r.Answers != 8*9 || r.Errors != 8 || r.Times == nil || len(r.Intervals) != 3 || r.Intervals[2].Answers != 18 {
		t.Errorf("%+v", r)
	}
	for what, d := range map[string]Delta{
		"another":          {Seq: 1},
		"a negative one":   {Seq: -1},
		"no times":         {Seq: 9, Rows: []DeltaRow{{Times: "x"}}},
		"a far second":     {Seq: 9, Rows: []DeltaRow{{Second: 1 << 50}}},
		"one too late":     {Seq: 9, Rows: []DeltaRow{{Second: 3600 + 10 + 60 + 1, Times: times}}},
		"a negative count": {Seq: 9, Rows: []DeltaRow{{Counts: load.Counts{Sent: -1}}}},
	} {
		if err := f.Delta(0, d); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	if err := f.Delta(0, Delta{Seq: 9, Rows: []DeltaRow{{Second: 3600 + 10 + 60, Times: times}}}); err != nil {
		t.Errorf("the last second: %v", err)
	}
	if err := f.Delta(2, Delta{}); err == nil {
		t.Error("a worker that there is not")
	}
	if _, err := f.Result(make([]result.Worker, 2), Ending{Broken: "nobody came"}); err == nil {
		t.Error("a result of nothing")
	}
}

// Whatever is told of a worker's clock, one that may be far off makes the result invalid.
func TestClockErrors(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	spec := open(t, server, 1000, 100)
	jobs, err := Split(spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	all := work(t, t.Context(), jobs, Local{})
	for told, want := range map[float64]float64{
		0: 0, 100: 100, math.MaxInt64 / micro: unknownClock, math.MinInt64 / micro: unknownClock, math.MaxFloat64: unknownClock,
		-1: unknownClock, 7.2e9: unknownClock, math.Inf(1): unknownClock, math.Inf(-1): unknownClock, math.NaN(): unknownClock,
	} {
		f := NewFleet(spec, jobs)
		collect(t, f, all)
		r, err := f.Result([]result.Worker{{Name: "a", ClockError: told}}, Ending{})
		if err != nil {
			t.Fatal(err)
		}
		s, found := r.Summary, find(r.Summary, validity.CodeClockError)
		if want == unknownClock && (len(found) != 1 || found[0].Level != bench.Void || s.Validity != result.Invalid) || want < unknownClock && len(found) > 0 {
			t.Errorf("%v µs: %s, %+v", told, s.Validity, found)
		}
		if _, err := json.Marshal(s); err != nil || s.Workers[0].ClockError != want {
			t.Errorf("%v µs is shown as %v: %v", told, s.Workers[0].ClockError, err)
		}
	}
}

// soon starts a job as soon as its connections stand.
func soon(context.Context, Armed) (time.Time, error) {
	return time.Now().Add(20 * time.Millisecond), nil
}

// BenchmarkWorker runs the same load as a load test and as a worker's job, in turns, and says
// how much more CPU time the worker's generator takes per request.
func BenchmarkWorker(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	site, _ := bench.ParseSite(server.URL)
	request, _ := bench.NewMessage(bench.Draft{Authority: site.Authority()})
	spec := Spec{
		Site: site, Request: request, Connections: 8, Duration: 2 * time.Second, Arrivals: bench.Poisson, Rate: 5000,
		Expect: DefaultExpect(), Timeout: 10 * time.Second, Poll: load.PollNever,
	}
	jobs, err := Split(spec, 1)
	if err != nil {
		b.Fatal(err)
	}
	cost := func(o *load.Outcome, err error) float64 {
		if err != nil {
			b.Fatal(err)
		}
		return float64(o.GeneratorCPU-o.GeneratorSpin) / float64(o.Answered)
	}
	alone := func() float64 {
		r, err := Run(b.Context(), spec, nil)
		return cost(r.Outcome, err)
	}
	worker := func() float64 {
		f, err := RunJob(b.Context(), jobs[0], Local{}, Hooks{Armed: soon, Delta: func(Delta) {}})
		return cost(f.Outcome, err)
	}
	var ratios []float64
	for b.Loop() {
		if rand.IntN(2) == 0 { // the first of two may have it harder
			a := alone()
			ratios = append(ratios, worker()/a)
		} else {
			w := worker()
			ratios = append(ratios, w/alone())
		}
	}
	b.ReportMetric(100*(stat.Median(ratios)-1), "%-more-CPU/request")
}
