package main

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"authbench/internal/auth"
	"authbench/internal/scenario"
)

var update = flag.Bool("update", false, "rewrite the files that are made from the code")

// The committed JSON Schema is that of the methods that there are.
func TestSchemaIsCurrent(t *testing.T) {
	const path = "../../scenarios/scenario.schema.json"
	want, err := scenario.Schema(auth.Catalogue())
	if err != nil {
		t.Fatal(err)
	}
	compareFile(t, path, want)
}

// compareFile compares a file with what it should hold, or rewrites it.
func compareFile(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not current; run: go test ./cmd/authbench -run %s -update", path, t.Name())
	}
}
