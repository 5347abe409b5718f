package main

import (
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// TestProofsFitNoFile: what holds for one request alone is not written to a file.
func TestProofsFitNoFile(t *testing.T) {
	m := bench.Method{ID: "ticket"}
	issuer, err := method.Catalogue{methodtest.Ticket(methodtest.NoFault)}.NewIssuer(m, [32]byte{}, 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := checkFits(m, issuer); err == nil || !strings.Contains(err.Error(), "hold for one request alone") {
		t.Errorf("error %v", err)
	}
}
