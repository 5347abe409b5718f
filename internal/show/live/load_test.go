package live

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"authbench/internal/golden"
	"authbench/internal/result"
)

func loadTest() LoadTest {
	return LoadTest{URL: "http://127.0.0.1:8080/orders", Load: "open load of 2.00 k/s", Headline: "response time"}
}

// loadReading is a test of ten seconds after so many of its intervals, in which so many
// requests of each failed, and the server paused once.
func loadReading(intervals int, failed int64) LoadReading {
	r := LoadReading{Stage: "measuring", Elapsed: time.Duration(intervals+1) * time.Second / 8, Whole: 10 * time.Second}
	for k := range intervals {
		p50 := 159 * (1 + 0.2*math.Sin(float64(k)/3))
		i := result.Interval{From: float64(k) / 8, Length: 1. / 8, Sent: 250, Answers: 250, Errors: failed,
			Times: &result.Spread{Count: 250, P50: p50, P90: 2 * p50, P95: 2.4 * p50, P99: 4.4 * p50, P999: 9 * p50, Max: 12 * p50}}
		switch k {
		case 20: // nothing comes, and then all at once
			i.Answers, i.Times = 0, nil
		case 21:
			i.Answers, i.Times.P50, i.Times.P99 = 500, 90e3, 130e3
		}
		r.Answers, r.Failures, r.Intervals = r.Answers+i.Answers, r.Failures+failed, append(r.Intervals, i)
	}
	if intervals > 0 {
		r.Times = &result.Spread{Count: r.Answers, P50: 159, P90: 320, P95: 406, P99: 710, P999: 2420, Max: 130e3}
	}
	return r
}

func TestLoadFrames(t *testing.T) {
	closed := LoadTest{URL: "http://127.0.0.1:8080/", Load: "closed load", Headline: "service time"}
	counted := loadReading(40, 0)
	counted.Whole, counted.Requests = 0, 20_000
	for _, c := range []struct {
		name          string
		test          LoadTest
		color         bool
		width, height int
		at            LoadReading
	}{
		{"load-connecting-80", loadTest(), false, 80, 24, LoadReading{Stage: "connecting"}},
		{"load-begins-80", loadTest(), false, 80, 24, loadReading(0, 0)},
		{"load-80", loadTest(), false, 80, 24, loadReading(60, 0)},
		{"load-120", loadTest(), false, 120, 40, loadReading(76, 3)},
		{"load-counted-80", closed, false, 80, 24, counted},
		{"load-40", loadTest(), false, 40, 20, loadReading(60, 1)},
		{"load-low-80", loadTest(), false, 80, 12, loadReading(60, 1)},
		{"load-colours-80", loadTest(), true, 80, 24, loadReading(60, 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			frame := strings.Join(drawLoad(NewLoadModel(c.test, c.color), c.width, c.height, c.at), "\n") + "\n"
			golden.Equal(t, "testdata/"+c.name+".txt", strings.ReplaceAll(frame, "\x1b", "␛")) // escapes are shown
		})
	}
}

func drawLoad(m LoadModel, width, height int, at LoadReading) []string {
	var model tea.Model = m
	for _, msg := range []tea.Msg{tea.WindowSizeMsg{Width: width, Height: height}, at} {
		model, _ = model.Update(msg)
	}
	if content := model.View().Content; content != "" {
		return strings.Split(content, "\n")
	}
	return nil
}

// Whatever the window and however much there is to show, a frame stays within it.
func TestLoadFrameFits(t *testing.T) {
	long := loadTest()
	long.URL = "http://127.0.0.1/" + strings.Repeat("見", 200)
	readings := []LoadReading{{}, {Stage: "connecting"}, loadReading(0, 0), loadReading(1, 0), loadReading(79, 5), loadReading(240, 1000)}
	for _, test := range []LoadTest{{}, loadTest(), long} {
		for i, at := range readings {
			for width := 1; width <= 200; width += 13 {
				for height := 1; height <= 60; height += 1 + height/12 {
					lines := drawLoad(NewLoadModel(test, i%2 == 0), width, height, at)
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

func TestColumnsUpTo(t *testing.T) {
	for _, c := range []struct {
		values []float64
		top    float64
		height int
		want   string
	}{
		{nil, 0, 3, ""},
		{[]float64{0, 0}, 0, 1, ""},
		{[]float64{0, 0.001, 4, 8}, 8, 1, " ▁▄█"},
		{[]float64{0, 4, 6, 8, 9}, 8, 2, "  ▄█▲/ ████"},
		{[]float64{1e9}, 1, 2, "▲/█"},
	} {
		if got := strings.Join(columnsUpTo(c.values, c.top, c.height), "/"); got != c.want {
			t.Errorf("%v up to %v: %s, want %s", c.values, c.top, got, c.want)
		}
	}
}

// A value that stands out is not lost where several share a column, and a chart is not
// flat for it.
func TestSqueezing(t *testing.T) {
	m := NewLoadModel(loadTest(), false)
	m.width, m.at = 80, loadReading(240, 0)
	for _, c := range m.charts() {
		drawn := downsampled(c.values, 52, c.combine)
		if len(drawn) != 48 { // five share a column
			t.Errorf("%s: %d columns", c.name, len(drawn))
		}
		switch beyond := drawn[4] > c.top; {
		case c.name == "p99" && !beyond:
			t.Errorf("a pause is not seen: %v, up to %v", drawn, c.top)
		case c.name == "throughput" && (beyond || fmt.Sprint(drawn[4], drawn[5]) != "2000 2000"):
			t.Errorf("throughput %v, up to %v", drawn, c.top)
		}
	}
}
