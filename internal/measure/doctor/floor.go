package doctor

import (
	"authbench/internal/judge/gate"
	"authbench/internal/text/unit"
)

// Floor is what a gate can see of one metric here.
type Floor struct {
	Metric string  `json:"metric"`
	Target float64 `json:"target"`
	// LaunchSD is the standard deviation over launches of the ratio between two equal
	// programs.
	LaunchSD float64 `json:"launch_sd"`
	Sees     []Sight `json:"sees"`
	Reason   string  `json:"reason,omitempty"` // why there is none
}

// Sight is the smallest slow-down that a gate finds nine times in ten.
type Sight struct {
	Launches int     `json:"launches"`
	Minutes  float64 `json:"minutes"` // of one arm
	Smallest float64 `json:"smallest"`
}

// Floors reads the cells of a gate between two equal programs, of one arm, whose
// launches took so many seconds each.
func Floors(cells []gate.Cell, seconds float64) []Floor {
	var out []Floor
	for _, c := range cells {
		f := Floor{Metric: c.Metric, Target: gate.Aims[c.Metric].Target, LaunchSD: c.LaunchSD, Sees: []Sight{}}
		if c.LaunchSD == 0 {
			f.Reason = c.Reason
			out = append(out, f)
			continue
		}
		for _, n := range gate.Looks() {
			if n == gate.FirstLook || n != gate.LastLook && n%10 != 5 {
				continue // nothing fails at the first; half of the others are enough to show
			}
			f.Sees = append(f.Sees, Sight{n, seconds * float64(n) / 60, gate.Detectable(c.LaunchSD, c.Metric, n, len(cells), 0)})
		}
		out = append(out, f)
	}
	return out
}

// Noise judges floors. A machine on which the CPU time cannot be gated is no machine
// for a gate; of noisy latencies a gate rules out less.
func Noise(floors []Floor) []Finding {
	var out []Finding
	for _, f := range floors {
		found := Finding{Area: areaNoise, Name: f.Metric, Level: Good, Found: "two equal programs differ by " + unit.Percent(f.LaunchSD) + " from launch to launch"}
		insists := gate.Aims[f.Metric].Alarming == 0
		switch {
		case f.Reason != "":
			found.Level, found.Found = Advice, f.Reason
			found.Remedy = "a gate judges what is left"
		case gate.TooNoisy(f.LaunchSD, f.Metric, gate.FirstLook):
			found.Level = Advice
			found.Remedy = "too much for the target of " + unit.Percent(f.Target) + ": a gate says which larger slow-down it rules out; stop what else runs here, or use a machine with dedicated CPUs"
		}
		if insists && found.Level != Good {
			found.Level = Unfit
			found.Remedy = "no gate passes without it; stop what else runs here, or use a machine with dedicated CPUs"
		}
		out = append(out, found)
	}
	return out
}
