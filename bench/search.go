package bench

import "math"

const (
	// firstShare of an arm's closed-load capacity is where its search begins: an
	// objective of a few milliseconds is met up to about 0.95 of it.
	firstShare = 0.8
	// firstStep leads from the first rate to the next one tried while only one
	// side is known. Each further step is the square of the last, up to mostStep:
	// a strict objective's rate may be a tenth of the capacity, and a longer step
	// would leave the range in which slices hold enough requests.
	firstStep = 1.25
	mostStep  = 2.5
	// resolution is how far apart, as a ratio, the last two rates are.
	resolution = 1.05
	// leastPairs of confirmation slices, eight in all.
	leastPairs = 4
	// maxShifts bounds how often the confirmed pair moves on: with four the
	// single slices of the bisection may have misled it by 20 %.
	maxShifts = 4
	// mostSingles bounds the slices before the confirmation, whatever they say: 15
	// bracket across five decades of rates, 5 halve the widest bracket to 5 %, and
	// some may be invalid.
	mostSingles = 40
)

// mostProbes bounds a search, whatever its slices say.
func mostProbes(rounds int) int { return mostSingles + 2*(maxShifts+1)*max(rounds, leastPairs) }

// Search is one arm's search for its capacity within one launch: the highest rate
// at which the load's objective is met. It is folded from the slices that were
// taken, so that replaying them reproduces it:
//
//  1. Bracketing: from a share of the closed-load capacity up or down, until one
//     rate met the objective and a higher one did not.
//  2. Bisection on the logarithm of the rate, until the two are 5 % apart. Each
//     rate gets a single slice here.
//  3. Confirmation: both rates in turns, several slices each, whose requests are
//     added up. If both meet the objective, or both miss it, the pair moves on by 5 %.
//
// A search happens within each launch, so that a launch gives one number and the
// interval is over launches. Rejected: one search across all launches, a probe
// each. It needs a sixth of the slices, but books what differs between launches
// (memory and code layout) to the rates, and leaves no interval over launches.
type Search struct {
	objective Objective
	pairs     int
	// lo met the objective and hi did not; 0 and +Inf while unknown.
	lo, hi     float64
	brackets   int // slices taken before both were known
	confirming bool
	atLo, atHi confirmation
	shifts     int
	up, down   bool // directions in which the pair moved
	done       bool
}

// confirmation adds up the slices of one rate.
type confirmation struct {
	Probe
	slices int
}

func (c *confirmation) add(p Probe) {
	c.Requests += p.Requests
	c.Missed += p.Missed
	c.slices++
}

// logShare is the logarithm of the share that missed the objective. Half a
// request more keeps it finite where none did.
func (c *confirmation) logShare() float64 {
	return math.Log((float64(c.Missed) + 0.5) / (float64(c.Requests) + 1))
}

// NewSearch folds an arm's slices of one launch under a capacity load, in the
// order taken. pairs is how many confirmation slices each of the last two rates
// gets. Slices that are invalid say nothing.
func NewSearch(l Load, pairs int, taken []Slice) *Search {
	s := &Search{objective: l.Objective(), pairs: max(pairs, leastPairs), hi: math.Inf(1)}
	for _, slice := range taken {
		if len(slice.Invalid) == 0 && slice.Probe != nil && !s.done {
			s.add(slice.Rate, *slice.Probe)
		}
	}
	return s
}

// Done reports whether the search has ended.
func (s *Search) Done() bool { return s.done }

// Bounds returns the last two rates: lo met the objective, hi did not. They are 0
// and +Inf where the search ended before there was one.
func (s *Search) Bounds() (lo, hi float64) { return s.lo, s.hi }

// Capacity returns where the share of requests that miss the objective,
// interpolated between the confirmed rates on logarithmic scales, is the share
// that may; ok is false if the search was not completed.
func (s *Search) Capacity() (rate float64, ok bool) {
	switch {
	case !s.done:
		return 0, false
	case s.objective.Met(s.atHi.Probe):
		return s.hi, true
	case !s.objective.Met(s.atLo.Probe):
		return s.lo, true
	}
	lo, hi := s.atLo.logShare(), s.atHi.logShare()
	part := (math.Log(1-s.objective.Quantile) - lo) / (hi - lo)
	return s.lo * math.Pow(s.hi/s.lo, min(max(part, 0), 1)), true
}

func (s *Search) add(rate float64, p Probe) {
	switch {
	case s.confirming && rate == s.lo:
		s.atLo.add(p)
		s.confirm()
		return
	case s.confirming:
		s.atHi.add(p)
		s.confirm()
		return
	case !s.bracketed():
		s.brackets++
	}
	if s.objective.Met(p) {
		s.lo = rate
	} else {
		s.hi = rate
	}
	// A hair above: a ratio that is 5 % but for its last bits is 5 %.
	s.confirming = s.bracketed() && s.hi/s.lo <= resolution*(1+1e-9)
}

func (s *Search) bracketed() bool { return s.lo > 0 && !math.IsInf(s.hi, 1) }

// confirm ends the search or moves the pair on, once it has all its slices.
func (s *Search) confirm() {
	if s.atLo.slices < s.pairs || s.atHi.slices < s.pairs {
		return
	}
	loMet, hiMet := s.objective.Met(s.atLo.Probe), s.objective.Met(s.atHi.Probe)
	up, down := hiMet, !loMet && !hiMet
	// A pair that moved one way and now the other way lies around the capacity:
	// the slices of the rate that it turned at disagree by chance.
	turned := up && s.down || down && s.up
	if s.shifts == maxShifts || turned || !up && !down {
		s.done = true
		return
	}
	s.shifts++
	s.up, s.down = s.up || up, s.down || down
	s.atLo, s.atHi = confirmation{}, confirmation{}
	if up {
		s.lo, s.hi = s.hi, s.hi*resolution
	} else {
		s.lo, s.hi = s.lo/resolution, s.lo
	}
}

// next is the rate of the next probe, given the one to begin with.
func (s *Search) next(first float64) float64 {
	step := min(math.Pow(firstStep, math.Exp2(float64(s.brackets-1))), mostStep)
	switch {
	case s.brackets == 0:
		return first
	case s.lo == 0:
		return s.hi / step
	case math.IsInf(s.hi, 1):
		return s.lo * step
	case !s.confirming:
		return math.Sqrt(s.lo * s.hi)
	case s.atHi.slices < s.atLo.slices:
		return s.hi
	}
	return s.lo
}

// probeStep returns the next step of the launch's searches, nil when all have
// ended. The arms take turns, each at its own rate, so that what disturbs the
// machine hits the searches of all of them alike.
func probeStep(s Scenario, seed uint64, launch int, o Outcomes) *Step {
	for _, l := range s.Loads {
		if l.Kind != Capacity {
			continue
		}
		index := 0
		for _, slice := range o.Last {
			if slice.Load == l.Name {
				index = max(index, slice.Round+1)
			}
		}
		if index >= mostProbes(s.Rounds) {
			continue
		}
		var searching []string
		for _, arm := range live(s, o) {
			if o.probeRate(s, seed, launch, l, arm) > 0 {
				searching = append(searching, arm)
			}
		}
		if len(searching) > 0 {
			step := roundStep(s, seed, launch, round{l, index}, 1, searching, o)
			return &step
		}
	}
	return nil
}

// probeRate is the rate of an arm's next probe in the launch, 0 if its search has
// ended: confirmed, or out of the range in which a slice can hold what the
// objective needs.
func (o Outcomes) probeRate(s Scenario, seed uint64, launch int, l Load, arm string) float64 {
	var taken []Slice
	for _, slice := range o.Last {
		if slice.Arm == arm && slice.Load == l.Name {
			taken = append(taken, slice)
		}
	}
	search := NewSearch(l, s.Rounds, taken)
	// The launches' rates lie on grids of their own: on one grid the bias of the
	// interpolation would be the same in all of them.
	offset := float64(mix(seed, uint64(launch), hashName(l.Name), hashName("search"))>>11) / (1 << 53)
	rate := search.next(firstShare * o.capacity(arm) * math.Pow(resolution, offset))
	if search.Done() || rate > maxRate || rate*longestSlice.Seconds() < l.Objective().requests(leastBeyond) {
		return 0
	}
	return rate
}

// probe is a visit at a rate that its search asks for, long enough for the
// objective's quantile.
func probe(s Scenario, arm string, l Load, seed uint64, rate float64) Visit {
	o := l.Objective()
	wish := min(o.requests(wishBeyond)/rate, mostStretch*s.Slice.Std().Seconds())
	needed := max(wish, o.requests(leastBeyond)/rate)
	return Visit{
		Arm: arm, Load: l, Rate: rate, Settle: s.Settle.Std(),
		Measure: max(s.Slice.Std(), seconds(needed)), Seed: seed,
	}
}
