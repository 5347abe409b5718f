package main

import (
	"testing"

	"authbench/internal/golden"
	"authbench/internal/method/all"
	"authbench/internal/scenario"
)

// The committed JSON Schema is that of the methods that there are.
func TestSchemaIsCurrent(t *testing.T) {
	const path = "../../scenarios/scenario.schema.json"
	want, err := scenario.Schema(all.Catalogue())
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, path, string(want))
}
