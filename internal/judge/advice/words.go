package advice

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/text/unit"
)

// WorthACore is the part of a CPU below which a difference in cost does not matter: the
// smallest servers for rent have about that much.
const WorthACore = 0.1

// answer says what to choose.
func answer(a *Advice) []string {
	var out []string
	if a.Validity == result.Suspicious {
		out = append(out, "The result is suspicious: its report says why, and the figures below inherit it.")
	}
	var meeting, open []Option
	for _, o := range a.Options {
		switch o.Fit {
		case Meets:
			meeting = append(meeting, o)
		case Open:
			open = append(open, o)
		}
	}
	switch {
	case len(meeting) > 0:
		out = append(out, cheapestSentence("Of the arms that meet the limits", meeting))
		if len(meeting) > 1 {
			out = append(out, costDifference(meeting, a.Need.Rate))
		}
	case len(open) > 0:
		out = append(out, "No arm certainly meets the limits. Perhaps "+names(open)+verb(open, " does.", " do."))
		for _, g := range a.Gaps {
			out = append(out, openSentence(a, g))
		}
		out = append(out, cheapestSentence("Of the arms that may meet them", open))
	default:
		out = append(append(out, "No arm of this result meets the limits."), ruledOut(a.Options)...)
	}
	return slices.DeleteFunc(out, func(text string) bool { return text == "" })
}

// ruledOut says which limit which arms miss.
func ruledOut(options []Option) []string {
	var limits []string
	arms := map[string][]string{}
	for _, o := range options {
		for _, c := range o.Checks {
			if c.Fit != Misses {
				continue
			}
			if arms[c.Limit] == nil {
				limits = append(limits, c.Limit)
			}
			arms[c.Limit] = append(arms[c.Limit], o.Label)
		}
	}
	var out []string
	for _, l := range limits {
		out = append(out, fmt.Sprintf("The limit %q rules out %s.", l, listed(arms[l])))
	}
	return out
}

func cheapestSentence(of string, options []Option) string {
	first := options[0]
	var tied []Option
	for _, o := range options[1:] {
		if strings.ContainsAny(o.Tied, first.Tied) {
			tied = append(tied, o)
		}
	}
	text := fmt.Sprintf("%s, %s takes least CPU: %s per request %s", of, first.Label, estimate(first.CPU), first.At)
	if len(tied) > 0 {
		text += ", not told apart from " + names(tied)
	}
	return text + "."
}

// costDifference says what the choice among those that meet the limits is worth.
func costDifference(meeting []Option, rate float64) string {
	first, last := meeting[0], meeting[len(meeting)-1]
	cores := last.Cores - first.Cores
	if cores < WorthACore {
		return fmt.Sprintf("At %s the choice does not matter for cost: between the cheapest and the dearest of them (%s) lie %s CPUs in all. Choose by their other differences.",
			unit.Rate(rate), last.Label, unit.Number(cores))
	}
	return fmt.Sprintf("Between it and the dearest of them (%s) lie %s CPUs at %s.", last.Label, unit.Number(cores), unit.Rate(rate))
}

// turningPoints says what would change the answer.
func turningPoints(s *analysis.Summary, a *Advice) []string {
	var out []string
	if a.Options[0].Fit == Meets {
		for _, o := range a.Options[1:] {
			if rate, costs := a.pricing.oneCPU(a.Options[0], o); o.Fit == Meets && costs && !strings.ContainsAny(o.Tied, a.Options[0].Tied) {
				out = append(out, fmt.Sprintf("%s costs one CPU more than %s from %s on.", o.Label, a.Options[0].Label, unit.Rate(rate)))
				break
			}
		}
	}
	out = append(out, otherLoad(s, a))
	for _, b := range s.BreakEvens {
		out = append(out, breakEven(b))
	}
	out = append(out, revocationRelaxations(a)...)
	return slices.DeleteFunc(out, func(text string) bool { return text == "" })
}

// otherLoad names the options that are as good as the first one and certainly cost less under the
// load by which they were not priced; "" if there are none.
func otherLoad(s *analysis.Summary, a *Advice) string {
	first := a.Options[0]
	var cheaper []string
	busier := false
	for _, r := range s.Reversals {
		at, than := r.Arm, r.Versus
		if first.AtRate == 0 {
			at, than = r.Versus, r.Arm
		}
		meets := slices.ContainsFunc(a.Options, func(o Option) bool { return o.Label == at && o.Fit == first.Fit })
		if than == first.Label && meets {
			cheaper, busier = append(cheaper, at), first.AtRate > 0
		}
	}
	switch {
	case len(cheaper) == 0:
		return ""
	case busier:
		return fmt.Sprintf("On servers that are kept busy %s costs less than %s.", listed(cheaper), first.Label)
	}
	return fmt.Sprintf("On servers that wait for requests most of the time %s costs less than %s.", listed(cheaper), first.Label)
}

// breakEven words the round trip to the store beyond which an arm that asks none answers
// sooner.
func breakEven(b analysis.BreakEven) string {
	if b.RoundTrip.Hi != nil && *b.RoundTrip.Hi < 0 {
		return fmt.Sprintf("%s answers sooner than %s however near the store is.", b.Arm, b.Series[0])
	}
	if b.RoundTrip.Lo != nil && *b.RoundTrip.Lo <= 0 {
		return fmt.Sprintf("%s and %s answer equally soon with the store where it was, as far as can be told; farther away, %[1]s does.", b.Arm, b.Series[0])
	}
	text := fmt.Sprintf("%s answers sooner than %s once the store is %s farther away than it was", b.Arm, b.Series[0], estimate(b.RoundTrip))
	if b.RoundTrip.Value > b.Farthest {
		text += ", which is farther than was measured"
	}
	return text + "."
}

// revocationRelaxations says what would make arms meet all limits that miss only the one on revocation.
func revocationRelaxations(a *Advice) []string {
	var lags []Check
	arms := map[time.Duration][]string{}
	for _, o := range a.Options {
		missed := slices.DeleteFunc(slices.Clone(o.Checks), func(c Check) bool { return c.Fit != Misses })
		if len(missed) != 1 || missed[0].stale == 0 {
			continue
		}
		if arms[missed[0].stale] == nil {
			lags = append(lags, missed[0])
		}
		arms[missed[0].stale] = append(arms[missed[0].stale], o.Label)
	}
	var out []string
	for _, c := range lags {
		text := fmt.Sprintf("%s would do if a revoked credential may work for %s", listed(arms[c.stale]), unit.Time(upward(c.stale)))
		if c.byExpiry {
			text += fmt.Sprintf(", or if tokens are valid for %s at most (--token-lifetime)", unit.Time(*a.Need.RevocationLag))
		}
		out = append(out, text+".")
	}
	return out
}

// upward rounds a time up to three digits, so that it is a limit that an arm meets.
func upward(d time.Duration) time.Duration {
	step := time.Duration(1)
	for d/step >= 1000 {
		step *= 10
	}
	return (d + step - 1) / step * step
}

// verb is the one that goes with so many options.
func verb(options []Option, one, many string) string {
	if len(options) == 1 {
		return one
	}
	return many
}

func names(options []Option) string {
	var out []string
	for _, o := range options {
		out = append(out, o.Label)
	}
	return listed(out)
}

// listed joins words as a sentence does.
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// estimate prints µs with their interval.
func estimate(e analysis.Estimate) string {
	if e.Lo == nil || e.Hi == nil {
		return unit.Micros(e.Value)
	}
	return unit.Micros(e.Value) + " (" + unit.Microseconds.Interval(*e.Lo, *e.Hi) + ")"
}
