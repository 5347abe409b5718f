package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/result"
)

// A run is watched on a terminal that can show it, by whoever did not ask for JSON.
func TestWhoWatches(t *testing.T) {
	for _, c := range []struct {
		live         bool
		format, term string
		want         bool
	}{
		{true, "text", "xterm", true},
		{false, "text", "xterm", false},
		{true, "json", "xterm", false},
		{true, "text", "dumb", false},
		{true, "text", "", false},
	} {
		t.Setenv("TERM", c.term)
		p := &progress{out: io.Discard, live: c.live, veil: bench.NewVeil([32]byte{})}
		if got := newWatch(p, outputFlags{format: c.format}) != nil; got != c.want {
			t.Errorf("%+v: watched: %v", c, got)
		}
	}
	if w := newWatch(newProgress(os.Stderr, true, 0), outputFlags{format: "text", quiet: true}); w != nil {
		t.Error("watched in spite of -q")
	}
}

// What a server printed before it died is for the people at the terminal alone: the
// view leaves it behind. An interruption ends the view, and what comes after it waits
// for nobody.
func TestWatchLeavesOutput(t *testing.T) {
	w, err := result.Create(t.TempDir(), bench.NewVeil([32]byte{}))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close(bench.Footer{})
	path := filepath.Join(t.TempDir(), "terminal")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p := &progress{out: out, live: true, watch: &watch{}, veil: bench.NewVeil([32]byte{})}
	record := p.recorder(w)
	s := bench.Scenario{Name: "s", Arms: []bench.Arm{{Name: "mine"}}, Loads: []bench.Load{{Name: "closed", Kind: bench.Closed}}}
	if err := record.Header(bench.Header{Scenario: s}); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(context.Background())
	closeView := p.open(ctx, s)
	lost := bench.Warning{Code: bench.WarnTargetLost, Level: bench.Void, Arm: "mine", Text: "the target failed: exit status 2; it printed:\n    | out of memory"}
	p.event(bench.Progress{Launch: 1, Launches: 2, Warnings: []bench.Warning{lost, {Code: "steal", Level: bench.Suspicious, Text: "which the report will have"}}})
	if err := record.Launch(bench.Launch{Launch: 1, Noise: bench.Noise{Steal: 0.5}}); err != nil {
		t.Fatal(err)
	}
	if found := p.watch.interim(true); found.Summary.Launches != 1 || found.Noise.Steal != 0.5 {
		t.Errorf("found %d launches, steal %v", found.Summary.Launches, found.Noise.Steal)
	}
	interrupt()
	p.event(bench.Progress{Launch: 1, Launches: 2, Ended: true})
	closeView()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(text), "invalid mine: "+lost.Text+"\n") || strings.Contains(string(text), "steal") {
		t.Errorf("left behind: %q", text)
	}
	p.event(bench.Progress{Launch: 2, Launches: 2, Warnings: []bench.Warning{lost}}) // by lines, as ever
	if text, _ = os.ReadFile(path); strings.Count(string(text), lost.Text) != 2 {
		t.Errorf("not told after the view: %q", text)
	}
}
