package hist

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// The library's own reader finds the same intervals, with the same values.
func TestWriteLog(t *testing.T) {
	start := time.UnixMilli(1_700_000_000_250)
	want := []Interval{
		{"response", start, start.Add(10 * time.Second), filled(slice()...)},
		{"service", start, start.Add(10 * time.Second), filled(1, 2_000_000, highest)},
	}
	var text bytes.Buffer
	if err := WriteLog(&text, slices.Insert(slices.Clone(want), 1, Interval{"queue", start, start, New()})); err != nil {
		t.Fatal(err)
	}
	reader := hdr.NewHistogramLogReader(&text)
	for _, w := range want {
		got, err := reader.NextIntervalHistogram()
		if err != nil || got == nil {
			t.Fatalf("%s: %v, %v", w.Tag, got, err)
		}
		if got.Tag() != w.Tag || got.StartTimeMs() != w.Start.UnixMilli() || got.EndTimeMs() != w.End.UnixMilli() {
			t.Errorf("%s from %d to %d ms, want %s from %v to %v", got.Tag(), got.StartTimeMs(), got.EndTimeMs(), w.Tag, w.Start, w.End)
		}
		if back := (&Histogram{counts: got}); !slices.Equal(slices.Collect(back.Buckets()), slices.Collect(w.Histogram.Buckets())) {
			t.Errorf("%s: other values came back", w.Tag)
		}
		if w.Histogram.counts.Tag() != "" {
			t.Errorf("writing changed the histogram of %s", w.Tag)
		}
	}
	if more, err := reader.NextIntervalHistogram(); more != nil || err != nil {
		t.Errorf("one interval more: %v, %v", more, err)
	}
}

func TestWriteDistribution(t *testing.T) {
	h := New()
	for i := range int64(1000) {
		h.Record((i + 1) * 1_000_000)
	}
	var text bytes.Buffer
	if err := h.WriteDistribution(&text); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	if strings.Join(strings.Fields(lines[0]), " ") != "Value Percentile TotalCount 1/(1-Percentile)" {
		t.Errorf("head %q", lines[0])
	}
	last, median := 0.0, 0.0
	for _, line := range lines[2:] {
		var value, quantile float64
		var count int64
		var inverse string
		if n, _ := fmt.Sscan(line, &value, &quantile, &count, &inverse); n != 4 {
			continue // the foot
		}
		if value < last {
			t.Errorf("%v after %v", value, last)
		}
		if last = value; quantile == 0.5 {
			median = value
		}
	}
	if median < 499 || median > 501 || last < 999 || last > 1001 {
		t.Errorf("median %v ms and maximum %v ms of 1 to 1000 ms", median, last)
	}
	if !strings.Contains(text.String(), "#[Mean") {
		t.Errorf("no foot:\n%s", text.String())
	}
}
