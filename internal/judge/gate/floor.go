package gate

import (
	"authbench/internal/result"
	"authbench/internal/text/unit"
)

// Floors says what a gate can detect here, from the cells of a gate between two equal
// programs, of one arm, with so many seconds per launch.
func Floors(cells []Cell, seconds float64) []result.NoiseFloor {
	var out []result.NoiseFloor
	for _, c := range cells {
		f := result.NoiseFloor{Metric: c.Metric, Target: Aims[c.Metric].Target, LaunchSD: c.LaunchSD, Sees: []result.Detectable{}}
		if c.LaunchSD == 0 {
			f.Reason = c.Reason
			out = append(out, f)
			continue
		}
		for _, n := range Looks() {
			if n == FirstLook || n != LastLook && n%10 != 5 {
				continue // nothing fails at the first look; half of the others are enough to show
			}
			f.Sees = append(f.Sees, result.Detectable{
				Launches: n, Minutes: seconds * float64(n) / 60, Smallest: detectable(c.LaunchSD, c.Metric, n, len(cells), 0),
			})
		}
		out = append(out, f)
	}
	return out
}

// Noise judges floors. Without a usable CPU time, a machine is unfit for a gate; with noisy
// latencies, a gate rules out less.
func Noise(floors []result.NoiseFloor) []result.Finding {
	var out []result.Finding
	for _, f := range floors {
		found := result.Finding{Area: result.AreaNoise, Name: f.Metric, Level: result.Fit, Found: "two equal programs differ by " + unit.Percent(f.LaunchSD) + " from launch to launch"}
		insists := Aims[f.Metric].Alarming == 0
		switch {
		case f.Reason != "":
			found.Level, found.Found = result.Improvable, f.Reason
			found.Remedy = "a gate judges what is left"
		case tooNoisy(f.LaunchSD, f.Metric, FirstLook):
			found.Level = result.Improvable
			found.Remedy = "too much for the target of " + unit.Percent(f.Target) + ": a gate says which larger slow-down it rules out; stop what else runs here, or use a machine with dedicated CPUs"
		}
		if insists && found.Level != result.Fit {
			found.Level = result.Unfit
			found.Remedy = "no gate passes without it; stop what else runs here, or use a machine with dedicated CPUs"
		}
		out = append(out, found)
	}
	return out
}
