// Package svg lays out what stands within a page as SVG: it follows the page's colours,
// and its text is text. Values and their words go in; out come coordinates, which the
// templates of this package make into elements with classes for the page's style sheet.
// Charts that answer to a pointer are uPlot's, and figures that are files package
// figure's.
//
// Forest and Split are charts of one row per name, which take the width that they find;
// Sparkline and Bars are as small as a word, and TimeSeries follows one figure over many
// results. Their coordinates are in units of the drawing, which are a screen's pixels
// unless the style sheet scales it.
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
