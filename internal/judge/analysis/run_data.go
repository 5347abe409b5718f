package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/validity"
)

// runData is what a run measured, by arm, load and launch.
type runData struct {
	run      *result.Run
	decode   decoder
	launches []bench.Launch // those that were closed, without the calibration
	cells    map[cellKey]*cell
	points   []Point
	health   healthSums
}

type cellKey struct{ arm, load string }

// cell is one arm under one load.
type cell struct {
	arm    string
	load   bench.Load
	hasCPU bool
	// backends are those that its server asks and whose CPU time is known.
	backends []string
	// onlyBad: the arm's clients hold only bad credentials, whose times are not those of a
	// service.
	onlyBad bool
	// unsaturated: its server was not saturated, so that costs and throughput may not be
	// shown.
	unsaturated bool
	pairs       int      // of confirmation slices, in a capacity load's searches
	levels      []*cell  // of a sweep, by fraction, or of a ramp, by time: they have the blocks
	blocks      []*block // one per launch in which the arm was measured, in order
	// slow: the arm was too slow for the load. It was measured under a closed load over one
	// connection, which gives only its costs.
	slow bool
	// metrics are those that the cell can give honestly.
	metrics []metric
}

// block is the sum of a cell's counted slices in one launch.
type block struct {
	launch             int
	cpu, measured      int64            // ns; cpu is the server's and its backends'
	backendCPU         map[string]int64 // of it the backends'
	answered           int64
	requests, failures int64
	completed          int64
	wrongVerdicts      int64
	bytesOut, bytesIn  int64
	lookups            bench.Lookups
	rates              []float64 // of the slices that had one
	latency            buckets   // service if closed, else response; valid credentials
	rounds             []round
	probes             []probe // of a capacity load, in the order taken
	// refreshes says that clients refreshed what they hold: refreshed times, in refreshTimes,
	// beside those that were refused, failed or were late. turnedAway are requests that were
	// refused, whose clients should hold something good.
	refreshes                                    bool
	refreshed, refused, failed, late, turnedAway int64
	refreshTimes                                 buckets
}

// round is one slice: its median latency in µs, and its CPU per request, NaN if nothing
// was answered.
type round struct {
	index        int
	medianMicros float64
	cpuMicros    float64
}

// newRunData sorts the slices of a run into cells and launches.
func newRunData(r *result.Run, decode decoder) (*runData, error) {
	s := &runData{run: r, decode: decode, cells: map[cellKey]*cell{}}
	for _, l := range r.Launches {
		if l.Launch > 0 {
			s.launches = append(s.launches, l)
		}
	}
	infos := map[string]bench.ArmInfo{}
	for _, info := range r.Header.Arms {
		infos[info.Name] = info
	}
	for _, a := range r.Header.Scenario.Arms {
		for _, l := range r.Header.Scenario.Loads {
			c := newCell(a.Name, l, r.Header.Scenario.Rounds, infos[a.Name])
			c.onlyBad = a.Population != nil && a.Population.BadShare != nil && *a.Population.BadShare == 1
			s.cells[cellKey{a.Name, l.Name}] = c
		}
	}
	for _, slice := range s.counted() {
		if err := s.add(slice); err != nil {
			return nil, fmt.Errorf("analyze arm %s, load %s, launch %d, round %d: %w",
				slice.Arm, slice.Load, slice.Launch, slice.Round, err)
		}
	}
	for _, e := range r.Episodes {
		if err := s.health.addEpisode(e, decode); err != nil {
			return nil, fmt.Errorf("analyze arm %s, episode %s: %w", e.Arm, e.Episode, err)
		}
	}
	return s, nil
}

// counted returns the slices of closed launches that are used, by start. Of several
// attempts at a slice it is the latest that counts.
func (s *runData) counted() []bench.Slice {
	type place struct {
		cellKey
		launch, round int
	}
	closed := map[int]bool{}
	for _, l := range s.launches {
		closed[l.Launch] = true
	}
	latest := map[place]bench.Slice{}
	for _, slice := range s.run.Slices {
		key := cellKey{slice.Arm, slice.Load}
		if !slice.Counts || !closed[slice.Launch] || s.cells[key] == nil {
			continue
		}
		at := place{key, slice.Launch, slice.Round}
		if slice.Attempt >= latest[at].Attempt {
			latest[at] = slice
		}
	}
	out := make([]bench.Slice, 0, len(latest))
	for _, slice := range latest {
		out = append(out, slice)
	}
	slices.SortFunc(out, func(a, b bench.Slice) int {
		return cmp.Or(cmp.Compare(a.Launch, b.Launch), cmp.Compare(a.Start, b.Start), cmp.Compare(a.Arm, b.Arm), cmp.Compare(a.Load, b.Load))
	})
	return out
}

// add adds one counted slice to its cell's block.
func (s *runData) add(slice bench.Slice) error {
	c := s.cells[cellKey{slice.Arm, slice.Load}]
	if c.load.Kind == bench.Ramped {
		return c.addCourse(slice, s.decode)
	}
	c = c.levelCells()[c.load.Level(slice.Round)]
	times := slice.Valid.Service
	if c.load.Kind.Scheduled() {
		times = slice.Valid.Response
	}
	latency, err := s.decode(times)
	if err != nil {
		return err
	}
	if n := len(c.blocks); n == 0 || c.blocks[n-1].launch != slice.Launch {
		c.blocks = append(c.blocks, &block{launch: slice.Launch, backendCPU: map[string]int64{}})
	}
	c.slow = c.slow || replaced(c.load, slice)
	b := c.blocks[len(c.blocks)-1]
	b.count(slice)
	if err := b.addRefreshes(slice, s.decode); err != nil {
		return err
	}
	if slice.Rate > 0 {
		b.rates = append(b.rates, slice.Rate)
	}
	if len(latency) > 0 {
		b.rounds = append(b.rounds, round{slice.Round, latency.micros(0.5), quotient(float64(slice.CPU())/1e3, float64(slice.Answered))})
		b.latency = b.latency.plus(latency)
	}
	s.points = append(s.points, c.point(slice, latency))
	if c.load.Kind != bench.Capacity {
		return s.health.add(slice, s.decode)
	}
	p, err := newProbe(c.load, slice, float64(max(1, len(s.run.Header.Host.GeneratorCPUs))))
	b.probes = append(b.probes, p)
	return err
}

// count adds what a slice counted.
func (b *block) count(slice bench.Slice) {
	b.cpu += slice.CPU()
	for name, used := range slice.Backends {
		b.backendCPU[name] += used.CPU + used.Tail
	}
	b.measured += slice.Measured
	b.answered += slice.Answered
	b.requests += validity.Requests(slice)
	b.completed += slice.Completed
	b.failures += validity.Failures(slice)
	b.wrongVerdicts += slice.WrongVerdicts
	b.bytesOut += slice.BytesOut
	b.bytesIn += slice.BytesIn
	b.lookups = b.lookups.Add(slice.Lookups)
}

// replaced reports whether a slice was measured under another load than the one that was
// asked for; see [bench.Visit].
func replaced(l bench.Load, s bench.Slice) bool {
	if l.Kind.Scheduled() {
		return s.Rate == 0
	}
	return s.Connections == 1 && l.Connections > 1
}

// point is a slice as the figure of rounds over time shows it.
func (c *cell) point(s bench.Slice, latency buckets) Point {
	p := Point{
		Arm: s.Arm, Load: s.Load, Launch: s.Launch, Round: s.Round,
		Seconds:       float64(s.Start) / 1e9,
		CPUMicros:     math.NaN(),
		ThroughputRPS: quotient(float64(s.Answered), float64(s.Measured)/1e9),
		MedianMicros:  latency.micros(0.5),
	}
	if c.hasCPU {
		p.CPUMicros = quotient(float64(s.CPU())/1e3, float64(s.Answered))
	}
	return p
}

// quotient is a/b, NaN where b is not positive: nothing was measured.
func quotient(a, b float64) float64 {
	if b <= 0 {
		return math.NaN()
	}
	return a / b
}
