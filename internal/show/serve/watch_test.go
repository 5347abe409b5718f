package serve

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authbench/internal/judge/analysis"
)

// The index reads again what has changed, and nothing else.
func TestIndexIsCurrent(t *testing.T) {
	dir := copyResults(t, "a", "b")
	s := open(t, dir)
	before, err := s.index.one("a")
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.index.one("a")
	if err != nil || before != again {
		t.Errorf("an unchanged result was read again (%v)", err)
	}
	path := filepath.Join(dir, "a", "summary.json")
	write(t, path, bytes.Replace(content(t, "summary.json"), []byte(`"valid"`), []byte(`"invalid"`), 1))
	holds(t, s, "/", 200, `<span class="invalid">`, `<span class="valid">`)

	// Of the same size and another time.
	write(t, path, content(t, "summary.json"))
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	if body := holds(t, s, "/", 200); strings.Contains(body, `"invalid"`) {
		t.Error("a summary that was written again is not read again")
	}
	// A summary that is older than its result says nothing.
	if err := os.Chtimes(filepath.Join(dir, "a", "result.jsonl"), later.Add(time.Hour), later.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	holds(t, s, "/", 200, "open it to know")
	holds(t, s, "/results/a/", 200)
	if body := holds(t, s, "/", 200); strings.Contains(body, "open it to know") {
		t.Error("what was learned by opening a result is forgotten")
	}
	if err := os.RemoveAll(filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	if body := holds(t, s, "/", 200); strings.Contains(body, "/results/b/") {
		t.Error("a result that is gone is listed")
	}
	holds(t, s, "/results/b/", 404)
}

// A page that watches a run is told of every launch, and of the end.
func TestEvents(t *testing.T) {
	dir := copyResults(t, "a")
	path := filepath.Join(dir, "a", "result.jsonl")
	whole := launches(t, 2)
	if err := os.Remove(filepath.Join(dir, "a", "summary.json")); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// add writes the run's records up to a place.
	written := 0
	add := func(end int) {
		t.Helper()
		if _, err := file.Write(whole[written:end]); err != nil {
			t.Fatal(err)
		}
		written = end
	}
	add(bytes.Index(whole, []byte(`{"kind":"slice"`)))
	s := open(t, dir)
	s.poll = time.Millisecond
	holds(t, s, "/", 200, "running", `href="/live/a"`)
	holds(t, s, "/live/a", 200, `data-events="/events/a"`, "0 of 10 launches are whole", "Figures come with")

	server := httptest.NewServer(s)
	defer server.Close()
	response, err := http.Get(server.URL + "/events/a")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("content type %q", kind)
	}
	events := bufio.NewReader(response.Body)
	awaitEvent(t, events, "view", "0 of 10 launches")
	add(launchAt(whole, 1) - 10)
	awaitEvent(t, events, "view", "0 of 10 launches", "Provisional", "<table>", "<polyline ")
	add(launchAt(whole, 2))
	for strings.Contains(awaitEvent(t, events, "view", "1 of 10 launches", "<table>", "<polyline "), "Provisional") {
		// What is known by then, until the launch is analysed.
	}
	add(len(whole))
	awaitEvent(t, events, "view", "The run is completed.", `href="/results/a/"`)
	awaitEvent(t, events, "end")
	if _, err := events.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end comes %v", err)
	}
}

// awaitEvent reads events until one of the name holds all texts, and returns it.
func awaitEvent(t *testing.T, r *bufio.Reader, name string, texts ...string) string {
	t.Helper()
	for {
		var event strings.Builder
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				t.Fatalf("before an event %s with %q: %v", name, texts, err)
			}
			if line == "\n" {
				break
			}
			event.WriteString(line)
		}
		found := strings.HasPrefix(event.String(), "event: "+name+"\n")
		for _, text := range texts {
			found = found && strings.Contains(event.String(), text)
		}
		if found {
			return event.String()
		}
	}
}

func TestTooManyWatch(t *testing.T) {
	s := open(t, copyResults(t, "a"))
	for range mostWatching {
		s.watching <- struct{}{}
	}
	holds(t, s, "/events/a", http.StatusServiceUnavailable, "close some")
}

// Serve ends when it is told to, the pages that watch a run included.
// A browser that takes nothing any more is not served for ever.
func TestEveryPhaseIsBounded(t *testing.T) {
	s := new(Server).server(t.Context())
	if s.ReadHeaderTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("headers %v, answers %v, idle %v, bytes %d: one of them has no bound", s.ReadHeaderTimeout, s.WriteTimeout, s.IdleTimeout, s.MaxHeaderBytes)
	}
}

func TestServeEnds(t *testing.T) {
	dir := copyResults(t, "a")
	whole := content(t, "result.jsonl")
	write(t, filepath.Join(dir, "a", "result.jsonl"), whole[:len(whole)/2])
	s := open(t, dir)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	response, err := client.Get(fmt.Sprintf("http://%s/events/a", l.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	awaitEvent(t, bufio.NewReader(response.Body), "view")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// BenchmarkList lists a thousand results: known is when all were read before.
func BenchmarkList(b *testing.B) {
	var ids []string
	for i := range 1000 {
		ids = append(ids, fmt.Sprintf("%04d", i))
	}
	dir := copyResults(b, ids...)
	for _, known := range []bool{false, true} {
		b.Run(fmt.Sprintf("known=%v", known), func(b *testing.B) {
			s := open(b, dir)
			for b.Loop() {
				if !known {
					s.index.entries = nil
				}
				if w := get(s, "/"); w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}

// Bars of results that stand below each other are on one scale: a cost that has doubled
// is drawn twice as high.
func TestBarsOfAListHaveOneScale(t *testing.T) {
	costing := func(micros float64) *entry {
		return &entry{scenario: "quick", footer: true, summary: &analysis.Summary{Arms: []analysis.Arm{{Name: "none", Status: analysis.ArmOK, Loads: []analysis.Load{
			{Name: "closed", Metrics: map[string]analysis.Estimate{cpuMetric: {Value: micros}}},
		}}}}}
	}
	l := listedOf([]*entry{costing(10), {scenario: "quick"}, costing(20)})
	if l.Top != "20.0 µs" || len(l.Rows) != 3 || l.Rows[0].Costs.Bars[0].Height != "10" || len(l.Rows[1].Costs.Bars) != 0 || l.Rows[2].Costs.Bars[0].Height != "20" {
		t.Errorf("%+v", l)
	}
}
