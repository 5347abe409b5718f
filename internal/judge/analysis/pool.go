package analysis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/stat"
	"authbench/internal/text/unit"
)

// pooledVersion is the version of the JSON form of [Pooled].
const pooledVersion = 1

// fewestRuns is the least number of runs without a warning that they are few. With so many,
// the interval for another run is 1.4 times as wide as with infinitely many; with two it is
// 8 times as wide.
const fewestRuns = 6

// The codes of a pool's warnings.
const (
	codeFewRuns       = "few_runs"
	codeLeftOut       = "left_out"
	codePooledInvalid = "invalid_run"
	codeOtherProgram  = "other_program"
	codeArmLeftOut    = "arm_left_out"
	codeNotInEveryRun = "not_in_every_run"
)

// Pooled is what several runs of one scenario on one machine say together. The run is the
// unit, so that the intervals include the differences between runs.
type Pooled struct {
	Version  int    `json:"version"`
	Scenario string `json:"scenario"`
	Question string `json:"question"`
	Baseline string `json:"baseline"`
	// Host is the first run's; the others look the same.
	Host bench.Host `json:"host"`
	// Runs are in the order in which they were named.
	Runs     []PooledRun     `json:"runs"`
	Warnings []bench.Warning `json:"warnings"`
	// Figures are in the order of the scenario.
	Figures []PooledFigure `json:"figures"`
}

// PooledRun is one of the runs.
type PooledRun struct {
	// Path is where it was read from.
	Path     string          `json:"path"`
	Started  string          `json:"started"` // RFC 3339, UTC
	Seed     uint64          `json:"seed"`
	Validity result.Validity `json:"verdict"`
	Status   bench.Status    `json:"status"`
	Launches int             `json:"launches"`
	// LeftOut: the run is invalid, and no figure uses it.
	LeftOut bool `json:"left_out,omitempty"`
}

// Unpoolable is the error of runs that do not belong together, or of too few.
type Unpoolable struct {
	Why string
	// Invalid: there would be enough runs if all were valid.
	Invalid bool
}

func (e *Unpoolable) Error() string { return e.Why }

// NamedRun is a run and where it was read from.
type NamedRun struct {
	Path string
	Run  *result.Run
}

// Pool combines runs, which it does not change. It leaves invalid ones out unless all is
// true. The error is an [*Unpoolable], or a histogram that cannot be decoded.
func Pool(runs []NamedRun, all bool) (*Pooled, error) {
	if len(runs) < 2 {
		return nil, &Unpoolable{Why: fmt.Sprintf("runs to pool: %d; one says nothing of another: name at least 2, better %d, of one scenario on one machine",
			len(runs), fewestRuns)}
	}
	p := &Pooled{Version: pooledVersion, Warnings: []bench.Warning{}, Figures: []PooledFigure{}}
	used, analyses := 0, make([]*Analysis, len(runs)) // nil for those that are left out
	var first *Analysis
	for i, named := range runs {
		for _, earlier := range runs[:i] {
			if err := belongTogether(earlier, named); err != nil {
				return nil, err
			}
		}
		a, err := Analyze(named.Run)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", named.Path, err)
		}
		s := &a.Summary
		out := s.Validity == result.Invalid && !all
		p.Runs = append(p.Runs, PooledRun{named.Path, s.Started, s.Seed, s.Validity, s.Status, s.Launches, out})
		if !out {
			analyses[i], used = a, used+1
			first = cmp.Or(first, a)
		}
	}
	if used < 2 {
		return nil, &Unpoolable{Invalid: true, Why: fmt.Sprintf("runs that may be used: %d of %d; the others are invalid, and 'authbench report' says why: run again, or take them in with --all",
			used, len(runs))}
	}
	s := &first.Summary
	p.Scenario, p.Question, p.Baseline, p.Host = s.Scenario, s.Question, s.Baseline, s.Host
	p.Figures = poolFigures(analyses)
	p.Warnings = append(p.Warnings, p.runWarnings(used)...)
	p.Warnings = append(p.Warnings, p.programWarnings(analyses)...)
	p.Warnings = append(p.Warnings, p.armWarnings(analyses)...)
	p.Warnings = append(p.Warnings, p.figureWarnings(used)...)
	return p, nil
}

// belongTogether is nil for two runs that may be pooled.
func belongTogether(a, b NamedRun) error {
	was, is := a.Run.Header, b.Run.Header
	if was.Seed == is.Seed && was.Started.Equal(is.Started) {
		return &Unpoolable{Why: fmt.Sprintf("%s and %s are the same run (seed %d, started %s): name each run once",
			a.Path, b.Path, is.Seed, is.Started.UTC().Format("2006-01-02T15:04:05Z"))}
	}
	var scenario, host []Difference
	askedDifferences(was, is, appendTo(&scenario))
	hostDifferences(was.Host, is.Host, appendTo(&host))
	switch {
	case len(scenario) > 0:
		return &Unpoolable{Why: fmt.Sprintf("%s and %s did not ask the same (%s): pool runs of one scenario; 'authbench compare' shows what two others share",
			a.Path, b.Path, inWords(scenario))}
	case len(host) > 0:
		return &Unpoolable{Why: fmt.Sprintf("%s and %s are of different machines (%s): pool runs of one machine; 'authbench compare' puts two machines side by side",
			a.Path, b.Path, inWords(host))}
	}
	return nil
}

// askedDifferences lists why one run is not a repetition of the other: the differences in
// what was asked. The number of launches is among them, because the spread of runs depends
// on it.
func askedDifferences(was, is bench.Header, add adder) {
	loads := func(s bench.Scenario) (names []string) {
		for _, l := range s.Loads {
			names = append(names, l.Name)
		}
		return names
	}
	arms := func(s bench.Scenario) (names []string) {
		for _, a := range s.Arms {
			names = append(names, a.Name)
		}
		return slices.Sorted(slices.Values(names))
	}
	scenarioDifferences(was.Scenario, is.Scenario, add)
	add(AboutScenario, "launches", fmt.Sprint(was.Scenario.Launches), fmt.Sprint(is.Scenario.Launches))
	add(AboutScenario, "loads", strings.Join(loads(was.Scenario), ", "), strings.Join(loads(is.Scenario), ", "))
	add(AboutScenario, "arms", strings.Join(arms(was.Scenario), ", "), strings.Join(arms(is.Scenario), ", "))
	requestDifferences(was, is, add)
}

// runWarnings warns of runs that are few, invalid or unfinished.
func (p *Pooled) runWarnings(used int) []bench.Warning {
	var out []bench.Warning
	add := func(code, text string) {
		out = append(out, bench.Warning{Code: code, Level: bench.Suspicious, Text: text})
	}
	if used < fewestRuns {
		add(codeFewRuns, fmt.Sprintf("%d runs are few: they hardly show how much runs vary, so that the interval for another run is %s times as wide as endless runs with the same variation would give it; use at least %d",
			used, unit.Plain(stat.NextWidth(used, confidence), 2), fewestRuns))
	}
	for _, r := range p.Runs {
		switch {
		case r.LeftOut:
			add(codeLeftOut, r.Path+" is invalid and left out: 'authbench report' says why; --all takes it in")
			continue
		case r.Validity == result.Invalid:
			add(codePooledInvalid, r.Path+" is invalid, and its figures are in what follows, as --all demands")
		}
		if r.Status != bench.Completed {
			add(codeUnfinished, fmt.Sprintf("%s was %s: launches measured whole: %d; its figures stray farther than those of a whole run", r.Path, r.Status, r.Launches))
		}
	}
	return out
}

// programWarnings warns of runs that were not measured by the same program as the first.
func (p *Pooled) programWarnings(analyses []*Analysis) []bench.Warning {
	var out []bench.Warning
	first := slices.IndexFunc(analyses, func(a *Analysis) bool { return a != nil })
	for i, a := range analyses {
		if a == nil {
			continue
		}
		var differ []Difference
		programDifferences(analyses[first].Header, a.Header, appendTo(&differ))
		if len(differ) > 0 {
			out = append(out, bench.Warning{Code: codeOtherProgram, Level: bench.Suspicious, Text: fmt.Sprintf(
				"%s was measured by another program than %s (%s), which may be part of what differs between runs", p.Runs[i].Path, p.Runs[first].Path, inWords(differ))})
		}
	}
	return out
}

// armWarnings warns of arms without good figures in some run.
func (p *Pooled) armWarnings(analyses []*Analysis) []bench.Warning {
	var out []bench.Warning
	for i, analysed := range analyses {
		if analysed == nil {
			continue
		}
		for _, a := range analysed.Summary.Arms {
			if a.Status != ArmOK {
				out = append(out, bench.Warning{Code: codeArmLeftOut, Level: bench.Suspicious, Arm: a.Name,
					Text: fmt.Sprintf("no figure of it is from %s, where it is %s", p.Runs[i].Path, outcome(a))})
			}
		}
	}
	return out
}

// figureWarnings warns of figures that some runs do not have.
func (p *Pooled) figureWarnings(used int) []bench.Warning {
	some := 0
	for _, f := range p.Figures {
		if len(f.Runs) < used {
			some++
		}
	}
	if some == 0 {
		return nil
	}
	return []bench.Warning{{Code: codeNotInEveryRun, Level: bench.Info, Text: fmt.Sprintf(
		"figures that some runs do not show: %d; they are from the runs that show them, and a figure of one run alone has no interval", some)}}
}
