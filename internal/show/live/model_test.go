package live

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/google/go-cmp/cmp"

	"authbench/bench"
	"authbench/internal/golden"
	"authbench/internal/judge/analysis"
	"authbench/internal/result/validity"
)

// arms are those of an ordinary run: CPU per request and p99, µs.
var arms = []struct {
	name     string
	cpu, p99 float64
}{{"none", 9.13, 96}, {"apikey", 10.61, 102}, {"jwt-hs256", 17.02, 128}, {"jwt-rs256", 41.24, 225}, {"jwt-eddsa", 52.41, 1270}}

func scenario() bench.Scenario {
	s := bench.Scenario{Name: "quick", Baseline: "none", Loads: []bench.Load{{Name: "closed", Kind: bench.Closed}, {Name: "open", Kind: bench.Open}}}
	for _, a := range arms {
		s.Arms = append(s.Arms, bench.Arm{Name: a.name})
	}
	return s
}

// found is what so many launches say.
func found(launches int, warnings ...bench.Warning) Interim {
	a := &analysis.Analysis{Summary: analysis.Summary{Baseline: "none", Launches: launches, Warnings: warnings,
		Health: analysis.Health{Sending: &analysis.Sending{LagP99: 31.2, LateShare: 0.0004}, Repeated: 0.0025}}}
	estimate := func(v, half float64) analysis.Estimate {
		e := analysis.Estimate{Value: v, N: launches}
		if lo, hi := v-half, v+half; launches >= analysis.FewestLaunches {
			e.Lo, e.Hi = &lo, &hi
		}
		return e
	}
	for i, from := range arms {
		arm := analysis.Arm{Name: from.name, Status: analysis.ArmOK, Loads: []analysis.Load{
			{Name: "closed", Kind: bench.Closed, Metrics: map[string]analysis.Estimate{
				"cpu_us_per_request": estimate(from.cpu, from.cpu/70), "service_p50_us": estimate(31*from.cpu, from.cpu/3), "service_p99_us": estimate(30*from.p99, from.p99/2)}},
			{Name: "open", Kind: bench.Open, Metrics: map[string]analysis.Estimate{
				"response_p50_us": estimate(30+from.cpu, 1.4), "response_p99_us": estimate(from.p99, from.p99/20)}},
		}}
		if d := from.cpu - arms[0].cpu; i > 0 && launches >= analysis.FewestLaunches {
			arm.Loads[0].VersusBaseline = map[string]analysis.Comparison{"cpu_us_per_request": {Difference: d, DifferenceLo: 0.98 * d, DifferenceHi: 1.02 * d}}
		}
		a.Summary.Arms = append(a.Summary.Arms, arm)
		for k := range 8 * launches {
			p := analysis.Point{Arm: from.name, Load: "open", MedianMicros: from.p99 / 2 * math.Pow(2, float64(i)*math.Sin(float64(k))/4)}
			a.Points = append(a.Points, p, analysis.Point{Arm: from.name, Load: "closed", MedianMicros: 31 * from.cpu}, analysis.Point{Arm: from.name, Load: "open", MedianMicros: math.NaN()})
		}
	}
	return Interim{a, bench.Noise{Steal: 0.0031, Pressure: 0.194}}
}

func progress(launch, done int) Progress {
	return Progress{Left: 98 * time.Second, Progress: bench.Progress{Launch: launch, Launches: 10, Load: "open", Arm: "jwt-rs256",
		Done: done, Total: 80, Elapsed: 61 * time.Second}}
}

var (
	late = bench.Warning{Code: validity.CodeLateSends, Level: bench.Suspicious, Arm: "none", Load: "open",
		Text: "worst for none: the generator sent 0.59 % of the requests more than 1 ms late (at most 0.2 %); give the generator CPUs of its own (cpus.generator), stop what else runs here, or lower the rate"}
	lost = bench.Warning{Code: bench.WarnTargetLost, Level: bench.Void, Arm: "jwt-hs256",
		Text: "the arm is left out from here on: the target failed: exit status 2; last output: \x1b[2Jpanic\nat once"}
	good = bench.Warning{Code: "few_samples", Level: bench.Info, Arm: "none", Text: "which may wait for the report"}
)

// draw applies messages to a model whose window has been given a size.
func draw(m Model, width, height int, msgs ...tea.Msg) []string {
	var model tea.Model = m
	for _, msg := range append([]tea.Msg{tea.WindowSizeMsg{Width: width, Height: height}}, msgs...) {
		model, _ = model.Update(msg)
	}
	if content := model.View().Content; content != "" {
		return strings.Split(content, "\n")
	}
	return nil
}

func TestFrames(t *testing.T) {
	again := late
	again.Arm = "apikey"
	failed := found(7, late, again, good, lost)
	failed.Summary.Arms[2].Status = analysis.ArmFailed
	revoking := progress(10, 0)
	revoking.Load, revoking.Note = "", "episode typical, arm jwt-rs256 (3 of 4): taking 40 credentials back"
	revoking.Episode = &bench.EpisodeProgress{Name: "typical", Nth: 3, Of: 4, Revocations: 40, Ordered: 17, Refused: 12, Left: 13400 * time.Millisecond}
	first := found(1)
	first.Provisional, first.Summary.Launches = true, 0
	lone := scenario()
	lone.Loads = lone.Loads[:1]
	for _, c := range []struct {
		name          string
		model         Model
		width, height int
		msgs          []tea.Msg
	}{
		{"calibration-80", NewModel(scenario(), false), 80, 24, []tea.Msg{progress(0, 3)}},
		{"provisional-80", NewModel(scenario(), false), 80, 24, []tea.Msg{progress(1, 30), first}},
		{"early-80", NewModel(scenario(), false), 80, 24, []tea.Msg{progress(2, 30), found(1)}},
		{"late-40", NewModel(scenario(), false), 40, 24, []tea.Msg{progress(8, 30), failed}},
		{"late-80", NewModel(scenario(), false), 80, 24, []tea.Msg{progress(8, 30), found(7)}},
		{"late-120", NewModel(scenario(), false), 120, 24, []tea.Msg{progress(8, 30), found(7)}},
		{"warnings-100", NewModel(scenario(), false), 100, 30, []tea.Msg{failed, progress(8, 30)}},
		{"warnings-low-80", NewModel(scenario(), false), 80, 15, []tea.Msg{failed, progress(8, 30)}},
		{"resized-60", NewModel(scenario(), false), 120, 30, []tea.Msg{progress(8, 30), found(7), tea.WindowSizeMsg{Width: 60, Height: 20}}},
		{"revoking-80", NewModel(scenario(), false), 80, 24, []tea.Msg{found(10), revoking}},
		{"revoking-40", NewModel(scenario(), false), 40, 24, []tea.Msg{found(10), revoking}},
		{"closed-load-120", NewModel(lone, false), 120, 24, []tea.Msg{found(10), progress(9, 1)}},
		{"colours-80", NewModel(scenario(), true), 80, 24, []tea.Msg{failed, progress(8, 30)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			frame := strings.Join(draw(c.model, c.width, c.height, c.msgs...), "\n") + "\n"
			golden.Equal(t, "testdata/"+c.name+".txt", strings.ReplaceAll(frame, "\x1b", "␛")) // escapes are shown
		})
	}
}

// Whatever the window, a frame stays within it: else the terminal would wrap or scroll,
// and the next frame would not cover this one.
func TestFrameFits(t *testing.T) {
	long := scenario()
	long.Name = strings.Repeat("n", 63)
	for i := range 40 {
		long.Arms = append(long.Arms, bench.Arm{Name: fmt.Sprintf("arm-%d-%s", i, strings.Repeat("x", 50))})
	}
	wide := bench.Warning{Level: bench.Void, Text: strings.Repeat("見", 300)}
	so := found(7, late, lost, wide)
	for _, s := range []bench.Scenario{scenario(), long, {}} {
		for _, color := range []bool{false, true} {
			for width := 1; width <= 130; width += 12 {
				for height := 1; height <= 60; height += 1 + height/12 {
					at := progress(8, 30)
					if height%2 == 0 {
						at.Episode = &bench.EpisodeProgress{Name: strings.Repeat("e", 63), Revocations: 1000}
					}
					lines := draw(NewModel(s, color), width, height, at, so)
					if len(lines) >= height {
						t.Fatalf("%d lines in a window of %d × %d", len(lines), width, height)
					}
					for _, line := range lines {
						if lipgloss.Width(line) > width {
							t.Fatalf("in a window of %d × %d a line takes %d columns: %q", width, height, lipgloss.Width(line), line)
						}
					}
				}
			}
		}
	}
}

// Without colours a frame is text alone; with them it is the same text.
func TestColoursAddNothing(t *testing.T) {
	msgs := []tea.Msg{found(7, late, lost), progress(8, 30)}
	plain := strings.Join(draw(NewModel(scenario(), false), 100, 30, msgs...), "\n")
	if i := strings.IndexFunc(plain, func(r rune) bool { return r < ' ' && r != '\n' }); i >= 0 {
		t.Errorf("a control character at %d of a frame without colours: %q", i, plain)
	}
	coloured := strings.Join(draw(NewModel(scenario(), true), 100, 30, msgs...), "\n")
	stripped := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(coloured, "")
	if coloured == plain {
		t.Error("no colours where they were asked for")
	}
	if diff := cmp.Diff(plain, stripped); diff != "" {
		t.Errorf("colours change the text (-plain +coloured):\n%s", diff)
	}
}

// What comes as it happens is replaced by what the analysis says of it.
func TestWarningsAreNotToldTwice(t *testing.T) {
	e := progress(8, 30)
	e.Warnings = []bench.Warning{late, good}
	count := func(lines []string) int { return strings.Count(strings.Join(lines, "\n"), "1 ms late") }
	if n := count(draw(NewModel(scenario(), false), 100, 30, e)); n != 1 {
		t.Errorf("told %d times as it came, want once", n)
	}
	if n := count(draw(NewModel(scenario(), false), 100, 30, e, found(7, late))); n != 1 {
		t.Errorf("told %d times after the analysis, want once", n)
	}
}

func TestSparkline(t *testing.T) {
	for _, c := range []struct {
		values []float64
		width  int
		want   string
	}{
		{nil, 8, ""},
		{[]float64{100}, 8, "▄"},
		{[]float64{100, 104, 97, 100}, 8, "▄▄▄▄"},
		{[]float64{100, 100, 119, 141, 168, 200, 1000, 84, 71, 50, 1, 100, 100, 100, 90}, 15, "▄▄▅▆▇██▃▂▁▁▄▄▄▃"},
		{[]float64{100, 100, 100, 200, 200, 100}, 3, "▄▆▆"},
	} {
		if got := sparkline(c.values, c.width); got != c.want {
			t.Errorf("%v: %s, want %s", c.values, got, c.want)
		}
	}
}
