package export

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"authbench/internal/judge/analysis"
	"authbench/internal/result/limit"
	"authbench/internal/text/unit"
)

// Family is the name of the metric family of a figure, and what its value is multiplied
// by to be in the family's unit: "authbench_response_p99_seconds", 1e-6.
func Family(p analysis.Place) (name string, factor float64) {
	m, _ := limit.Find(p.Metric)
	name, factor = p.Metric, 1
	switch m.Unit {
	case unit.Microseconds:
		name, factor = microseconds.ReplaceAllString(name, "_seconds$1"), 1e-6
	case unit.PerSecond:
		if cut, ok := strings.CutSuffix(name, "_rps"); ok {
			name = cut + "_requests_per_second"
		}
	case unit.Share:
		name = strings.TrimSuffix(name, "_share") + "_ratio"
	}
	name = "authbench_" + notInNames.ReplaceAllString(name, "_")
	switch {
	case p.Difference:
		return name + "_baseline_difference", factor
	case p.VersusBaseline:
		return name + "_baseline_ratio", 1
	}
	return name, factor
}

var (
	// microseconds is the unit within a metric's name.
	microseconds = regexp.MustCompile(`_us(_|$)`)
	// notInNames are the characters that names of metrics do not have.
	notInNames = regexp.MustCompile(`[^a-zA-Z0-9_]`)
)

// family are the values of one name.
type family struct {
	name, help string
	samples    []sample
}

// sample is one value, and when its run started.
type sample struct {
	labels labels
	value  float64
	at     time.Time
}

type label struct{ name, value string }

// labels are a sample's. One without a value is as good as none.
type labels []label

// and returns the labels with more behind them.
func (l labels) and(more ...label) labels { return append(slices.Clip(l), more...) }

// families are in the order in which they are written: the values of one stand together.
type families struct {
	all    []*family
	byName map[string]*family
}

// familiesOf are those of some results, and of what changed between two.
func familiesOf(results []Result, changes []analysis.Change) []*family {
	all := families{byName: map[string]*family{}}
	for _, r := range results {
		at, _ := time.Parse(time.RFC3339, r.Summary.Started) // zero if the result does not say
		all.describe(r, at)
		for _, c := range r.all() {
			name, factor := c.family()
			all.gauge(name, c.help(), c.labels(r), c.Estimate, factor, at)
		}
	}
	for _, c := range changes {
		if c.Ratio == 0 { // it has none
			continue
		}
		name, _ := Family(c.Place)
		of := Result{Summary: results[len(results)-1].Summary} // of no side: it is of both
		change := of.plain(analysis.Figure{Place: c.Place, Estimate: analysis.Estimate{Value: c.Ratio, Lo: c.Lo, Hi: c.Hi}})
		all.gauge(name+"_change_ratio", change.help()+", new result over old one", change.labels(of), change.Estimate, 1, time.Time{})
	}
	return all.all
}

// add adds a sample to its family. Help is foreign text.
func (fs *families) add(name, help string, s sample) {
	f := fs.byName[name]
	if f == nil {
		f = &family{name: name, help: help}
		fs.all, fs.byName[name] = append(fs.all, f), f
	}
	f.samples = append(f.samples, s)
}

// gauge adds a value and the ends of its interval, all multiplied by a factor.
func (fs *families) gauge(name, help string, l labels, e analysis.Estimate, factor float64, at time.Time) {
	fs.add(name, help, sample{l, e.Value * factor, at})
	if e.Lo != nil && e.Hi != nil {
		fs.add(name+"_low", help+": lower end of the 95 % interval", sample{l, *e.Lo * factor, at})
		fs.add(name+"_high", help+": upper end of the 95 % interval", sample{l, *e.Hi * factor, at})
	}
}

// family is the name of a figure's family, and its factor: that of [Family], with the
// word contrast for baseline where the question compares two arms.
func (c compared) family() (name string, factor float64) {
	name, factor = Family(c.Place)
	if value, _ := Family(analysis.Place{Metric: c.Metric}); c.contrast {
		name = value + "_" + c.kind()
	}
	return name, factor
}

// help says what a figure is.
func (c compared) help() string {
	m, known := limit.Find(c.Metric)
	text := c.Metric
	if known {
		text = m.Label
	}
	other := "the baseline"
	if c.contrast {
		other = "the arm in versus, which the scenario's question compares it with"
	}
	switch {
	case c.Difference:
		return text + ", difference from " + other
	case c.VersusBaseline:
		return text + ", ratio to " + other
	}
	return text
}

// describe adds what a result is of.
func (fs *families) describe(r Result, at time.Time) {
	s := r.Summary
	own := labels{{"scenario", s.Scenario}, {"side", r.Side}}
	fs.add("authbench_run_info", "The run, its machine and its program", sample{own.and(
		label{"verdict", string(s.Validity)}, label{"baseline", s.Baseline}, label{"version", s.Build.Version},
		label{"revision", s.Build.Revision}, label{"go", s.Build.Go}, label{"os", s.Host.OS}, label{"arch", s.Host.Arch},
		label{"cpu_model", s.Host.CPUModel}, label{"cpus", fmt.Sprint(s.Host.CPUs)},
	), 1, at})
	fs.add("authbench_run_launches", "Launches that were measured whole", sample{own, float64(s.Launches), at})
	if !at.IsZero() {
		fs.add("authbench_run_started_timestamp_seconds", "When the run started", sample{own, float64(at.Unix()), at})
	}
	for _, a := range s.Arms {
		of := own.and(label{"arm", a.Name}, label{"method", a.Method}, label{"status", string(a.Status)})
		fs.add("authbench_arm_info", "What an arm is, and what became of it", sample{of, 1, at})
	}
}

// labels say which arm and load a figure is of, and which pair a contrast.
func (c compared) labels(r Result) labels {
	l := labels{{"scenario", r.Summary.Scenario}, {"side", r.Side}, {"arm", c.Arm}, {"load", c.Load}}
	if c.Fraction != 0 {
		l = append(l, label{"fraction", number(c.Fraction)})
	}
	if c.contrast {
		l = append(l, label{"versus", c.with})
	}
	return l
}
