package analysis

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"authbench/internal/unit"
)

var changeLimitForm = regexp.MustCompile(`^(?:([a-z0-9][a-z0-9._-]*):)?([a-z0-9_]+)\s*([<>])\s*([+-]?[0-9.]+)\s*%$`)

// ParseChangeLimits reads limits on how far a figure may change, as users write
// them: "[ARM:]METRIC>5%" or "[ARM:]METRIC<-5%". A limit's Value is the share.
func ParseChangeLimits(texts []string) ([]Limit, error) {
	var out []Limit
	for _, text := range texts {
		m := changeLimitForm.FindStringSubmatch(strings.TrimSpace(text))
		if m == nil {
			return nil, fmt.Errorf("--fail-on %q: write METRIC>PERCENT or METRIC<PERCENT, such as 'cpu>5%%' or 'apikey:throughput<-5%%'", text)
		}
		value, err := strconv.ParseFloat(m[4], 64)
		if err != nil {
			return nil, fmt.Errorf("--fail-on %q: %q is not a number", text, m[4])
		}
		metric := m[2]
		if long, short := limitMetrics[metric]; short {
			metric = long
		}
		out = append(out, Limit{Text: text, Arm: m[1], Metric: metric, Above: m[3] == ">", Value: value / 100})
	}
	return out, nil
}

// Broken says, in one line each, which limits the changes break. A change that has
// an interval breaks a limit only with the whole of it. A figure that the new
// result lacks, or that has no ratio, breaks its limit, too: it cannot be vouched
// for.
func (c *Changes) Broken(limits []Limit) []string {
	var out []string
	for _, l := range limits {
		found := false
		for _, change := range c.Changes {
			if change.Metric != l.Metric || change.VersusBaseline || l.Arm != "" && l.Arm != change.Arm {
				continue
			}
			found = true
			switch {
			case change.Ratio == 0:
				out = append(out, fmt.Sprintf("%s: cannot be compared, one of the two is 0 (%s)", change.Place, l.Text))
			case l.brokenBy(change.share()):
				out = append(out, fmt.Sprintf("%s: changed by %s (%s)", change.Place, unit.Change(change.Ratio-1), l.Text))
			}
		}
		for _, p := range c.Removed {
			if l.concerns(p) {
				found = true
				out = append(out, fmt.Sprintf("%s: only the old result has it (%s)", p, l.Text))
			}
		}
		if !found {
			out = append(out, fmt.Sprintf("%s: the results do not share this figure", l.Text))
		}
	}
	return slices.Compact(out)
}

// concerns reports whether a place that is gone may have had the limit's figure.
func (l Limit) concerns(p Place) bool {
	return !p.VersusBaseline && (l.Arm == "" || l.Arm == p.Arm) && (p.Metric == "" || p.Metric == l.Metric)
}

// share is a change as a share of the old figure, which is what limits are on.
func (c Change) share() Estimate {
	e := Estimate{Value: c.Ratio - 1}
	if c.Lo != nil && c.Hi != nil {
		lo, hi := *c.Lo-1, *c.Hi-1
		e.Lo, e.Hi = &lo, &hi
	}
	return e
}

// String names the place in a sentence.
func (p Place) String() string {
	text := p.Arm
	if p.Load != "" {
		text += " under " + p.Load + " load"
	}
	if p.Fraction != 0 {
		text += fmt.Sprintf(" at %s of its capacity", unit.Plain(p.Fraction, 0))
	}
	if p.Metric != "" {
		text += ", " + p.Metric
	}
	if p.VersusBaseline {
		text += " as a ratio to the baseline"
	}
	return text
}
