package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"authbench/internal/judge/gate"
	"authbench/internal/stat"
)

// heads say what head was, by kind.
var heads = map[string]string{
	same:   "the same commit, linked anew",
	edit:   "an edit that changes nothing",
	slow5:  "`--inject cpu=5%` in " + slowerArm,
	slow8:  "`--inject cpu=8%` in " + slowerArm,
	tail:   "`--inject tail=2%:10ms` in every arm",
	stall:  "`--inject stall=100ms/2s` in every arm",
	unsafe: "one that skips the signature check",
}

// effects are put into recorded launches of equal programs, in one arm after the other.
var effects = []planted{
	{gate.MetricCPU, 1.05, 1},
	{gate.MetricP50, 1.2, 1}, {gate.MetricP50, 2, 1}, {gate.MetricP50, 2, 0.3},
	{gate.MetricP99, 1.5, 1}, {gate.MetricP99, 2, 1}, {gate.MetricP99, 2, 0.3}, {gate.MetricP99, 20, 0.3},
}

// leastLaunches are enough for a replayed gate that can fail.
const leastLaunches = 2 * gate.FirstLook

// slowerArm is the arm that heads slow down.
const slowerArm = "jwt-hs256"

// page is the recording as Markdown.
func (r *recording) page() string {
	var out strings.Builder
	out.WriteString("# The gate on a real machine\n\nGates that were run, each with the arms apikey, jwt-hs256 and jwt-eddsa, new builds for every launch (heads that are slower in every arm are one program), on " + r.hosts() +
		". Verdicts are those that the gates gave, by the rules of their time. The launches are in [recording.json](recording.json); `go run ./internal/experiment/replay` makes this page from it.\n\n" +
		"| head | its CPU per request in " + slowerArm + " | gates | PASS | FAIL | INCONCLUSIVE | failed | launches | minutes |\n| :-- | --: | --: | --: | --: | --: | :-- | --: | --: |\n")
	for _, kind := range kinds {
		all := r.gatesOf(kind)
		if len(all) == 0 {
			continue
		}
		fmt.Fprintf(&out, "| %s | %s | %d | %d | %d | %d | %s | %s | %s |\n", heads[kind], r.change(kind), len(all),
			counted(all, gate.Pass), counted(all, gate.Fail), counted(all, gate.Inconclusive), failures(all),
			spread(all, func(g recorded) string { return fmt.Sprintf("%d", g.Launches) }), spread(all, func(g recorded) string { return fmt.Sprintf("%.1f", g.Seconds/60) }))
	}
	fmt.Fprintf(&out, "\nThe CPU per request is head's over base's in the first %d launches of all such gates together, with its 95 %% interval (in further launches, those that were hard to decide would be too many). A server that spins for 5 %% of its time and is not saturated sleeps less often, so that the whole grows by less; the target is %g %%.\n",
		gate.FirstLook, 100*gate.Aims[gate.MetricCPU].Target)
	r.writeUndecided(&out)
	r.writeOrders(&out)
	r.writeEffects(&out)
	out.WriteString("\n## The same launches, put to benchstat's test\n\nBase and head are the same commit. The rank-sum test at 5 %, which benchstat applies to each of its lines, between the launches of base and head, which were measured next to each other, and between those of two bases that were measured one after the other, as two builds usually are. A comparison is flagged if any of its lines is. For benchstat itself: `go run ./internal/experiment/replay -benchfmt > launches.txt && benchstat -col /side -filter '/kind:same' launches.txt`.\n\n" +
		"| compared | comparisons | flagged | lines | lines flagged |\n| :-- | --: | --: | --: | --: |\n")
	for _, apart := range []bool{false, true} {
		name := "base and head of one gate"
		if apart {
			name = "base and the next gate's base"
		}
		f := r.flagged(apart)
		fmt.Fprintf(&out, "| %s | %d | %s | %d | %s |\n", name, f.comparisons, percent(f.any, f.comparisons), f.cells, percent(f.differ, f.cells))
	}
	return out.String()
}

// writeOrders are the recorded launches, decided by the rules as they are now.
func (r *recording) writeOrders(out *strings.Builder) {
	fmt.Fprintf(out, "\n## The same launches, decided in many orders\n\nThe first %d launches of every such gate, in which each arm was measured, put together and drawn in random order, %d times, decided by the rules as they are now, over the figures that all of them have. Shares are per cent, with exact 95 %% intervals, which speak of the orders, not of other machines. Gates that could not give every figure honestly give no launches; a kind with fewer than %d is left out, because a gate cannot fail at its first look.\n\n",
		gate.FirstLook, orders, leastLaunches)
	out.WriteString("| head | launches recorded, of gates | FAIL | PASS | INCONCLUSIVE | failed in no other arm | launches needed |\n| :-- | --: | --: | --: | --: | --: | --: |\n")
	for _, kind := range kinds {
		all, _, whole := r.launchesOf(kind)
		if len(all) < leastLaunches {
			continue
		}
		slower := ""
		if kind == slow5 || kind == slow8 {
			slower = slowerArm
		}
		o := r.replay(planted{}, slower, kind)
		right := "–"
		if slower != "" {
			right = percent(o.right, o.fail)
		}
		fmt.Fprintf(out, "| %s | %d, of %d | %s | %s | %s | %s | %.1f |\n", heads[kind], len(all), whole,
			percent(o.fail, orders), percent(o.pass, orders), percent(o.inconclusive, orders), right, float64(o.launches)/orders)
	}
	if all, _, _ := r.launchesOf(same, edit); len(all) < gate.FirstLook {
		return
	}
	o := r.replay(planted{}, "", same, edit)
	out.WriteString("\nWhat a gate that passes equal programs leaves open, in the arm of which it knows least:")
	for _, metric := range gate.Metrics() {
		if bounds := o.ruledOut[metric]; len(bounds) > 0 {
			fmt.Fprintf(out, " %s up to +%.0f %% in half of the gates, up to +%.0f %% in nine of ten;", metric, 100*stat.Quantile(bounds, 0.5), 100*stat.Quantile(bounds, 0.9))
		}
	}
	out.WriteString(" the rest is ruled out.\n\nLaunches are taken to be independent. The correlation between the changes of a launch and of the next one:")
	for _, metric := range gate.Metrics() {
		if c, n := r.serialCorrelation(metric); n > 0 {
			fmt.Fprintf(out, " %s %.2f;", metric, c)
		}
	}
	out.WriteString(" without any it would be −0.1, because each is measured from the centre of ten.\n")
}

// writeEffects are the recorded launches of equal programs with an effect planted.
func (r *recording) writeEffects(out *strings.Builder) {
	all, cells, whole := r.launchesOf(same, edit)
	if len(all) < gate.LastLook {
		return
	}
	fmt.Fprintf(out, "\n## Effects put into the launches of equal programs\n\n%d launches, of %d gates of equal programs. Head's value of one arm is multiplied, in all launches or in three of ten, and the gate decides as above. Shares are per cent of %d gates.\n\n| planted | arm | FAIL | PASS | INCONCLUSIVE | failed in no other arm | launches needed |\n| :-- | :-- | --: | --: | --: | --: | --: |\n", len(all), whole, plantedOrders)
	for _, e := range effects {
		for _, c := range cells {
			if c.metric != e.metric {
				continue
			}
			o := r.replay(e, c.arm, same, edit)
			when := ""
			if e.share < 1 {
				when = fmt.Sprintf(" in %.0f %% of the launches", 100*e.share)
			}
			fmt.Fprintf(out, "| %s × %g%s | %s | %s | %s | %s | %s | %.1f |\n", e.metric, e.factor, when, c.arm,
				percent(o.fail, plantedOrders), percent(o.pass, plantedOrders), percent(o.inconclusive, plantedOrders), percent(o.right, o.fail), float64(o.launches)/plantedOrders)
		}
	}
}

// change is what the launches of all gates of a kind say of the CPU time of the arm
// that may be slower.
func (r *recording) change(kind string) string {
	var all []float64
	for _, g := range r.gatesOf(kind) {
		for _, c := range g.Cells {
			if c.Arm == slowerArm && c.Metric == gate.MetricCPU {
				all = append(all, c.Changes...)
			}
		}
	}
	interval, ok := stat.SignedRankInterval(all, 0.95)
	if !ok {
		return "–"
	}
	percent := func(v float64) float64 { return 100 * math.Expm1(v) }
	return fmt.Sprintf("%+.1f %% (%.1f – %.1f)", percent(stat.HodgesLehmann(all)), percent(interval.Lo), percent(interval.Hi))
}

// writeUndecided says what made gates inconclusive.
func (r *recording) writeUndecided(out *strings.Builder) {
	var lines []string
	for _, kind := range kinds {
		for _, g := range r.gatesOf(kind) {
			if g.Verdict == gate.Inconclusive {
				what := "nothing could be gated of an arm"
				if len(g.Undecided) > 0 {
					what = strings.Join(g.Undecided, ", ")
				}
				lines = append(lines, fmt.Sprintf("- %s: %s\n", heads[kind], what))
			}
		}
	}
	if len(lines) > 0 {
		out.WriteString("\nWhat stayed undecided in the inconclusive ones:\n\n" + strings.Join(lines, ""))
	}
}

func (r *recording) hosts() string {
	var out []string
	for _, g := range r.Gates {
		if !slices.Contains(out, g.Host) {
			out = append(out, g.Host)
		}
	}
	return strings.Join(out, " and ")
}

func counted(all []recorded, v gate.Verdict) int {
	n := 0
	for _, g := range all {
		if g.Verdict == v {
			n++
		}
	}
	return n
}

// failures are what failed, and in how many gates.
func failures(all []recorded) string {
	var names []string
	times := map[string]int{}
	for _, g := range all {
		for _, name := range g.Failed {
			if times[name]++; times[name] == 1 {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = fmt.Sprintf("%s (%d)", name, times[name])
	}
	if len(names) == 0 {
		return "–"
	}
	return strings.Join(names, ", ")
}

// spread is the smallest and the largest of numbers in their order of text length and
// text, which is that of numbers with equally many decimals.
func spread(all []recorded, text func(recorded) string) string {
	var texts []string
	for _, g := range all {
		texts = append(texts, text(g))
	}
	slices.SortFunc(texts, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	if first, last := texts[0], texts[len(texts)-1]; first != last {
		return first + " – " + last
	}
	return texts[0]
}

// percent is a share with its exact 95 % interval.
func percent(k, n int64) string {
	if n == 0 {
		return "–"
	}
	i := stat.ClopperPearson(k, n, 0.95)
	return fmt.Sprintf("%.1f (%.1f – %.1f)", 100*float64(k)/float64(n), 100*i.Lo, 100*i.Hi)
}
