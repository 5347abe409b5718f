package main

import (
	"testing"

	"authbench/internal/auth"
	"authbench/internal/golden"
	"authbench/internal/scenario"
)

// The committed JSON Schema is that of the methods that there are.
func TestSchemaIsCurrent(t *testing.T) {
	const path = "../../scenarios/scenario.schema.json"
	want, err := scenario.Schema(auth.Catalogue())
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, path, string(want))
}
