package report

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/golden"
	"authbench/internal/result"
	"authbench/internal/result/hist"
	"authbench/internal/result/limit"
)

func number64(v float64) *float64 { return &v }

// someLimits are one of each verdict.
func someLimits() []limit.Judged {
	return []limit.Judged{
		{Limit: "p99>100ms", Outcome: limit.Kept, Metric: "response_p99_us", Bound: 1e5, Value: number64(68_600)},
		{Limit: "valid.status_401>0", Outcome: limit.Broken, Class: bench.Valid, Metric: "status_401", Value: number64(12_345)},
		{Limit: "apikey:memory>1MiB", Outcome: limit.Unjudged, Arm: "apikey", Metric: "memory_bytes", Bound: 1 << 20, Reason: "it was not measured"},
		{Limit: "cpu>5%", Outcome: limit.Broken, Arm: "none", Place: "closed", Metric: "cpu_us_per_request", Change: true, Bound: 0.05, Value: number64(0.0712), Lo: number64(0.06), Hi: number64(0.08)},
	}
}

// Every form of a report lists every limit with its verdict.
func TestLimitsAreListed(t *testing.T) {
	a := sample()
	a.Summary.Limits = someLimits()
	c := compared()
	c.Limits = someLimits()
	s, h := aLoadTest()
	var text, md, html, changes, changesMD, asJSON bytes.Buffer
	if err := errors.Join(
		Terminal(&text, &a.Summary, TerminalOptions{}), Markdown(&md, a, nil), HTML(&html, a, nil, PageLinks{}), JSON(&asJSON, &a.Summary),
		Changes(&changes, c, TerminalOptions{}), ChangesMarkdown(&changesMD, c),
	); err != nil {
		t.Fatal(err)
	}
	for form, got := range map[string]string{
		"terminal": text.String(), "Markdown": md.String(), "page": html.String(), "JSON": asJSON.String(), "comparison": changes.String(),
		"comparison as Markdown": changesMD.String(), "load test": loadTestText(t, s, h, LoadTestOptions{}), "page of a load test": loadTestPage(t, s, h),
	} {
		got = strings.NewReplacer("&gt;", ">", "\\_", "_", "\\>", ">", `\u003e`, ">").Replace(got)
		for _, j := range someLimits() {
			if !strings.Contains(got, j.Limit) || !strings.Contains(got, string(j.Outcome)) {
				t.Errorf("%s lacks %s, %s:\n%s", form, j.Limit, j.Outcome, got)
			}
		}
	}
}

// The first line says what weighs most, in short.
func TestReason(t *testing.T) {
	for _, c := range []struct {
		notes []note
		want  string
	}{
		{nil, ""},
		{[]note{{Level: bench.Info, Text: "few samples"}}, ""},
		{[]note{{Level: bench.Void, Text: "no request was answered, of 5: reset ×5; look at the server's log"}}, "no request was answered, of 5: reset ×5"},
		{[]note{{Level: bench.Suspicious, About: []string{"a", "b", "c", "d"}, Text: "lag"}, {Level: bench.Info, Text: "x"}}, "a, b, 2 more: lag"},
	} {
		if got := reason(c.notes); got != c.want {
			t.Errorf("%+v: %q, want %q", c.notes, got, c.want)
		}
	}
}

// aTrial is an open load with something of everything.
func aLoadTest() (*result.LoadTest, *hist.Histogram) {
	h := hist.New()
	for i := range int64(1000) {
		h.Record(50_000 + 70*i*i)
	}
	spread := &result.Spread{Count: 1000, Mean: 23_000, P50: 17_500, P90: 56_700, P95: 63_200, P99: 68_600, P999: 69_900, Max: 70_000}
	return &result.LoadTest{
		URL: "http://127.0.0.1:8080/\x1b[31m", Validity: result.Suspicious, Requests: 12_003, Duration: 10, Throughput: 1200.3,
		Rate:        &result.Rate{Arrivals: bench.Poisson, Asked: 1200, Achieved: 1199.5},
		Connections: 50, Threads: 1, Engine: "epoll", Poll: "hybrid", GeneratorCPU: 12.3, BytesOut: 480_000, BytesIn: 1_400_000,
		Times:     result.Times{Response: spread, Service: spread, FirstByte: spread, Transfer: spread, Queue: spread, Lag: spread},
		Refused:   &result.Times{Response: spread, Service: spread},
		Connect:   spread,
		TLS:       spread,
		Statuses:  map[int]int64{200: 11_900, 401: 100},
		Classes:   map[bench.Class]map[int]int64{bench.Valid: {200: 11_900}, bench.Forged: {401: 100}},
		Errors:    map[string]int64{"timeout": 2, "reset": 1, "malformed": 5},
		Malformed: map[string]int64{"folded header field": 4, "malformed chunk": 1}, Resent: 3, Unsolicited: 2,
		Expect:   "2xx",
		Success:  number64(0.9914),
		Limits:   someLimits(),
		Warnings: []result.LoadTestWarning{{Code: "failures", Level: bench.Suspicious, Text: "3 of 12003 requests failed"}},
		Intervals: []result.Interval{
			{From: 0, Length: 4, Asked: 1200, Sent: 4801, Answers: 4800, Times: spread},
			{From: 4, Length: 4, Asked: 1200, Sent: 4802, Errors: 8}, // the server stood still
			{From: 8, Length: 2, Asked: 1200, Sent: 2400, Answers: 7195, Unexpected: 95, Times: spread},
		},
	}, h
}

// aFleet is a load test over machines, of which one is lost and one doubtful.
func aFleet() (*result.LoadTest, *hist.Histogram) {
	s, h := aLoadTest()
	s.Limits, s.Validity = nil, result.Invalid
	s.Warnings = []result.LoadTestWarning{{Code: "worker_lost", Level: bench.Void, Text: "no final figures came from 1 of 25 workers (w24): what they sent is not known; run again"}}
	for i := range 25 {
		w := result.Worker{
			Name: fmt.Sprintf("w%d", i), Host: fmt.Sprint("host", i/2), Build: "1.2.3", ClockError: 140.5, Share: 0.04, Validity: result.Valid,
			Requests: 480, Throughput: 48.1, Due: 481, Sent: 480, Failures: 1, Connections: 2, Threads: 1, Engine: "epoll", GeneratorBusy: 0.123,
			Times: s.Response, Lag: s.Lag, Answers: []int64{192, 0, 288},
		}
		switch i {
		case 23:
			w.Validity = result.Suspicious
		case 24:
			w = result.Worker{Name: "w24\x1b[31m", Host: "host12", Share: 0.04, Validity: result.Invalid, Lost: true, Answers: []int64{192, 0, 0}}
		}
		s.Workers = append(s.Workers, w)
	}
	return s, h
}

// Every form shows the workers, the doubtful ones first where there is no room for all.
func TestAFleetIsShown(t *testing.T) {
	s, h := aFleet()
	text := loadTestText(t, s, h, LoadTestOptions{TerminalOptions: TerminalOptions{Width: 110}})
	golden.Equal(t, "testdata/loadtest-fleet.txt", text)
	page := loadTestPage(t, s, h)
	for _, w := range s.Workers {
		if name := strings.TrimSuffix(w.Name, "\x1b[31m"); !strings.Contains(page, ">"+name) {
			t.Errorf("the page lacks %s", w.Name)
		}
	}
	if strings.Contains(text+page, "\x1b") {
		t.Error("a worker's name is not cleaned")
	}
	data := loadCharts(s, h)
	stack := data.Charts[1]
	if stack.Title != "Throughput by worker" || len(stack.Values) != 8 {
		t.Fatalf("%q with %d lines", stack.Title, len(stack.Values))
	}
	if top := stack.Values[7]; *top[0] != 25*192/4.0 || *top[1] != 0 || *top[2] != 24*288/2.0 {
		t.Errorf("the highest line is at %v, %v, %v", *top[0], *top[1], *top[2])
	}
}

func loadTestText(t *testing.T, s *result.LoadTest, h *hist.Histogram, o LoadTestOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := LoadTest(&out, s, h, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTrialGolden(t *testing.T) {
	s, h := aLoadTest()
	golden.Equal(t, "testdata/loadtest-open.txt", loadTestText(t, s, h, LoadTestOptions{TerminalOptions: TerminalOptions{Width: 100}}))
	closed := result.LoadTest{
		URL: "http://127.0.0.1:8080/", Validity: result.Valid, Requests: 1000, Duration: 1, Throughput: 1000, Connections: 1, Threads: 2,
		Engine: "epoll", Poll: "never", Times: result.Times{Service: s.Service, FirstByte: s.Service, Transfer: &result.Spread{Count: 1000}},
		Statuses: map[int]int64{200: 1000}, Interrupted: true,
	}
	var csv bytes.Buffer
	if err := LoadTestCSV(&csv, s); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/loadtest-open.csv", csv.String())
	golden.Equal(t, "testdata/loadtest-closed.txt", loadTestText(t, &closed, h, LoadTestOptions{ASCII: true}))
}

// Nothing that the server or the user wrote steers the terminal; a load test without
// any answer, or with one, is shown as well as any.
func TestTrialText(t *testing.T) {
	s, h := aLoadTest()
	if text := loadTestText(t, s, h, LoadTestOptions{}); strings.Contains(text, "\x1b") {
		t.Errorf("an escape sequence came through:\n%s", text)
	}
	one := hist.New()
	one.Record(1_000_000)
	if text := loadTestText(t, s, one, LoadTestOptions{ASCII: true}); strings.Count(text, "#") != barWidth {
		t.Errorf("one value is not one bar:\n%s", text)
	}
	none := &result.LoadTest{Validity: result.Invalid, Errors: map[string]int64{"refused": 3}}
	if text := loadTestText(t, none, hist.New(), LoadTestOptions{}); !strings.Contains(text, "refused ×3") || strings.Contains(text, "p50") {
		t.Errorf("without an answer:\n%s", text)
	}
	if err := LoadTest(failingWriter{}, s, h, LoadTestOptions{}); err == nil {
		t.Error("a failed write is no error")
	}
	if err := LoadTestCSV(failingWriter{}, s); err == nil {
		t.Error("a failed write of the intervals is no error")
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("full") }
