package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"authbench/internal/result"
	"authbench/internal/result/hist"
	"authbench/internal/show/browsertest"
)

func loadTestPage(t *testing.T, s *result.LoadTest, h *hist.Histogram) string {
	t.Helper()
	var out bytes.Buffer
	if err := LoadTestHTML(&out, s, h, time.Unix(1_800_000_000, 0), "1.2.3"); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// awkwardLoadTests are tests that found little.
func awkwardLoadTests() map[string]*result.LoadTest {
	spread := &result.Spread{Count: 1, P50: 10, P90: 10, P95: 10, P99: 10, P999: 10, Max: 10}
	return map[string]*result.LoadTest{
		"nothing": {URL: "http://127.0.0.1/" + strings.Repeat("path/", 60), Validity: result.Invalid, Errors: map[string]int64{"refused": 3},
			Intervals: []result.Interval{{Length: 0.125, Errors: 3}}},
		"one answer": {URL: "http://127.0.0.1/", Validity: result.Valid, Times: result.Times{Service: spread},
			Intervals: []result.Interval{{Length: 0.003, Answers: 1, Times: spread}}},
		"no interval": {URL: "unix:/run/api.sock", Validity: result.Valid},
	}
}

func TestLoadTestPage(t *testing.T) {
	s, h := aLoadTest()
	page := loadTestPage(t, s, h)
	for _, bad := range []string{"http://www", "https:", "src=", "@import", "url(", "{{", "\x1b"} {
		if strings.Contains(bare(page), bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, want := range []string{"SUSPICIOUS", "3 of 12003 requests failed", "folded", "17.5 ms", "id=\"data\"", "2027-01-15T08:00:00Z", "authbench 1.2.3"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	for _, m := range regexp.MustCompile(` href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if strings.Count(page, ` id="`+m[1]+`"`) != 1 {
			t.Errorf("the link to %q leads nowhere", m[1])
		}
	}
	if err := LoadTestHTML(failingWriter{}, s, h, time.Time{}, ""); err == nil {
		t.Error("a failed write is no error")
	}
	for name, s := range awkwardLoadTests() {
		if page := loadTestPage(t, s, hist.New()); !strings.Contains(page, "</html>") {
			t.Errorf("%s: the page is not whole", name)
		}
	}
}

// The charts hold what the intervals do.
func TestLoadCharts(t *testing.T) {
	s, h := aLoadTest()
	data := loadCharts(s, h)
	var titles []string
	for _, c := range data.Charts {
		titles = append(titles, c.Title)
		for i, values := range c.Values {
			if len(values) != len(c.At) || c.Arms[i] >= len(data.Arms) {
				t.Errorf("%s: %d values at %d places", c.Title, len(values), len(c.At))
			}
		}
	}
	if got := strings.Join(titles, ", "); got != "Throughput over time, Response time over time, Response time by percentile, How many requests took how long" {
		t.Errorf("charts: %s", got)
	}
	answered, failed, p50 := data.Charts[0].Values[1], data.Charts[0].Values[2], data.Charts[1].Values[0]
	if *answered[0] != 1200 || *answered[1] != 0 || *failed[1] != 2 || *failed[2] != 47.5 || *p50[0] != 17_500 || p50[1] != nil {
		t.Errorf("answered %v, failed %v, p50 %v", answered, failed, p50)
	}
	var counted float64
	for _, n := range data.Charts[3].Values[0] {
		counted += *n
	}
	if counted != float64(h.Count()) {
		t.Errorf("the histogram has %v requests of %d", counted, h.Count())
	}
	s.Rate = nil
	if closed := loadCharts(s, h); len(closed.Charts[0].Arms) != 2 {
		t.Errorf("a closed load has nothing due: %+v", closed.Arms)
	}
}

// Every line of the CSV has a cell for every name.
func TestLoadTestCSV(t *testing.T) {
	s, _ := aLoadTest()
	for _, rate := range []*result.Rate{s.Rate, nil} {
		s.Rate = rate
		var out bytes.Buffer
		if err := LoadTestCSV(&out, s); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll() // which insists on equal lengths
		if err != nil || len(rows) != 1+len(s.Intervals) || rows[2][4] != "0" || rows[2][8] != "" || (rows[1][2] == "") != (rate == nil) {
			t.Errorf("%v: %v", err, rows)
		}
	}
}

func showLoadTest(t *testing.T, b *browsertest.Browser, s *result.LoadTest, h *hist.Histogram) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "load.html")
	if err := os.WriteFile(path, []byte(loadTestPage(t, s, h)), 0o644); err != nil {
		t.Fatal(err)
	}
	b.Show(t, "file://"+path, "file://"+path)
}

func TestLoadTestPageInABrowser(t *testing.T) {
	b := browsertest.Open(t)
	s, h := aLoadTest()
	for _, width := range []int64{1920, 1200, 390} {
		b.Do(t, chromedp.EmulateViewport(width, 900))
		showLoadTest(t, b, s, h)
		b.Is(t, browsertest.Inked)
		b.Is(t, browsertest.Fits)
	}
	b.Do(t, chromedp.Focus(chromedp.CSS(".chart")), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	b.Becomes(t, `document.querySelector(".chart + p").textContent.includes("answered0 /s")`)
	b.Dark(t)
	b.Is(t, browsertest.Inked)
	for _, s := range awkwardLoadTests() {
		showLoadTest(t, b, s, hist.New())
		b.Is(t, browsertest.Fits)
		b.Is(t, `[...document.querySelectorAll(".chart")].length === 0 || `+browsertest.Inked)
	}
	b.Quiet(t)
}

// A page is small, however long the test was.
func TestLoadTestPageIsSmall(t *testing.T) {
	s, h := aLoadTest()
	for len(s.Intervals) < 240 {
		s.Intervals = append(s.Intervals, s.Intervals[0])
	}
	const most = 256 << 10
	text, err := json.Marshal(loadCharts(s, h))
	if n := len(loadTestPage(t, s, h)); err != nil || n > most || len(text) < 1000 {
		t.Errorf("%d bytes, more than %d; %v", n, most, err)
	}
}
