package arms

import (
	"slices"

	"authbench/bench"
	"authbench/internal/method"
)

// maxPooled is up to how many credentials are kept. Ten thousand API keys lie in the
// CPU's caches, where one costs 35 ns to send and 320 to 660 to derive; among a million
// each lies elsewhere in memory, and costs 630 ns against 820 (BenchmarkCredential).
// From there on deriving costs no more, and ten million would take 850 MB.
const maxPooled = 1_000_000

// derived are credentials that are derived whenever one is sent.
type derived struct {
	method.Deriver
	amounts
}

var _ credentials = (*derived)(nil)

func newDerived(d method.Deriver, p bench.Population) *derived { return &derived{d, newAmounts(p)} }

// amounts say how many credentials of each class there are, where none is held.
type amounts struct {
	valid, bad int
	classes    []bench.Class
}

func newAmounts(p bench.Population) amounts {
	return amounts{p.Credentials, badCount(p.Credentials, p.Credentials), p.BadClasses}
}

// Append implements load.Credentials.
func (d *derived) Append(dst []byte, class bench.Class, index int) []byte {
	return d.Derive(dst, class, index)
}

func (a amounts) count(class bench.Class) int {
	switch {
	case class == bench.Valid:
		return a.valid
	case slices.Contains(a.classes, class):
		return a.bad
	}
	return 0
}

func (d *derived) to(bench.Message) credentials { return d }

// meanBytes looks at one: credentials that are derived are of one size.
func (d *derived) meanBytes() float64 { return float64(len(d.Derive(nil, bench.Valid, 0))) }
