package analysis

import (
	"math"
	"slices"

	"authbench/internal/result/limit"
	"authbench/internal/stat"
	"authbench/internal/text/unit"
)

// PooledFigure is one figure over several runs, each of which gives one number.
//
// The model is that of random effects: a run's estimate is the machine's mean, plus the
// deviation of this run, plus the error of its launches. All runs have the same number of
// launches and therefore the same weight. The variance between runs is the variance of the
// estimates less the mean of the errors' variances (Cochran 1954).
//
// The intervals are Student's, with one degree of freedom fewer than runs. They assume that
// runs are independent, and that their estimates (differences) or the logarithms of these
// (all others, so that no end lies below zero) are normal. In 10,000 simulated sets of runs
// that vary by 10 %, each with ten launches that vary by 5 %, the interval for another run
// held it in 94.8 % (6 runs) and 95.1 % (10 runs), and the interval of the mean held the
// mean in 95.0 % and 95.1 %. If the deviations of runs have heavy tails (Student's t with 3
// degrees of freedom), it was 92.7 % and 93.2 %, and 96.0 % and 96.2 %. Runs that follow
// one another closely are not independent; no formula can correct that.
type PooledFigure struct {
	Place
	// Runs are the runs' estimates.
	Runs []RunFigure `json:"runs"`
	// Value is their mean: that of logarithms where all are positive.
	Value float64 `json:"value"`
	// Lo and Hi are the 95 % interval of the mean over runs on this machine, NextLo and
	// NextHi the 95 % prediction interval of another run's estimate. All are nil for one
	// run, for runs with equal estimates, and for a figure that is not a difference and
	// not above 0 in every run.
	Lo     *float64 `json:"lo,omitempty"`
	Hi     *float64 `json:"hi,omitempty"`
	NextLo *float64 `json:"another_run_lo,omitempty"`
	NextHi *float64 `json:"another_run_hi,omitempty"`
	// Between is the standard deviation between runs, without the error of each; Within is
	// the root mean square of these errors. For a difference they are in its unit, else they
	// are standard deviations of logarithms. Nil if a run has no interval.
	Between *float64 `json:"between_runs_sd,omitempty"`
	Within  *float64 `json:"within_run_se,omitempty"`
}

// RunFigure is what one run says.
type RunFigure struct {
	// Run is its place in [Pooled.Runs].
	Run int `json:"run"`
	Estimate
	// level is the confidence that the estimate's interval achieves.
	level float64
}

// poolFigures lists the figures of all runs, in the order of the first run that has
// them.
func poolFigures(analyses []*Analysis) []PooledFigure {
	var out []PooledFigure
	for run, a := range analyses {
		if a == nil {
			continue
		}
		for _, f := range a.comparableFigures(true) {
			i := slices.IndexFunc(out, func(known PooledFigure) bool { return known.Place == f.Place })
			if i < 0 {
				i = len(out)
				out = append(out, PooledFigure{Place: f.Place})
			}
			out[i].Runs = append(out[i].Runs, RunFigure{run, f.Estimate, f.level()})
		}
	}
	for i := range out {
		out[i].summarize()
	}
	return out
}

// level is the confidence that the figure's interval achieves. For exact intervals it
// depends only on the number of launches.
func (f Figure) level() float64 {
	launches := make([]float64, f.Estimate.N)
	for i := range launches {
		launches[i] = float64(i)
	}
	var interval stat.Interval
	ok := false
	switch {
	case f.VersusBaseline:
		interval, ok = stat.SignedRankInterval(launches, confidence)
	case len(f.Launches) > 0:
		interval, ok = stat.MedianInterval(launches, confidence)
	}
	if !ok {
		return confidence
	}
	return interval.Level
}

// summarize fills in all fields except Runs.
func (f *PooledFigure) summarize() {
	positive := !slices.ContainsFunc(f.Runs, func(r RunFigure) bool { return r.Value <= 0 })
	to, from := identity, identity
	if positive && !f.Difference {
		to, from = math.Log, math.Exp
	}
	var x []float64
	for _, r := range f.Runs {
		x = append(x, to(r.Value))
	}
	if f.Equal() {
		f.Value = f.Runs[0].Value
		return
	}
	f.Value = from(stat.Mean(x))
	if !positive && !f.Difference {
		return
	}
	over, _ := stat.MeanInterval(x, confidence)
	next, _ := stat.NextInterval(x, confidence)
	f.Lo, f.Hi = f.ends(over, from)
	f.NextLo, f.NextHi = f.ends(next, from)
	f.Between, f.Within = f.splitDeviation(stat.StandardDeviation(x), to)
}

// Equal reports whether all runs have the same estimate, as a single run does.
func (f *PooledFigure) Equal() bool {
	return !slices.ContainsFunc(f.Runs, func(r RunFigure) bool { return r.Value != f.Runs[0].Value })
}

// splitDeviation splits the runs' standard deviation into the part between runs and the part within
// them; nil if a run has no interval of its own.
func (f *PooledFigure) splitDeviation(deviation float64, to func(float64) float64) (between, within *float64) {
	var variances []float64
	for _, r := range f.Runs {
		v, ok := r.variance(to)
		if !ok {
			return nil, nil
		}
		variances = append(variances, v)
	}
	b, w := math.Sqrt(max(0, deviation*deviation-stat.Mean(variances))), math.Sqrt(stat.Mean(variances))
	return &b, &w
}

// ends are an interval's on the figure's own scale; a share has no more than 1.
func (f *PooledFigure) ends(i stat.Interval, from func(float64) float64) (lo, hi *float64) {
	low, high := from(i.Lo), from(i.Hi)
	if m, known := limit.Find(f.Metric); known && m.Unit == unit.Share && !f.VersusBaseline {
		high = min(high, 1)
	}
	if !finite(low) || !finite(high) {
		return nil, nil
	}
	return &low, &high
}

// variance is the variance of the run's own error. It is taken from the interval as if that
// were Student's with the confidence that it achieves. ok is false without an interval.
func (r RunFigure) variance(to func(float64) float64) (_ float64, ok bool) {
	if r.Lo == nil || r.Hi == nil || r.N < 2 {
		return 0, false
	}
	half := (to(*r.Hi) - to(*r.Lo)) / 2
	deviation := half / stat.StudentQuantile((1+r.level)/2, r.N-1)
	return deviation * deviation, finite(deviation)
}

func identity(v float64) float64 { return v }
