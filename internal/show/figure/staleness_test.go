package figure

import (
	"slices"
	"strings"
	"testing"

	"authbench/internal/judge/analysis"
)

// Each episode has a figure of its own, and all of them share the one of the costs.
func TestStalenessFigures(t *testing.T) {
	a := sample(4)
	hi := 5.1e6
	for i := range a.Summary.Arms[1:] {
		one := &a.Summary.Arms[i+1]
		one.Params = map[string]any{"cache_ttl": []string{"1s", "5s", "10s"}[i]}
		one.Method = "m"
		for _, episode := range []string{"worst", "typical"} {
			stale := analysis.Staleness{Episode: episode, Arm: one.Name, Replicas: 3, Revocations: 2, Works: []float64{0, float64(i) * 1e6}, P95: analysis.Estimate{Value: float64(i) * 1e6, N: 2}, Longest: float64(i) * 1e6}
			if episode == "typical" {
				stale.ClientRate, stale.P95.Hi = 2, &hi
				stale.Law = &analysis.Law{Bound: 2e6, Absent: 0.3, Servers: 3}
			}
			a.Summary.Staleness = append(a.Summary.Staleness, stale)
		}
	}
	slices.SortStableFunc(a.Summary.Staleness, func(x, y analysis.Staleness) int { return strings.Compare(y.Episode, x.Episode) })
	figures := stalenessFigures(&a.Summary)
	if got := names(figures); !slices.Equal(got, []string{"revocation-worst", "revocation-typical", "staleness-cost"}) {
		t.Fatalf("%q", got)
	}
	for _, f := range figures {
		if svg := svgOf(t, f); strings.Contains(svg, "NaN") || !strings.Contains(svg, "at once") {
			t.Errorf("%s is not drawn whole", f.Name)
		}
	}
	price := figures[2]
	for _, want := range []string{"jwt-rs256, worst", "jwt-rs256, typical"} {
		if !strings.Contains(price.Alt, want) {
			t.Errorf("the text of %s lacks %q: %s", price.Name, want, price.Alt)
		}
	}
	if svg := svgOf(t, price); !strings.Contains(svg, "response time, p99") {
		t.Error("no second panel")
	}

	design := 60e6 // nobody waited for that
	unwaited := &a.Summary.Staleness[0]
	unwaited.Works, unwaited.Longer, unwaited.AtOnce, unwaited.ByLaw = []float64{15e6, 15e6}, 2, 0, &design
	unwaited.P95.Value, unwaited.Longest = 15e6, 15e6
	price = priceOfBeingSure(&a.Summary)
	if svg := svgOf(t, price); strings.Contains(svg, "NaN") || !strings.Contains(svg, "nobody") || !strings.Contains(price.Alt, "longer than 15.0 s (by design 60.0 s)") {
		t.Errorf("a time by design: %s", price.Alt)
	}

	for i := range a.Summary.Arms { // without response times there is one panel
		a.Summary.Arms[i].Loads = slices.DeleteFunc(a.Summary.Arms[i].Loads, func(l analysis.Load) bool { return l.Name == "open" })
	}
	if svg := svgOf(t, priceOfBeingSure(&a.Summary)); strings.Contains(svg, "NaN") || strings.Contains(svg, "response time") {
		t.Error("a panel of response times that are not known")
	}
}
