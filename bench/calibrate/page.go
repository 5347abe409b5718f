package main

import (
	"fmt"
	"strings"

	"authbench/internal/gate"
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
)

// missed says which figures are missed, and where. Six builds are there to show why
// the gate makes one for every launch.
func (c *calibration) missed() []string {
	var out []string
	for _, r := range c.Rows {
		if r.Cells < 30 || r.Noise == sixLayouts {
			continue
		}
		check := func(what string, k int64, good bool) {
			if !good {
				out = append(out, fmt.Sprintf("%s noise, launch sd %g, effect %g: %s in %d of %d", r.Noise, r.Spread, r.Effect, what, k, r.Runs))
			}
		}
		if r.Effect == 0 {
			check("an innocent change fails", r.Fail, r.share(r.Fail) <= mostFalseFails && r.exact(r.Fail).Hi < mostFalseFailsBound)
			check("an innocent change passes", r.Pass, r.share(r.Pass) >= leastPasses)
			continue
		}
		check("the CPU cell fails", r.CPUFail, r.share(r.CPUFail) >= leastCPUFound)
		check("any cell of the arm fails", r.ArmFail, r.share(r.ArmFail) >= leastArmFound)
		check("another arm fails", r.OtherFail, r.share(r.OtherFail) <= mostFalseFails && r.exact(r.OtherFail).Hi < mostFalseFailsBound)
	}
	return out
}

func (r Row) share(k int64) float64 { return float64(k) / float64(r.Runs) }

// exact is the exact 95 % interval of a share.
func (r Row) exact(k int64) stat.Interval { return stat.ClopperPearson(k, r.Runs, 0.95) }

// percent is a share with its interval.
func (r Row) percent(k int64) string {
	i := r.exact(k)
	return fmt.Sprintf("%.2f (%.2f – %.2f)", 100*r.share(k), 100*i.Lo, 100*i.Hi)
}

// page is the calibration as Markdown.
func (c *calibration) page() string {
	var out strings.Builder
	fmt.Fprintf(&out, `# What the gate's rules amount to

Simulated gates, %d per line, made by `+"`make calibrate`"+`; the data are in [calibration.json](calibration.json). Each measures base and head as a real one does: adjacent slices in random order, shuffled pairs, %d rounds a launch, looks after %s launches. Shares are per cent, with exact (Clopper–Pearson) 95 %% intervals. The launch sd is that of every cell, in targets (%s); slices vary by %.1f %% of CPU time, medians by 1.5 times that, p99s by 3 times.

Noise:

`, c.Rows[0].Runs, rounds, looks(), targets(), 100*sliceSD)
	for _, n := range noises() {
		fmt.Fprintf(&out, "- %s: %s\n", n.Name, n.Text)
	}
	out.WriteString("\n## An innocent change, thirty cells (ten arms)\n\n")
	c.table(&out, "| noise | launch sd | FAIL | PASS | INCONCLUSIVE | cells not gated | launches |\n| :-- | --: | --: | --: | --: | --: | --: |\n",
		func(r Row) bool { return r.Cells == 30 && r.Effect == 0 },
		func(r Row) string {
			return fmt.Sprintf("| %s | %g | %s | %s | %s | %.2f %% | %.1f |\n", r.Noise, r.Spread, r.percent(r.Fail), r.percent(r.Pass), r.percent(r.Inconclusive),
				100*float64(r.NotGated)/float64(r.Runs*int64(r.Cells)), r.Launches)
		})
	out.WriteString("\n## One arm of ten slower by the targets\n\n")
	c.table(&out, "| noise | launch sd | its CPU cell fails | any of its cells fails | its CPU cell passes | another arm fails | launches |\n| :-- | --: | --: | --: | --: | --: | --: |\n",
		func(r Row) bool { return r.Cells == 30 && r.Effect == 1 },
		func(r Row) string {
			return fmt.Sprintf("| %s | %g | %s | %s | %s | %s | %.1f |\n", r.Noise, r.Spread, r.percent(r.CPUFail), r.percent(r.ArmFail), r.percent(r.CPUPass), r.percent(r.OtherFail), r.Launches)
		})
	fmt.Fprintf(&out, "\n“%s” is here to show what the gate does not do: with six builds a side their differences stay for the whole run, and look like a change. It links a new layout for every launch.\n", sixLayouts)
	out.WriteString("\n## One arm alone (three cells), by the size of the slow-down, launch sd 1\n\n")
	c.table(&out, "| noise | slow-down in targets | its CPU cell fails | any cell fails | its CPU cell passes | launches |\n| :-- | --: | --: | --: | --: | --: |\n",
		func(r Row) bool { return r.Cells == 3 },
		func(r Row) string {
			return fmt.Sprintf("| %s | %g | %s | %s | %s | %.1f |\n", r.Noise, r.Effect, r.percent(r.CPUFail), r.percent(r.ArmFail), r.percent(r.CPUPass), r.Launches)
		})
	return out.String()
}

func (c *calibration) table(out *strings.Builder, head string, which func(Row) bool, line func(Row) string) {
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
		out = append(out, fmt.Sprintf("%s %g %%", m, 100*gate.Targets[m]))
	}
	return strings.Join(out, ", ")
}
