package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"authbench/internal/gate"
	"authbench/internal/stat"
)

// heads say what head was, by kind.
var heads = map[string]string{
	same:   "the same commit, linked anew",
	edit:   "an edit that changes nothing",
	slow5:  "`--inject cpu=5%` in " + slowerArm,
	slow8:  "`--inject cpu=8%` in " + slowerArm,
	unsafe: "one that skips the signature check",
}

// slowerArm is the arm that heads of the kinds [slow5] and [slow8] slow down.
const slowerArm = "jwt-hs256"

// page is the recording as Markdown.
func (r *recording) page() string {
	var out strings.Builder
	out.WriteString("# The gate on a real machine\n\nGates that were run, each with the arms apikey, jwt-hs256 and jwt-eddsa, new builds for every launch, on " + r.hosts() +
		". Verdicts are those of the rules as they are now, of all launches that a gate measured. The launches are in [recording.json](recording.json); `go run ./bench/replay` makes this page from it.\n\n" +
		"| head | its CPU per request in " + slowerArm + " | gates | PASS | FAIL | INCONCLUSIVE | failed | launches | minutes |\n| :-- | --: | --: | --: | --: | --: | :-- | --: | --: |\n")
	for _, kind := range kinds {
		all := r.of(kind)
		if len(all) == 0 {
			continue
		}
		fmt.Fprintf(&out, "| %s | %s | %d | %d | %d | %d | %s | %s | %s |\n", heads[kind], r.change(kind), len(all),
			counted(all, gate.Pass), counted(all, gate.Fail), counted(all, gate.Inconclusive), failures(all),
			spread(all, func(g recorded) string { return fmt.Sprintf("%d", g.Launches) }), spread(all, func(g recorded) string { return fmt.Sprintf("%.1f", g.Seconds/60) }))
	}
	fmt.Fprintf(&out, "\nThe CPU per request is head's over base's in the first %d launches of all such gates together, with its 95 %% interval (in further launches, those that were hard to decide would be too many). A server that spins for 5 %% of its time and is not saturated sleeps less often, so that the whole grows by less; the target is %g %%.\n",
		gate.FirstLook, 100*gate.Targets[cpuMetric])
	r.undecided(&out)
	fmt.Fprintf(&out, "\n## The same launches, decided in many orders\n\nThe first %d launches of every such gate, in which each arm was measured, put together and drawn in random order, %d times. Shares are per cent, with exact 95 %% intervals, which speak of the orders, not of other machines. Gates that could not give every figure honestly give no launches.\n\n",
		gate.FirstLook, orders)
	out.WriteString("| head | launches recorded, of gates | FAIL | PASS | INCONCLUSIVE | failed in no other arm | launches needed |\n| :-- | --: | --: | --: | --: | --: | --: |\n")
	for _, kind := range []string{same, edit, slow5, slow8} {
		all, _, whole := r.pool(kind)
		if len(all) < gate.FirstLook {
			continue
		}
		o := r.replay(kind)
		right := "–"
		if kind == slow5 || kind == slow8 {
			right = percent(o.right, o.fail)
		}
		fmt.Fprintf(&out, "| %s | %d, of %d | %s | %s | %s | %s | %.1f |\n", heads[kind], len(all), whole,
			percent(o.fail, orders), percent(o.pass, orders), percent(o.inconclusive, orders), right, float64(o.launches)/orders)
	}
	out.WriteString("\n## The same launches, put to benchstat's test\n\nBase and head are the same commit. The rank-sum test at 5 %, which benchstat applies to each of its lines, between the launches of base and head, which were measured next to each other, and between those of two bases that were measured one after the other, as two builds usually are. A comparison is flagged if any of its lines is. For benchstat itself: `go run ./bench/replay -benchfmt > launches.txt && benchstat -col /side -filter '/kind:same' launches.txt`.\n\n" +
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

const cpuMetric = "cpu_us_per_request"

// change is what the launches of all gates of a kind say of the CPU time of the arm
// that may be slower.
func (r *recording) change(kind string) string {
	var all []float64
	for _, g := range r.of(kind) {
		for _, c := range g.Cells {
			if c.Arm == slowerArm && c.Metric == cpuMetric {
				all = append(all, c.LogRatios...)
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

// undecided says what made gates inconclusive.
func (r *recording) undecided(out *strings.Builder) {
	var lines []string
	for _, kind := range kinds {
		for _, g := range r.of(kind) {
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
