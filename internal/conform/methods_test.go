package conform

import (
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/all"
)

// TestLeftOut: of two values that are not examined together each is examined with another,
// and both are values that there are.
func TestLeftOut(t *testing.T) {
	for _, m := range all.Catalogue() {
		for _, two := range m.Family(nil).Variants.LeftOut {
			if isExamined(m, two[0], two[1]) {
				t.Errorf("%s: %s is examined with %s", m.ID, two[0], two[1])
			}
			for _, one := range two {
				if !isExamined(m, one) {
					t.Errorf("%s: %s is examined with nothing", m.ID, one)
				}
			}
		}
	}
	slow := 0
	for _, m := range Methods(all.Catalogue()) {
		if all.Catalogue().Family(m).Slow && m.ID == "apikey" {
			slow++
		}
	}
	if slow != 4 {
		t.Errorf("%d API keys with slow hashes are examined, want two in each of two stores", slow)
	}
}

// isExamined reports whether Methods has a method with all these values.
func isExamined(known method.Method, pairs ...string) bool {
	return slices.ContainsFunc(Methods(all.Catalogue()), func(m bench.Method) bool {
		return m.ID == known.ID && !slices.ContainsFunc(pairs, func(pair string) bool {
			name, value, _ := strings.Cut(pair, "=")
			return m.Params.Text(name) != value
		})
	})
}
