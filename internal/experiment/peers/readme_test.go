package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readme is the README's path, from this package.
const readme = "../../../README.md"

// The README's tables are those of the newest published comparison; without one it
// has none.
func TestReadmeShowsThePublishedComparison(t *testing.T) {
	const begin, end = "<!-- published:peers -->\n", "<!-- /published:peers -->"
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	published, err := filepath.Glob("../../../results/published/*-peers/peers.json")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, opened := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	switch {
	case len(published) == 0 && !opened:
		t.Skip("no comparison is published")
	case len(published) == 0 || !opened || !closed:
		t.Fatalf("%d comparisons are published; does the README show one between %q and %q?", len(published), begin, end)
	}
	r, err := readReport(published[len(published)-1]) // named by date
	if err != nil {
		t.Fatal(err)
	}
	want := before + begin + r.markdown() + end + after
	if *update {
		must(os.WriteFile(readme, []byte(want), 0o644))
	} else if string(text) != want {
		t.Errorf("%s is not current; run: go test ./internal/experiment/peers -run %s -update", readme, t.Name())
	}
}
