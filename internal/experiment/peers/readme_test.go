package main

import (
	"path/filepath"
	"testing"

	"authbench/internal/golden"
)

// The tables in docs are those of the newest published comparison.
func TestDocsShowThePublishedComparison(t *testing.T) {
	published, err := filepath.Glob("../../../results/published/*-peers/peers.json")
	if err != nil || len(published) == 0 {
		t.Fatalf("no comparison is published (%v)", err)
	}
	r, err := readReport(published[len(published)-1]) // named by date
	if err != nil {
		t.Fatal(err)
	}
	golden.EqualBlock(t, "../../../docs/peers.md", "peers", r.markdown())
}
