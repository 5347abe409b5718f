package history

import (
	"fmt"
	"slices"
	"sync"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/stat"
)

// Version is the version of the JSON form of [History].
const Version = 1

const (
	// Level is the chance that a history without a change shows one, for any number of
	// series.
	Level = 0.01
	// seed seeds the permutations, so that equal results always get the same answer.
	seed = 1
	// maxResults bounds the time, which grows with the square of the number of results. It
	// is half a year of nights.
	maxResults = 180
	// driftFrom is the median correlation of neighbouring results, over the series, above
	// which a history is called drifting. With 0.3, one in ten histories without a change
	// shows one, not one in a hundred.
	driftFrom = 0.3
)

// Options say what is judged.
type Options struct {
	// Metrics are the judged metrics, by their names in summary.json; none: [Metrics].
	Metrics []string
	// Arms are the judged arms; none: all.
	Arms []string
	// Absolute judges the figures themselves, not their ratios to the baseline.
	Absolute bool
	// Last is how many of the newest results a change must have begun in to be recent.
	Last int
	// Least is the smallest change that counts as worse, as a share.
	Least float64
}

// Metrics are judged by default: the cost of a request, the time of the slowest answers, the
// capacity, and allocations, which vary so little that small changes show. More metrics would
// make each of them less certain.
func Metrics() []string {
	return []string{"cpu_us_per_request", "response_p99_us", "capacity_rps", "allocations_per_request"}
}

// History is what the results of a scenario on a machine say together.
type History struct {
	Version  int        `json:"version"`
	Scenario string     `json:"scenario"`
	Baseline string     `json:"baseline"`
	Host     bench.Host `json:"host"` // the newest result's
	// Level is the chance that a history without any change shows one.
	Level float64 `json:"level"`
	// Last and Least are those of [Options].
	Last  int     `json:"last"`
	Least float64 `json:"least_change"`
	// Worse: the newest change of a figure is recent, and for the worse.
	Worse    bool            `json:"worse"`
	Warnings []bench.Warning `json:"warnings"`
	// Runs are the results that are used, from the oldest to the newest.
	Runs   []Run    `json:"runs"`
	Series []Series `json:"series"`
}

// Run is one result.
type Run struct {
	Path     string          `json:"path"`
	Started  string          `json:"started"` // RFC 3339, UTC
	Verdict  result.Validity `json:"verdict"`
	Revision string          `json:"revision,omitempty"`
}

// Judge judges the results of one scenario, from the oldest to the newest, which it does not
// change. There must be at least one.
func Judge(entries []Entry, o Options) *History {
	newest := entries[len(entries)-1]
	h := &History{
		Version: Version, Scenario: newest.Header.Scenario.Name, Baseline: newest.Header.Scenario.Baseline, Host: newest.Header.Host,
		Level: Level, Last: o.Last, Least: o.Least, Warnings: []bench.Warning{}, Runs: []Run{}, Series: []Series{},
	}
	used := h.usable(entries)
	for _, e := range used {
		h.Runs = append(h.Runs, Run{e.Path, e.Summary.Started, e.Summary.Validity, e.Summary.Build.Revision})
	}
	if len(used) == 0 {
		return h
	}
	h.Series = seriesOf(used, o)
	var wait sync.WaitGroup
	for i := range h.Series {
		wait.Go(func() { h.Series[i].judge(used, Level/float64(len(h.Series)), o) })
	}
	wait.Wait()
	h.Worse = len(h.RecentlyWorse()) > 0
	h.warn(used)
	return h
}

// usable returns the results whose figures make series, and warns of the others.
func (h *History) usable(entries []Entry) []Entry {
	var out []Entry
	left := map[string]int{}
	for _, e := range entries {
		switch {
		case analysis.OtherMachine(e.Header.Host, h.Host):
			left["of another machine than the newest"]++
		case e.Status != bench.Completed:
			left["not completed"]++
		case e.Summary.Validity == result.Invalid:
			left["invalid"]++
		default:
			out = append(out, e)
		}
	}
	if older := len(out) - maxResults; older > 0 {
		left[fmt.Sprintf("older than the newest %d", maxResults)] = older
		out = out[older:]
	}
	for _, why := range []string{"of another machine than the newest", "not completed", "invalid", fmt.Sprintf("older than the newest %d", maxResults)} {
		if n := left[why]; n > 0 {
			h.add("left_out", bench.Info, fmt.Sprintf("results left out as they are %s: %d", why, n))
		}
	}
	return out
}

func (h *History) add(code string, level bench.Level, text string) {
	h.Warnings = append(h.Warnings, bench.Warning{Code: code, Level: level, Text: text})
}

// warn says what the results cannot tell.
func (h *History) warn(used []Entry) {
	each := Level / float64(max(1, len(h.Series)))
	switch {
	case len(h.Series) == 0:
		h.add("no_series", bench.Suspicious, "the newest result has none of the figures that were asked for; 'authbench list metrics' names them")
	case stat.FewestChanged(len(used), each) == 0:
		enough := len(used)
		for stat.FewestChanged(enough, each) == 0 {
			enough++
		}
		h.add("few_results", bench.Suspicious, fmt.Sprintf("there are too few results to show a change: %d, and %d series take %d; fewer series (--metric, --arms) need fewer", len(used), len(h.Series), enough))
	}
	var correlations []float64
	for _, s := range h.Series {
		correlations = append(correlations, s.Correlation)
	}
	if r := stat.Median(correlations); r > driftFrom {
		h.add("drift", bench.Suspicious, fmt.Sprintf("results resemble their neighbours (correlation %.2f, 0 expected): the machine drifts, and a change that is shown may be such a drift", r))
	}
}

// RecentlyWorse are the series whose newest change is recent and for the worse.
func (h *History) RecentlyWorse() []Series {
	return slices.DeleteFunc(slices.Clone(h.Series), func(s Series) bool { return !s.Worse() })
}
