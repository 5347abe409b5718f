package figure

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"

	"authbench/bench"
	"authbench/internal/judge/analysis"
)

var allNames = []string{"cpu", "cost-split", "latency-percentiles", "latency-histogram", "throughput", "service-percentiles", "capacity", "latency-throughput", "response-over-time", "rounds"}

func names(figures []Figure) []string {
	var out []string
	for _, f := range figures {
		out = append(out, f.Name)
	}
	return out
}

func svgOf(t interface{ Fatal(...any) }, f Figure) string {
	svg, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	return string(svg)
}

func TestAllFiguresOfALoad(t *testing.T) {
	if got := names(All(sample(5))); !slices.Equal(got, allNames) {
		t.Errorf("got %q, want %q", got, allNames)
	}
	if got := All(sample(0)); len(got) != 0 {
		t.Errorf("no arms give %q", names(got))
	}
	a := sample(2)
	for i := range a.Summary.Arms {
		second := a.Summary.Arms[i].Loads[0]
		second.Name = "c64"
		a.Summary.Arms[i].Loads = append(a.Summary.Arms[i].Loads, second)
	}
	got := names(All(a))
	for _, want := range []string{"cpu-closed", "cpu-c64", "latency-percentiles", "throughput-c64"} {
		if !slices.Contains(got, want) {
			t.Errorf("two closed loads give %q, without %s", got, want)
		}
	}
}

func TestEqualAnalysesGiveEqualBytes(t *testing.T) {
	first, second := All(sample(5)), All(sample(5))
	for i := range first {
		if svgOf(t, first[i]) != svgOf(t, second[i]) {
			t.Errorf("%s differs between two renderings", first[i].Name)
		}
	}
	a, errA := first[3].PNG()
	b, errB := second[3].PNG()
	if err := errors.Join(errA, errB); err != nil || !bytes.Equal(a, b) {
		t.Errorf("png of %s differs between two renderings (%v)", first[3].Name, err)
	}
}

// label is a horizontal text of an SVG and the space that it takes.
type label struct {
	text                     string
	left, right, bottom, top vg.Length
}

// labelsOf measures the texts of a figure.
func labelsOf(t *testing.T, svg string) []label {
	t.Helper()
	var out []label
	groups := 0 // beyond the outermost one, text is rotated
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "g" {
				groups++
			}
			if e.Name.Local != "text" || groups > 1 {
				continue
			}
			l := label{}
			var content struct {
				Text string `xml:",chardata"`
			}
			if err := d.DecodeElement(&content, &e); err != nil {
				t.Fatal(err)
			}
			size := vg.Length(0)
			for _, a := range e.Attr {
				v, _ := strconv.ParseFloat(a.Value, 64)
				switch a.Name.Local {
				case "x":
					l.left = vg.Length(v)
				case "y":
					l.bottom = vg.Length(-v)
				case "style":
					_, rest, _ := strings.Cut(a.Value, "font-size:")
					px, _, _ := strings.Cut(rest, "px")
					v, _ := strconv.ParseFloat(px, 64)
					size = vg.Length(v)
				}
			}
			l.text = content.Text
			l.right = l.left + textStyle(size, ink).Width(l.text)
			l.top = l.bottom + 0.7*size // capitals
			out = append(out, l)
		case xml.EndElement:
			if e.Name.Local == "g" {
				groups--
			}
		}
	}
}

func TestLabelsNeitherOverlapNorLeaveTheFigure(t *testing.T) {
	long := sample(6)
	for i, a := range long.Summary.Arms {
		name := a.Name + strings.Repeat("w", 63-len(a.Name))
		for k := range long.Distributions {
			if long.Distributions[k].Arm == a.Name {
				long.Distributions[k].Arm = name
			}
		}
		for k := range long.Points {
			if long.Points[k].Arm == a.Name {
				long.Points[k].Arm = name
			}
		}
		long.Summary.Arms[i].Name = name
	}
	long.Summary.Baseline = long.Summary.Arms[0].Name
	for name, a := range map[string]*analysis.Analysis{"1": sample(1), "5": sample(5), "20": sample(20), "long names": long} {
		for _, f := range All(a) {
			labels := labelsOf(t, svgOf(t, f))
			if len(labels) < 4 {
				t.Errorf("%s arms: %s has only %d labels", name, f.Name, len(labels))
			}
			for i, l := range labels {
				if l.left < 0 || l.right > f.width || l.bottom < 0 || l.top > f.height {
					t.Errorf("%s arms: %s: %q leaves the figure", name, f.Name, l.text)
				}
				for _, o := range labels[:i] {
					if l.left < o.right && o.left < l.right && l.bottom < o.top && o.bottom < l.top {
						t.Errorf("%s arms: %s: %q overlaps %q", name, f.Name, l.text, o.text)
					}
				}
			}
		}
	}
}

func TestVoidArmsAreNamedAndNotDrawn(t *testing.T) {
	a := sample(4)
	a.Summary.Ladders = nil // analysis leaves out the steps of those that lead over a void arm
	for i, status := range []analysis.ArmStatus{analysis.ArmUnsafe, analysis.ArmFailed, analysis.ArmSkipped} {
		a.Summary.Arms[i+1].Status = status
	}
	for _, f := range All(a) {
		svg := svgOf(t, f)
		for _, arm := range a.Summary.Arms[1:] {
			if !strings.Contains(svg, string(arm.Status)) {
				t.Errorf("%s does not say that %s is %s", f.Name, arm.Name, arm.Status)
			}
		}
		for _, look := range looksOf(&a.Summary)[1:] {
			r, g, b, _ := look.line.Color.RGBA()
			if colour := fmt.Sprintf("#%02X%02X%02X", r>>8, g>>8, b>>8); strings.Contains(svg, colour) {
				t.Errorf("%s draws a void arm in %s", f.Name, colour)
			}
		}
	}
}

func TestWithoutBaselineBarsAreWhole(t *testing.T) {
	a := sample(3)
	a.Summary.Arms[0].Status = analysis.ArmFailed
	f := All(a)[0]
	if strings.Contains(f.Alt, "tax") || !strings.Contains(f.Alt, "apikey: 10.6 µs (10.4 – 10.8 µs)") {
		t.Errorf("a tax without a baseline: %s", f.Alt)
	}
}

func TestNoDataSaysSo(t *testing.T) {
	a := sample(3)
	a.Distributions, a.Points, a.Summary.Ladders = nil, nil, nil
	for i := range a.Summary.Arms {
		for k := range a.Summary.Arms[i].Loads {
			a.Summary.Arms[i].Loads[k].Metrics, a.Summary.Arms[i].Loads[k].Levels, a.Summary.Arms[i].Loads[k].Course = nil, nil, nil
		}
	}
	for _, f := range All(a) {
		if svg := svgOf(t, f); !strings.Contains(svg, ">no data<") || !strings.Contains(f.Alt, "no data") {
			t.Errorf("%s does not say that it has no data", f.Name)
		}
	}
}

func TestClosedLoadsShowServiceTime(t *testing.T) {
	for _, f := range All(sample(3)) {
		if f.Name == "service-percentiles" {
			if !strings.Contains(f.Title, "Service time under saturation") || strings.Contains(f.Alt, "esponse time") {
				t.Errorf("closed load is presented as %q: %q", f.Title, f.Alt)
			}
			return
		}
	}
	t.Error("no figure of service times")
}

func TestOpenLoadsStateTheirUtilisation(t *testing.T) {
	for _, f := range All(sample(5)) {
		if f.Name == "latency-throughput" {
			if !strings.Contains(f.Alt, "at fractions of each arm's own capacity") {
				t.Errorf("%s does not state its load: %s", f.Name, f.Alt)
			}
			continue
		}
		if strings.HasPrefix(f.Name, "latency") && !strings.Contains(f.Alt, "8.83 % to 50.8 % of the arms' capacity") {
			t.Errorf("%s does not state the utilisation: %s", f.Name, f.Alt)
		}
	}
}

func TestLooksDiffer(t *testing.T) {
	s := &analysis.Summary{Baseline: "arm-0"}
	for i := range 31 {
		s.Arms = append(s.Arms, analysis.Arm{Name: fmt.Sprintf("arm-%d", i)})
	}
	seen := map[string]int{}
	for i, l := range looksOf(s) {
		key := fmt.Sprint(l.line.Color, l.line.Dashes)
		if j, dup := seen[key]; dup {
			t.Errorf("arms %d and %d look alike", i, j)
		}
		seen[key] = i
	}
}

// anyFloat draws what a broken or odd result may hold.
func anyFloat(t *rapid.T, name string) float64 {
	if odd := rapid.IntRange(0, 9).Draw(t, name+" kind"); odd < 5 {
		return []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, -3}[odd]
	}
	return math.Pow(10, rapid.Float64Range(-4, 9).Draw(t, name))
}

func anyAnalysis(t *rapid.T) *analysis.Analysis {
	a := &analysis.Analysis{Summary: analysis.Summary{Baseline: "arm-0", Launches: rapid.IntRange(0, 3).Draw(t, "launches")}}
	for i := range rapid.IntRange(0, 4).Draw(t, "arms") {
		arm := analysis.Arm{Name: fmt.Sprintf("arm-%d", i), Status: rapid.SampledFrom([]analysis.ArmStatus{
			analysis.ArmOK, analysis.ArmOK, analysis.ArmOK, analysis.ArmUnsafe, analysis.ArmSkipped}).Draw(t, "status")}
		for _, kind := range []bench.LoadKind{bench.Closed, bench.Open} {
			l := analysis.Load{Name: string(kind), Kind: kind, Rate: anyFloat(t, "rate"), Utilisation: anyFloat(t, "utilisation"), Metrics: map[string]analysis.Estimate{}}
			for _, m := range []string{"cpu_us_per_request", "throughput_rps", "service_p50_us", "response_p99_us"} {
				if rapid.Bool().Draw(t, "has "+m) {
					lo, hi := anyFloat(t, "lo"), anyFloat(t, "hi")
					l.Metrics[m] = analysis.Estimate{Value: anyFloat(t, m), Lo: &lo, Hi: &hi}
				}
			}
			l.VersusBaseline = map[string]analysis.Comparison{"cpu_us_per_request": {
				Difference: anyFloat(t, "difference"), DifferenceLo: anyFloat(t, "lo"), DifferenceHi: anyFloat(t, "hi")}}
			arm.Loads = append(arm.Loads, l, anySweep(t), anyCapacity(t))
			a.Distributions = append(a.Distributions, anyDistribution(t, arm.Name, kind))
			for range rapid.IntRange(0, 3).Draw(t, "points") {
				a.Points = append(a.Points, analysis.Point{Arm: arm.Name, Load: l.Name, Launch: rapid.IntRange(0, 2).Draw(t, "launch"),
					Seconds: anyFloat(t, "seconds"), CPUMicros: anyFloat(t, "cpu")})
			}
		}
		a.Summary.Arms = append(a.Summary.Arms, arm)
	}
	return a
}

func anyEstimates(t *rapid.T, names ...string) map[string]analysis.Estimate {
	out := map[string]analysis.Estimate{}
	for _, name := range names {
		lo, hi := anyFloat(t, "lo"), anyFloat(t, "hi")
		out[name] = analysis.Estimate{Value: anyFloat(t, name), Lo: &lo, Hi: &hi}
	}
	return out
}

func anySweep(t *rapid.T) analysis.Load {
	l := analysis.Load{Name: "sweep", Kind: bench.Sweep}
	for range rapid.IntRange(0, 3).Draw(t, "levels") {
		l.Levels = append(l.Levels, analysis.Level{Metrics: anyEstimates(t, "throughput_rps", "response_p99_us")})
	}
	return l
}

func anyCapacity(t *rapid.T) analysis.Load {
	name := rapid.SampledFrom([]string{"capacity_rps", "capacity_at_least_rps", "other"}).Draw(t, "capacity metric")
	return analysis.Load{Name: "capacity", Kind: bench.Capacity, SLO: "p99 < 2ms", Metrics: anyEstimates(t, name)}
}

func anyDistribution(t *rapid.T, arm string, kind bench.LoadKind) analysis.Distribution {
	d := analysis.Distribution{Arm: arm, Load: string(kind), Kind: kind}
	for range rapid.IntRange(0, 3).Draw(t, "quantiles") {
		d.Quantiles = append(d.Quantiles, analysis.Quantile{P: rapid.SampledFrom([]float64{0, 0.5, 0.9, 0.99999, 1, math.NaN()}).Draw(t, "p"), Micros: anyFloat(t, "micros")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "bins") {
		d.Bins = append(d.Bins, analysis.Bin{LoMicros: anyFloat(t, "lo"), HiMicros: anyFloat(t, "hi"), Count: rapid.Int64Range(-1, 1e9).Draw(t, "count")})
	}
	return d
}

func TestAnyAnalysisGivesValidFiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, f := range All(anyAnalysis(t)) {
			svg := svgOf(t, f)
			d := xml.NewDecoder(strings.NewReader(svg))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s is not XML: %v", f.Name, err)
				}
			}
			for _, bad := range []string{"NaN", "Inf"} {
				if strings.Contains(svg, bad) {
					t.Fatalf("%s draws at %s", f.Name, bad)
				}
			}
		}
	})
}

// Where the generator was the limit, the bar says so, and the figure of the sweep
// still has the objective.
func TestCapacityLimitedByTheGenerator(t *testing.T) {
	a := sample(2)
	metrics := a.Summary.Arms[1].Loads[4].Metrics
	metrics["capacity_at_least_rps"] = analysis.Estimate{Value: 80_000}
	delete(metrics, "capacity_rps")
	for _, f := range All(a) {
		switch f.Name {
		case "capacity":
			if !strings.Contains(svgOf(t, f), "≥ 80.0 k/s, limited by the generator") {
				t.Errorf("the bound is not said: %s", f.Alt)
			}
		case "latency-throughput":
			if !strings.Contains(svgOf(t, f), ">p99 &lt; 2ms<") {
				t.Error("the objective is not named")
			}
		}
	}
}

// TestPNG covers little: rasterising is slow under the race detector, and what is
// drawn is what the SVG has.
func TestPNG(t *testing.T) {
	for _, f := range All(sample(1))[:2] {
		raw, err := f.PNG()
		if err != nil {
			t.Fatal(err)
		}
		config, err := png.DecodeConfig(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%s is not PNG: %v", f.Name, err)
		}
		if want := int(f.width.Dots(pngDPI) + 0.5); config.Width != want {
			t.Errorf("%s is %d pixels wide, want %d", f.Name, config.Width, want)
		}
	}
}

func TestCostSplit(t *testing.T) {
	a := sample(5)
	a.Summary.Ladders = append(a.Summary.Ladders, analysis.Ladder{Arm: "jwt-eddsa", Missing: "parse-eddsa is failed"})
	a.Summary.Ladders[0].Steps[1].Micros.Value = -0.2 // noise
	f := All(a)[1]
	for _, want := range []string{
		"jwt-hs256: 16.4 µs (server 9.10 µs, transport -200 ns, parsing 5.20 µs, verification 2.30 µs)",
		"jwt-rs256: 41.2 µs (server 9.10 µs, transport 500 ns, parsing 5.40 µs, verification 26.2 µs)",
		"jwt-eddsa: parse-eddsa is failed",
	} {
		if !strings.Contains(f.Alt, want) {
			t.Errorf("%q lacks %q", f.Alt, want)
		}
	}
	svg := svgOf(t, f)
	for _, want := range []string{">26.2 µs<", ">transport<", ">verification<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the figure lacks %s", want)
		}
	}
	if strings.Contains(svg, ">500 ns<") {
		t.Error("a label stands in a piece that is too narrow for it")
	}
}
