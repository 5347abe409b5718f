package report

import (
	_ "embed"
	"html/template"
	"io"
	"slices"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/show/figure"
	"authbench/internal/text/usertext"
)

//go:embed page/changes.html.tmpl
var changesPageText string

// changesPage is a comparison of two results as a page.
type changesPage struct {
	changesView
	// Certain are the largest changes that are certain, and More counts the others.
	Certain  []certainChange
	More     int
	Scenario string
	// OldHref and NewHref are where the two results are.
	OldHref, NewHref string
	Caution          string
	Data             chartData
	Home             string
	Style            template.CSS
	Script           template.JS
	Policy           string
}

// Compared is one of the two results of a page that compares them.
type Compared struct {
	*analysis.Analysis
	// Href is where its own page is.
	Href string
}

// ChangesHTML writes a comparison of two results as a page, with their latencies in
// the same charts. Home is where the list of all results is.
func ChangesHTML(w io.Writer, c *analysis.Changes, old, new Compared, home string) error {
	certain := certainChanges(c)
	shown := certain[:min(len(certain), mostCertain)]
	return writePage(w, "the comparison", changesPageText, &changesPage{
		changesView: viewOf(c), Certain: shown, More: len(certain) - len(shown), Scenario: c.New.Scenario, OldHref: old.Href, NewHref: new.Href, Caution: badlyCompared,
		Data: overlays(old.Analysis, new.Analysis), Home: home,
		Style: template.CSS(pageStyle), Script: template.JS(pageScript), Policy: PagePolicy(),
	})
}

// oldDashes is how the old result's curves are told from the new one's.
var oldDashes = []float64{5, 4}

// overlays are charts with the percentiles of both results, for each load that they
// share, of the arms that both have measured. An arm has its colour in both.
func overlays(old, new *analysis.Analysis) chartData {
	var out chartData
	styles := figure.LineStyles(&new.Summary)
	if len(new.Summary.Arms) == 0 {
		return out
	}
	for _, l := range scheduledFirst(new.Summary.Arms[0].Loads) { // all arms have the scenario's loads
		if l.Kind != bench.Open && l.Kind != bench.Closed {
			continue
		}
		c := chart{Title: times(l) + " by percentile, " + l.Name + " load", X: "percentile", XLabel: "percentile",
			Note: "Lower is better. Dashed: the old result. Valid credentials, all launches together. A curve ends where fewer than 50 requests lie beyond it."}
		var curves [][]analysis.Quantile
		for i, arm := range new.Summary.Arms {
			was, is := measuredCurve(old, arm.Name, l), measuredCurve(new, arm.Name, l)
			if was == nil || is == nil {
				continue
			}
			n := len(out.Arms)
			out.Arms = append(out.Arms, chartArm{usertext.Clean(arm.Name) + ", old", styles[i].Colour, oldDashes}, chartArm{usertext.Clean(arm.Name) + ", new", styles[i].Colour, nil})
			c.Arms, curves = append(c.Arms, n, n+1), append(curves, was, is)
		}
		if len(curves) > 0 {
			c.draw(curves)
			out.Charts = append(out.Charts, c)
		}
	}
	return out
}

// measuredCurve is what an arm's latencies are under a load, nil if that is unknown or
// of no use.
func measuredCurve(a *analysis.Analysis, arm string, l analysis.Load) []analysis.Quantile {
	if !slices.ContainsFunc(a.Summary.Arms, func(other analysis.Arm) bool { return other.Name == arm && other.Status.Measured() }) {
		return nil
	}
	for _, d := range a.Distributions {
		if d.Arm == arm && d.Load == l.Name && d.Kind == l.Kind && len(d.Quantiles) > 0 {
			return d.Quantiles
		}
	}
	return nil
}
