package report

import (
	"strings"
	"testing"

	"authbench/internal/judge/analysis"
)

// Response times come before the times of a saturated server, and a run's slices are
// labelled by the launches that they are of.
func TestChartsInOrder(t *testing.T) {
	charts := chartsOf(sample()).Charts
	saturated := false
	for _, c := range charts {
		if strings.HasPrefix(c.Title, "Response") && saturated {
			t.Errorf("%q comes late", c.Title)
		}
		saturated = saturated || strings.Contains(c.Title, "closed")
	}
	last := charts[len(charts)-1]
	if !saturated || last.X != "slice" || len(last.Ticks) != 10 || last.Ticks[1] != (chartTick{8, "2"}) || last.Labels[9] != "launch 2, round 2" || last.XLabel != "launch" {
		t.Errorf("the last chart is %q: ticks %v", last.Title, last.Ticks)
	}
}

// What a caption says of zero is true of the axis above it.
func TestCaptionsKnowTheirAxis(t *testing.T) {
	for name, far := range map[string]bool{"linear": false, "logarithmic": true} {
		s := &sample().Summary
		if far {
			c := s.Arms[1].Loads[0].VersusBaseline["cpu_us_per_request"]
			c.Difference, c.DifferenceLo, c.DifferenceHi = 0.5, 0.4, 0.6
			s.Arms[1].Loads[0].VersusBaseline["cpu_us_per_request"] = c
		}
		d := taxDrawing(s)
		if d.Log != far || strings.Contains(d.Note, "holds zero") == far || strings.Contains(d.Note, "logarithmic") != far {
			t.Errorf("%s: log %v: %s", name, d.Log, d.Note)
		}
	}
	if d := taxDrawing(&analysis.Summary{}); len(d.Rows) != 0 {
		t.Errorf("of nothing: %+v", d)
	}
}
