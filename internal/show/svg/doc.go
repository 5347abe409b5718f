// Package svg lays out drawings that stand in a page as SVG: they have the page's colours, and
// their text is text. Values and their words flow in; coordinates flow out, which the templates
// of this package turn into elements with classes for the page's style sheet. Interactive charts
// are uPlot's; figures as files are package figure's.
//
// Forest and Split are charts with one row per name, as wide as the page allows. Sparkline and
// Bars are as small as a word. TimeSeries shows one figure over many results. Coordinates are in
// units of the drawing: pixels, unless the style sheet scales it.
package svg

import (
	_ "embed"
	"fmt"
	"strings"
)

// Templates defines "rows", "sparkline", "bars" and "series", each for the type of this
// package that says so. A page parses it with its own.
//
//go:embed svg.html.tmpl
var Templates string

// coordinate is as exact as a screen shows it.
func coordinate(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }
