package svg

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func print(v float64) string { return fmt.Sprintf("%g µs", v) }

// draw executes one of the templates and fails the test unless XML comes out.
func draw(t testing.TB, name string, data any) string {
	t.Helper()
	var out strings.Builder
	if err := template.Must(template.New("all").Parse(Templates)).ExecuteTemplate(&out, name, data); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(out.String())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return out.String()
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, out.String())
		}
	}
}

// A label may have a second line.
func TestForestOfPairs(t *testing.T) {
	c := Forest("Pairs", print, []Interval{{Label: "a", Under: "beside b", Value: 1, Hi: 2, Says: "a adds 1"}, {Label: "c", Under: "beside\x1b a name of many more letters", Value: 1, Hi: 2}})
	if strings.Contains(c.Rows[1].Under, "\x1b") {
		t.Errorf("%+v", c.Rows)
	}
	if text := draw(t, "rows", c); !strings.Contains(text, ">beside b</small>") {
		t.Errorf("%s", text)
	}
}

func TestForest(t *testing.T) {
	c := Forest("Tax", print, []Interval{
		{Label: "a", Value: 10, Lo: -10, Hi: 30, Says: "a adds 10"},
		{Label: "a name of many more letters than fit", Value: 20, Lo: 15, Hi: 25, Says: "\x1b<b>"},
	})
	want := RowChart{Title: "Tax",
		Ticks: []rowTick{{"0%", "-10 µs", false}, {"25%", "0 µs", true}, {"50%", "10 µs", false}, {"75%", "20 µs", true}, {"100%", "30 µs", false}},
		Rows: []chartRow{
			{Label: "a", Value: "10 µs", Says: "a adds 10", Dot: "50%", Left: "0%", Right: "100%"},
			{Label: "a name of many more letters than fit", Value: "20 µs", Says: `\u001b<b>`, Dot: "75%", Left: "62.5%", Right: "87.5%"},
		}}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if text := draw(t, "rows", c); strings.Contains(text, "<b>") || strings.Count(text, "<circle ") != 2 {
		t.Errorf("drawn as\n%s", text)
	}
	// Beside a large value on a linear axis the small ones would look like zero.
	c = Forest("Tax", print, []Interval{{Value: 2, Lo: 2, Hi: 2}, {Value: 2000, Lo: 2000, Hi: 2000}})
	if got := []string{c.Ticks[0].Label, c.Ticks[1].Label, c.Ticks[4].Label, c.Rows[0].Dot}; cmp.Diff([]string{"1 µs", "10 µs", "10000 µs", "7.53%"}, got) != "" || !c.Log {
		t.Errorf("a logarithmic axis: %v, %v", got, c.Log)
	}
	if c := Forest("Tax", print, nil); len(c.Rows)+len(c.Ticks) != 0 {
		t.Errorf("of nothing: %+v", c)
	}
}

func TestSplit(t *testing.T) {
	c := Split("Split", print, []Stack{
		{Label: "a", Parts: []float64{10, 0, 30}, PartSays: []string{"server 10", "", "auth 30"}, Says: "a: both"},
		{Label: "b", Parts: []float64{10, 10, -1}, PartSays: []string{"server 10", "parsing 10", ""}},
	})
	want := []rowBar{{"part0", "0%", "25%", "server 10"}, {"part2", "25%", "75%", "auth 30"}}
	if diff := cmp.Diff(want, c.Rows[0].Bars); diff != "" || c.Rows[0].Value != "40 µs" || len(c.Rows[1].Bars) != 2 {
		t.Errorf("%+v\n%s", c.Rows, diff)
	}
	if text := draw(t, "rows", c); strings.Count(text, "<rect ") != 4 || strings.Contains(text, "<circle ") {
		t.Errorf("drawn as\n%s", text)
	}
	if c := Split("Split", print, nil); len(c.Rows) != 0 {
		t.Errorf("of nothing: %+v", c)
	}
}

func TestSparkline(t *testing.T) {
	for name, c := range map[string]struct {
		values []float64
		want   Line
	}{
		"flat":        {[]float64{5, 5, 5}, Line{"3,12 60,12 117,12", "117", "12"}},
		"one":         {[]float64{5}, Line{"3,12", "3", "12"}},
		"a doubling":  {[]float64{4, 4, 8}, Line{"3,12 60,12 117,3", "117", "3"}},
		"beyond":      {[]float64{4, 4, 400}, Line{"3,12 60,12 117,3", "117", "3"}},
		"some unfit":  {[]float64{math.NaN(), 4, 0, 4, -1, 2, math.Inf(1)}, Line{"3,12 60,12 117,21", "117", "21"}},
		"nothing fit": {[]float64{0, math.NaN()}, Line{}},
	} {
		got := Sparkline(c.values)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		draw(t, "sparkline", got)
	}
}

func TestBars(t *testing.T) {
	got := Bars([]Bar{{Value: 5, Says: "none 5", Base: true}, {Value: math.NaN(), Says: "x"}, {Value: 10, Says: "a\n10"}, {Value: 0.01, Says: "b 0"}}, 10)
	want := BarRow{Title: "none 5, a 10, b 0", Width: 21, Bars: []placedBar{{"0", "10", "10", true}, {"7", "0", "20", false}, {"14", "19", "1", false}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	draw(t, "bars", got)
	if got := Bars([]Bar{{Value: 5}}, 20); got.Bars[0].Height != "5" {
		t.Errorf("a quarter of the scale: %+v", got)
	}
	if got := Bars(nil, 0); len(got.Bars) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestTimeSeries(t *testing.T) {
	lo, hi := 8.0, 12.0
	var points []Point
	for i := range 20 {
		points = append(points, Point{Value: 10, Lo: &lo, Hi: &hi, Day: fmt.Sprintf("03-%02d", 1+i/10), Says: "ten", Href: "/x", Break: i == 7, Change: i == 12})
	}
	points[3].Hi, points[3].Hollow = nil, true
	s := TimeSeries("over time", print, points)
	var days []string
	for i, p := range s.Points {
		if p.Label != "" {
			days = append(days, fmt.Sprint(i, " ", p.Label))
		}
	}
	if cmp.Diff([]string{"0 03-01", "10 03-02"}, days) != "" || cmp.Diff([]string{"315"}, s.Breaks) != "" {
		t.Errorf("days %v, breaks %v", days, s.Breaks)
	}
	want := seriesPoint{X: "199.5", Y: "132", Hollow: true, Says: "ten", Href: "/x"}
	if diff := cmp.Diff(want, s.Points[3]); diff != "" || s.Points[0].Low != "250" || s.Points[0].High != "14" {
		t.Errorf("%+v\n%s", s.Points[0], diff)
	}
	if text := draw(t, "series", s); strings.Count(text, "<circle ") != 20 || strings.Count(text, `class="interval"`) != 19 || strings.Count(text, `class="break"`) != 1 || strings.Count(text, `class="change"`) != 1 {
		t.Errorf("drawn as\n%s", text)
	}
	if s := TimeSeries("over time", print, nil); len(s.Points)+len(s.Grid) != 0 {
		t.Errorf("of nothing: %+v", s)
	}
}

// Whatever the values, all that is drawn lies within the drawing.
func TestWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64Range(-1e13, 1e13), rapid.SampledFrom([]float64{0, 1e-12, 1e-300, 5e-324, -1e13}))
		var intervals []Interval
		var points []Point
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			a, b, c := value.Draw(t, "a"), value.Draw(t, "b"), value.Draw(t, "c")
			lo, hi := min(a, b, c), max(a, b, c)
			intervals = append(intervals, Interval{Value: a + b + c - lo - hi, Lo: lo, Hi: hi})
			points = append(points, Point{Value: lo, Lo: &lo, Hi: &hi})
		}
		within := func(text string, lo, hi float64) {
			if v, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64); err != nil || !(v >= lo && v <= hi) {
				t.Fatalf("%q is not from %v to %v: %v", text, lo, hi, intervals)
			}
		}
		for _, r := range Forest("", print, intervals).Rows {
			within(r.Left, 0, 100)
			within(r.Dot, 0, 100)
			within(r.Right, 0, 100)
		}
		for _, p := range TimeSeries("", print, points).Points {
			within(p.X, seriesLeft, seriesWidth-seriesRight)
			within(p.Low, seriesTop, seriesHeight-seriesBottom)
			within(p.High, seriesTop, seriesHeight-seriesBottom)
		}
	})
}
