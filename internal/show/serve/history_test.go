package serve

import (
	"slices"
	"strings"
	"testing"

	"authbench/internal/show/svg"
)

// A figure's new level is marked, on the machine of the newest results alone.
func TestHistoryMarksChanges(t *testing.T) {
	series := func(levels ...float64) []svg.Point {
		var out []svg.Point
		for _, level := range levels {
			for i := range 10 {
				out = append(out, svg.Point{Value: level + 0.1*float64(i*7%5), Says: "it"})
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		points []svg.Point
		breaks int // where another machine begins; 0: nowhere
		want   []int
	}{
		"nothing":       {nil, 0, nil},
		"steady":        {series(5, 5), 0, nil},
		"a step":        {series(5, 8), 0, []int{10}},
		"two":           {series(5, 8, 5), 0, []int{10, 20}},
		"other machine": {series(5, 8), 10, nil},
		"and a step":    {series(3, 5, 8), 10, []int{20}},
	} {
		if c.breaks > 0 {
			c.points[c.breaks].Break = true
		}
		markChanges(c.points)
		var got []int
		for i, p := range c.points {
			if p.Change != strings.Contains(p.Says, "another level") {
				t.Errorf("%s: point %d says %q", name, i, p.Says)
			}
			if p.Change {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: marked %v, want %v", name, got, c.want)
		}
	}
}
