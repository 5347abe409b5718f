package runner

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/agents"
	"authbench/internal/measure/load"
	"authbench/internal/result/hist"
)

// world is a machine made of plain values: it counts what runs.
type world struct {
	guard            sync.Mutex // guards running and clients: servers are ended side by side
	running, clients int
	slices           []load.Slice
	counters         map[string]int64
	// failStart and failRun say when an arm fails, by its name and how often it
	// was started or run.
	failStart, failRun func(arm string, n int) error
	starts, runs       map[string]int
	outcome            func(arm string, s load.Slice) *load.Outcome
	cancel             func()
	backends           map[string]map[string]Meter // of the arms that ask some
	memory             map[string]time.Duration    // of the arms that remember
}

func newWorld() *world {
	never := func(string, int) error { return nil }
	return &world{
		failStart: never, failRun: never, starts: map[string]int{}, runs: map[string]int{}, counters: map[string]int64{},
		outcome: func(_ string, s load.Slice) *load.Outcome {
			n := int64(s.Measure.Seconds() * 10_000)
			return outcome(s, n, n)
		},
	}
}

// outcome is one of a slice that went well, but for requests that were not sent.
func outcome(s load.Slice, scheduled, sent int64) *load.Outcome {
	none := load.Latencies{Response: hist.New(), Service: hist.New(), Queue: hist.New(), Lag: hist.New()}
	return &load.Outcome{
		Measured: s.Measure, Scheduled: scheduled, Sent: sent, Completed: sent, Answered: sent, Valid: none, Refused: none,
	}
}

type fakeArm struct {
	*world
	name string
	port uint16
}

func (a *fakeArm) Info() bench.ArmInfo {
	return bench.ArmInfo{Name: a.name, HasCPU: true, Restarts: true, Facts: &bench.Facts{Memory: a.memory[a.name].Nanoseconds()}}
}
func (a *fakeArm) Workload(bench.Address) (*load.Workload, error) { return nil, nil }
func (a *fakeArm) Agents() *agents.Agents                         { return nil }
func (a *fakeArm) Start(context.Context) (Server, error) {
	a.starts[a.name]++
	if err := a.failStart(a.name, a.starts[a.name]); err != nil {
		return nil, err
	}
	a.running++
	return &fakeServer{fakeArm: a}, nil
}

type fakeServer struct {
	*fakeArm
	clock time.Duration
}

func (s *fakeServer) Addrs() []bench.Address {
	return []bench.Address{{TCP: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), s.port)}}
}
func (s *fakeServer) Refresh() error { return nil }

// CPU advances by 5 ms between the edges of a slice and stands still otherwise.
func (s *fakeServer) CPU() (time.Duration, error) {
	s.clock = min(s.clock+5*time.Millisecond, time.Duration(s.runs[s.name])*10*time.Millisecond)
	return s.clock, nil
}
func (s *fakeServer) PSS() (int64, error)        { return 1 << 20, nil }
func (s *fakeServer) Backends() map[string]Meter { return s.backends[s.name] }
func (s *fakeServer) Counters() (*bench.Counters, error) {
	s.counters[s.name] += 100
	return &bench.Counters{Requests: s.counters[s.name], Lookups: bench.Lookups{Hits: s.counters[s.name]}}, nil
}
func (s *fakeServer) Rotation() *bench.Rotation {
	if s.name != "jwt" {
		return nil
	}
	return &bench.Rotation{Used: true}
}
func (s *fakeServer) Failure() string     { return "" }
func (s *fakeServer) Revoke(int) error    { return errors.ErrUnsupported }
func (s *fakeServer) RemoveKey(int) error { return errors.ErrUnsupported }
func (s *fakeServer) Stop() error {
	s.guard.Lock()
	defer s.guard.Unlock()
	s.running--
	return nil
}

type fakeEngine struct {
	*world
	arms []Arm
}

func (e *fakeEngine) Name() string { return "fake" }
func (e *fakeEngine) Close() error { return nil }
func (e *fakeEngine) Dial(_ context.Context, p load.Endpoint) (load.Client, error) {
	e.clients++
	return &fakeClient{e.world, e.arms[p.Addr.Port()].Info().Name}, nil
}

type fakeClient struct {
	*world
	arm string
}

func (c *fakeClient) Close() error {
	c.guard.Lock()
	defer c.guard.Unlock()
	c.clients--
	return nil
}

func (c *fakeClient) Run(ctx context.Context, s load.Slice) (*load.Outcome, error) {
	c.runs[c.arm]++
	c.world.slices = append(c.world.slices, s)
	if c.cancel != nil && c.runs[c.arm] > 20 {
		c.cancel()
	}
	if err := errors.Join(c.failRun(c.arm, c.runs[c.arm]), ctx.Err()); err != nil {
		return nil, err
	}
	if s.Begin != nil {
		s.Begin()
		s.End()
	}
	return c.outcome(c.arm, s), nil
}

// recorder keeps records.
type recorder struct {
	calibrations []bench.Calibration
	slices       []bench.Slice
	launches     []bench.Launch
	episodes     []bench.EpisodeRecord
	warnings     []bench.Warning
	order        []string
	full         int // fail after so many records; 0: never
}

func (p *recorder) note(kind string) error {
	p.order = append(p.order, kind)
	if p.full > 0 && len(p.order) > p.full {
		return errors.New("disk full")
	}
	return nil
}
func (p *recorder) Calibration(c bench.Calibration) error {
	p.calibrations = append(p.calibrations, c)
	return p.note("calibration")
}
func (p *recorder) Slice(s bench.Slice) error {
	p.slices = append(p.slices, s)
	return p.note("slice")
}
func (p *recorder) Launch(l bench.Launch) error {
	p.launches = append(p.launches, l)
	return p.note("launch")
}
func (p *recorder) Episode(r bench.EpisodeRecord) error {
	p.episodes = append(p.episodes, r)
	return p.note("episode")
}
func (p *recorder) Warning(w bench.Warning) error {
	p.warnings = append(p.warnings, w)
	return p.note("warning")
}

func scenario() bench.Scenario {
	return bench.Scenario{
		Name: "test", Baseline: "none",
		Protocol: bench.Protocol{Launches: 3, Rounds: 2, Slice: bench.Duration(100 * time.Millisecond), Settle: 1, Warmup: 2},
		Loads: []bench.Load{
			{Name: "closed", Kind: bench.Closed, Connections: 4, Timeout: bench.Duration(time.Second)},
			{Name: "open", Kind: bench.Open, Connections: 8, Rate: 5000, Arrivals: bench.Poisson, Timeout: bench.Duration(time.Second)},
		},
		Arms: []bench.Arm{{Name: "none"}, {Name: "apikey"}, {Name: "jwt"}},
	}
}

func config(w *world, p *recorder) Config {
	c := Config{Scenario: scenario(), Seed: 7, Record: p, Noise: func() bench.Noise { return bench.Noise{} }, Pressure: func() time.Duration { return 0 }, Progress: func(bench.Progress) {}}
	for i, a := range c.Scenario.Arms {
		c.Arms = append(c.Arms, &fakeArm{w, a.Name, uint16(i)})
	}
	c.Engine = &fakeEngine{w, c.Arms}
	return c
}

func checkNothingLeft(t *testing.T, w *world) {
	t.Helper()
	if w.running != 0 || w.clients != 0 {
		t.Errorf("%d servers and %d clients are left", w.running, w.clients)
	}
}

func TestWholeRun(t *testing.T) {
	w, p := newWorld(), &recorder{}
	var events []bench.Progress
	c := config(w, p)
	c.Progress = func(e bench.Progress) { events = append(events, e) }
	if err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	checkNothingLeft(t, w)
	if len(p.calibrations) != 3 || len(p.launches) != 4 {
		t.Errorf("%d calibrations and %d launches, want 3 and 1 + 3", len(p.calibrations), len(p.launches))
	}
	counted := 0
	for _, s := range p.slices {
		if !s.Counts {
			continue
		}
		counted++
		if s.ServerCPU != (5 * time.Millisecond).Nanoseconds() {
			t.Errorf("slice %s/%s: server CPU %v, want the 5 ms between its edges", s.Arm, s.Load, time.Duration(s.ServerCPU))
		}
	}
	if want := 3 * 2 * 2 * 3; counted != want {
		t.Errorf("%d slices count, want launches × rounds × loads × arms = %d", counted, want)
	}
	for _, l := range p.launches {
		// Two readings a slice, a first reading that counts from, and a last at the end.
		if got := time.Duration(l.Arms[0].CPU); got < 5*time.Millisecond {
			t.Errorf("launch %d: a server used %v in all, want its slices' part at least", l.Launch, got)
		}
		if len(l.Arms) != 3 || l.Arms[0].Counters.Requests != 100 || l.Arms[0].Rotation != nil || l.Arms[2].Rotation == nil || !l.Arms[2].Rotation.Used {
			t.Errorf("launch %d: %+v; want the growth of each arm's counters since its warm-up, and how jwt's key was replaced", l.Launch, l.Arms)
		}
	}
	if last := events[len(events)-1]; !last.Ended || last.Launch != 3 {
		t.Errorf("last event %+v, want the end of launch 3", last)
	}
}

// A result is enough to reproduce the plan: replaying the recorded slices through
// bench.Next gives the visits that were made.
func TestReplay(t *testing.T) {
	w, p := newWorld(), &recorder{}
	bad := 0
	w.outcome = func(_ string, s load.Slice) *load.Outcome {
		if bad++; s.Rate > 0 && bad%7 == 0 {
			return outcome(s, 500, 100) // not delivered: invalid, to be repeated
		}
		return outcome(s, 500, 500)
	}
	c := config(w, p)
	if err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	outcomes := bench.Outcomes{Launches: 1}
	repeated := 0
	for i := 0; i < len(p.slices); {
		s := p.slices[i]
		if s.Launch >= outcomes.Launches {
			outcomes = bench.Outcomes{Launches: s.Launch + 1, Calibrations: p.calibrations}
		}
		step := bench.Next(c.Scenario, c.Seed, outcomes)
		for position, v := range step.Visits {
			got := p.slices[i]
			if got.Arm != v.Arm || got.Launch != step.Launch || got.Round != step.Round || got.Attempt != step.Attempt || got.Position != position || got.Rate != v.Rate {
				t.Fatalf("slice %d is %s %d/%d/%d, the replayed plan says %s %d/%d/%d", i, got.Arm, got.Launch, got.Round, got.Attempt, v.Arm, step.Launch, step.Round, step.Attempt)
			}
			if got.Attempt > 1 {
				repeated++
			}
			outcomes.Last = append(outcomes.Last, got)
			i++
		}
	}
	if repeated == 0 {
		t.Error("no slice was repeated: the test shows nothing of repetition")
	}
}

func TestLostArm(t *testing.T) {
	for name, fail := range map[string]func(*world){
		"in a slice": func(w *world) {
			w.failRun = func(arm string, n int) error { return failAfter(arm == "jwt" && n > 9) }
		},
		"when started again": func(w *world) {
			w.failStart = func(arm string, n int) error { return failAfter(arm == "jwt" && n > 2) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, p := newWorld(), &recorder{}
			fail(w)
			if err := Run(t.Context(), config(w, p)); err != nil {
				t.Fatal(err)
			}
			checkNothingLeft(t, w)
			if len(p.warnings) != 1 || p.warnings[0].Arm != "jwt" || p.warnings[0].Level != bench.Void || !strings.Contains(p.warnings[0].Text, "boom") {
				t.Errorf("warnings %+v, want one that voids jwt and says why", p.warnings)
			}
			last := p.launches[len(p.launches)-1]
			if last.Launch != 3 || len(last.Arms) != 2 {
				t.Errorf("last launch %d has %d arms, want the other two to go on to launch 3", last.Launch, len(last.Arms))
			}
		})
	}
}

func failAfter(yes bool) error {
	if yes {
		return errors.New("boom")
	}
	return nil
}

func TestRunFails(t *testing.T) {
	t.Run("first start", func(t *testing.T) {
		w, p := newWorld(), &recorder{}
		w.failStart = func(arm string, _ int) error { return failAfter(arm == "jwt") }
		err := Run(t.Context(), config(w, p))
		if err == nil || !strings.Contains(err.Error(), "arm jwt: boom") {
			t.Errorf("got %v, want the arm and the reason", err)
		}
		checkNothingLeft(t, w)
	})
	t.Run("all arms lost", func(t *testing.T) {
		w, p := newWorld(), &recorder{}
		w.failRun = func(_ string, n int) error { return failAfter(n > 6) }
		if err := Run(t.Context(), config(w, p)); err == nil {
			t.Error("no error although every arm was lost")
		}
		checkNothingLeft(t, w)
	})
	t.Run("disk full", func(t *testing.T) {
		w, p := newWorld(), &recorder{full: 20}
		if err := Run(t.Context(), config(w, p)); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("got %v, want the recorder's error", err)
		}
		checkNothingLeft(t, w)
	})
	t.Run("interrupted", func(t *testing.T) {
		w, p := newWorld(), &recorder{}
		ctx, cancel := context.WithCancel(t.Context())
		w.cancel = cancel
		if err := Run(ctx, config(w, p)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
		checkNothingLeft(t, w)
		for _, s := range p.slices {
			if s.Measured == 0 {
				t.Error("a slice that was cut short is in the result")
			}
		}
	})
}

// A machine that is noisy in every launch is said to be once.
func TestTellsOnce(t *testing.T) {
	w, p := newWorld(), &recorder{}
	c := config(w, p)
	c.Noise = func() bench.Noise { return bench.Noise{Steal: 0.02} }
	told := 0
	c.Progress = func(e bench.Progress) { told += len(e.Warnings) }
	if err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if told != 1 {
		t.Errorf("%d warnings in %d launches, want one", told, len(p.launches))
	}
}

// What waited for a CPU is noted of every slice, and of a launch's open loads: closed ones
// saturate the servers.
func TestPressure(t *testing.T) {
	for name, loads := range map[string]int{"open": 2, "closed alone": 1} {
		w, p := newWorld(), &recorder{}
		c := config(w, p)
		c.Scenario.Loads = c.Scenario.Loads[:loads]
		waited := time.Duration(0)
		c.Pressure = func() time.Duration {
			waited += time.Nanosecond
			return waited
		}
		if err := Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		for _, l := range p.launches {
			if share, open := l.Noise.Pressure, l.Launch > 0 && loads == 2; (share > 0) != open || share > 1 {
				t.Errorf("%s, launch %d: a pressure of %v", name, l.Launch, share)
			}
		}
		for _, s := range p.slices {
			if s.Pressure <= 0 || s.Pressure > 1 {
				t.Errorf("%s, launch %d, %s: a pressure of %v", name, s.Launch, s.Load, s.Pressure)
			}
		}
	}
}

// Arms of a round share the schedule's seed, so that they get the same arrivals.
func TestArmsShareASeed(t *testing.T) {
	w, p := newWorld(), &recorder{}
	if err := Run(t.Context(), config(w, p)); err != nil {
		t.Fatal(err)
	}
	seeds := map[uint64]int{}
	for _, s := range w.slices {
		if s.Begin != nil { // not a warm-up
			seeds[s.Seed]++
		}
	}
	for seed, n := range seeds {
		if n != 3 {
			t.Errorf("seed %d is used %d times, want once per arm", seed, n)
		}
	}
	if !slices.IsSortedFunc(p.slices, func(a, b bench.Slice) int { return int(a.Start - b.Start) }) {
		t.Error("slices are not recorded in the order of time")
	}
}
