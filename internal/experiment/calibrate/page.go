package main

import (
	"fmt"
	"slices"
	"strings"

	"authbench/internal/judge/gate"
	"authbench/internal/stat"
)

// The figures that the gate is to reach, over every noise with a new build per
// launch and launch deviations up to the targets.
const (
	mostFalseFails      = 0.005 // of innocent changes
	mostFalseFailsBound = 0.01  // the upper end of its 95 % interval
	leastPasses         = 0.97  // of innocent changes
	leastCPUFound       = 0.92  // of slow-downs of the target's size, in their CPU cell
	leastArmFound       = 0.97  // the same, in any cell of their arm
	leastSingleFound    = 0.8   // of alarming slow-downs of a single cell that is as noisy as recorded
)

// missed says which figures are missed, and where.
func (c *calibration) missed() []string {
	var out []string
	for _, r := range c.Rows {
		check := func(what string, k int64, good bool) {
			if !good {
				out = append(out, fmt.Sprintf("%s noise, %d cells %s, launch sd %s, effect %g: %s in %d of %d", r.Noise, r.Cells, r.Metric, r.Spread, r.Effect, what, k, r.Runs))
			}
		}
		few := func(k int64) bool { return r.share(k) <= mostFalseFails && r.interval(k).Hi < mostFalseFailsBound }
		switch {
		case !noiseNamed(r.Noise).holds(r.Effect):
		case r.Effect == 0:
			check("an innocent change fails", r.Fail, few(r.Fail))
			if r.Arms > 1 {
				check("an innocent change passes", r.Pass, r.share(r.Pass) >= leastPasses)
			}
		case r.Metric != "":
			check("its cell fails", r.ArmFail, r.share(r.ArmFail) >= leastSingleFound)
		case r.Arms > 1 && r.Spread != asReal.Name:
			check("the CPU cell fails", r.CPUFail, r.share(r.CPUFail) >= leastCPUFound)
			check("any cell of the arm fails", r.ArmFail, r.share(r.ArmFail) >= leastArmFound)
			fallthrough
		default:
			check("another arm fails", r.OtherFail, few(r.OtherFail))
		}
	}
	return out
}

func noiseNamed(name string) noise {
	all := noises()
	return all[slices.IndexFunc(all, func(n noise) bool { return n.Name == name })]
}

func (r row) share(k int64) float64 { return float64(k) / float64(r.Runs) }

// interval is the exact 95 % interval of a share.
func (r row) interval(k int64) stat.Interval { return stat.ClopperPearson(k, r.Runs, 0.95) }

// percent is a share with its interval.
func (r row) percent(k int64) string {
	i := r.interval(k)
	return fmt.Sprintf("%.2f (%.2f – %.2f)", 100*r.share(k), 100*i.Lo, 100*i.Hi)
}

// page is the calibration as Markdown.
func (c *calibration) page() string {
	var out strings.Builder
	fmt.Fprintf(&out, `# What the gate's rules amount to

Simulated gates, %d per line, made by `+"`make calibrate`"+`; the data are in [calibration.json](calibration.json). Each measures base and head as a real one does: adjacent slices in random order, shuffled pairs, %d rounds a launch, looks after %s launches. Shares are per cent, with exact (Clopper–Pearson) 95 %% intervals. The launch sd is that of every cell: half its target, its target (%s), or as in the recorded gates (%s); slices vary by %.1f %% of CPU time, medians by 1.5 times that, p99s by 3 times.

Noise:

`, c.Rows[0].Runs, rounds, looks(), targets(), recorded(), 100*sliceSD)
	for _, n := range noises() {
		fmt.Fprintf(&out, "- %s: %s\n", n.Name, n.Text)
	}
	out.WriteString("\n" + c.worst() + "\n")
	out.WriteString("\n## An innocent change, ten arms\n\n")
	c.table(&out, "| noise | launch sd | FAIL | PASS | INCONCLUSIVE | cells bounded | launches |\n| :-- | :-- | --: | --: | --: | --: | --: |\n",
		func(r row) bool { return r.Arms > 1 && r.Effect == 0 },
		func(r row) string {
			return fmt.Sprintf("| %s | %s | %s | %s | %s | %.2f %% | %.1f |\n", r.Noise, r.Spread, r.percent(r.Fail), r.percent(r.Pass), r.percent(r.Inconclusive),
				100*float64(r.Bounded)/float64(r.Runs*int64(r.Cells)), r.Launches)
		})
	out.WriteString("\n## One arm of ten slower by the targets\n\n")
	c.table(&out, "| noise | launch sd | its CPU cell fails | any of its cells fails | its CPU cell passes | another arm fails | launches |\n| :-- | :-- | --: | --: | --: | --: | --: |\n",
		func(r row) bool { return r.Arms > 1 && r.Effect == 1 },
		func(r row) string {
			return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %.1f |\n", r.Noise, r.Spread, r.percent(r.CPUFail), r.percent(r.ArmFail), r.percent(r.CPUPass), r.percent(r.OtherFail), r.Launches)
		})
	fmt.Fprintf(&out, "\n“%s” is here to show what the gate does not do: with six builds a side their differences stay for the whole run, and look like a change. It links a new layout for every launch. “%s” breaks what every test of a gate assumes; the gates of [results/published/gates](../gates/README.md) show that real launches do not remember.\n", sixLayouts, correlatedLaunches)
	out.WriteString("\n## One arm alone, by the size of the slow-down\n\n")
	c.table(&out, "| noise | slow-down in targets | its CPU cell fails | any cell fails | its CPU cell passes | launches |\n| :-- | --: | --: | --: | --: | --: |\n",
		func(r row) bool { return r.Arms == 1 && r.Metric == "" },
		func(r row) string {
			return fmt.Sprintf("| %s | %g | %s | %s | %s | %.1f |\n", r.Noise, r.Effect, r.percent(r.CPUFail), r.percent(r.ArmFail), r.percent(r.CPUPass), r.Launches)
		})
	out.WriteString("\n## A single cell, as noisy as recorded\n\n")
	c.table(&out, "| noise | metric | slow-down in targets | FAIL | PASS | bounded | launches |\n| :-- | :-- | --: | --: | --: | --: | --: |\n",
		func(r row) bool { return r.Metric != "" },
		func(r row) string {
			return fmt.Sprintf("| %s | %s | %.3g | %s | %s | %s | %.1f |\n", r.Noise, r.Metric, r.Effect, r.percent(r.ArmFail+r.falseFail()), r.percent(r.Runs-r.FailedCells-r.Bounded), r.percent(r.Bounded), r.Launches)
		})
	return out.String()
}

// falseFail is the count of failures without a slow-down.
func (r row) falseFail() int64 {
	if r.Effect != 0 {
		return 0
	}
	return r.Fail - r.ArmFail
}

// worst says the worst figures over every noise that the gate is to hold under.
func (c *calibration) worst() string {
	var fail, pass, cpu row
	for _, r := range c.Rows {
		if r.Arms == 1 || !noiseNamed(r.Noise).holds(r.Effect) {
			continue
		}
		switch {
		case r.Effect == 0:
			if fail.Runs == 0 || r.share(r.Fail) > fail.share(fail.Fail) {
				fail = r
			}
			if pass.Runs == 0 || r.share(r.Pass) < pass.share(pass.Pass) {
				pass = r
			}
		case cpu.Runs == 0 || r.share(r.CPUFail) < cpu.share(cpu.CPUFail):
			cpu = r
		}
	}
	one := func(r row, k int64) string {
		return fmt.Sprintf("%s %% (%s, %s)", r.percent(k), r.Noise, r.Spread)
	}
	return fmt.Sprintf("The worst of ten arms over all noise but “%s”, “%s” and, with a slow-down, “%s” and “one build”: an innocent change fails in %s and passes in %s; a CPU cell that is slower by its target fails in %s.",
		sixLayouts, correlatedLaunches, partlySlow, one(fail, fail.Fail), one(pass, pass.Pass), one(cpu, cpu.CPUFail))
}

func (c *calibration) table(out *strings.Builder, head string, which func(row) bool, line func(row) string) {
	out.WriteString(head)
	for _, r := range c.Rows {
		if which(r) {
			out.WriteString(line(r))
		}
	}
}

func looks() string {
	all := gate.Looks()
	return fmt.Sprintf("%d, %d, … %d", all[0], all[1], all[len(all)-1])
}

func targets() string {
	var out []string
	for _, m := range gate.Metrics() {
		out = append(out, fmt.Sprintf("%s %g %%", m, 100*gate.Aims[m].Target))
	}
	return strings.Join(out, ", ")
}

func recorded() string {
	var out []string
	for _, m := range gate.Metrics() {
		out = append(out, fmt.Sprintf("%s %g %%", m, 100*recordedSD[m]))
	}
	return strings.Join(out, ", ")
}
