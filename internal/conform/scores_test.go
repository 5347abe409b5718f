package conform

import (
	"context"
	"slices"
	"sync"
	"testing"

	"authbench/bench"
	"authbench/internal/credential/store"
	"authbench/internal/measure/service"
	"authbench/internal/method/all"
)

// scores has what the catalogue says of the methods that tests look at, by their names.
// Each is examined once, beside others, as verify does it.
var scores struct {
	sync.Once
	of map[string]*Score
}

// scoreOf returns the score of a method. Where its store is missing the test is skipped, and
// where it is not examined under the race detector.
func scoreOf(t *testing.T, m bench.Method) *Score {
	t.Helper()
	needStore(t, m)
	if computes(m) {
		t.Skipf("%s is examined without the race detector", Name(m))
	}
	scores.Do(func() { scores.of = examineInParallel(t) })
	s := scores.of[Name(m)]
	if s == nil {
		t.Fatalf("%s was not examined", Name(m))
	}
	return s
}

// scoredMethods are those of Methods that are examined here. One algorithm of each family
// is: the others differ by a hash.
func scoredMethods() []bench.Method {
	return slices.DeleteFunc(Methods(all.Catalogue()), func(m bench.Method) bool {
		return all.Catalogue().InOtherProgram(m) || computes(m) ||
			!slices.Contains([]string{"", "HS256", "RS256", "PS256", "ES256", "Ed25519", "ML-DSA-44"}, m.Params.Text("alg"))
	})
}

// computes reports whether a method is left out under the race detector, with which slow
// hashes and signatures take ten times as long. What runs at the same time is the same for
// all methods, and 'make test' examines all of them without the detector, too.
func computes(m bench.Method) bool {
	slow := all.Catalogue().Family(m).Slow || slices.Contains([]string{"RS256", "PS256", "ML-DSA-44"}, m.Params.Text("alg"))
	return raceEnabled && slow
}

// hashCases are the cases that slow hashes are examined with, which have to do with a hash.
func hashCases(t *testing.T) *Catalogue { return ofClass(builtin(t), "apikey") }

// examineInParallel examines the methods with slow hashes, and then all others.
func examineInParallel(t *testing.T) map[string]*Score {
	t.Helper()
	kept := startedBackends(t)
	out := map[string]*Score{}
	for _, slow := range []bool{true, false} {
		catalogue := builtin(t)
		if slow {
			catalogue = hashCases(t)
		}
		var methods []bench.Method
		for _, m := range scoredMethods() {
			if all.Catalogue().Family(m).Slow == slow && service.Missing(kindOf(m)) == "" {
				methods = append(methods, m)
			}
		}
		w := NewHarness(all.Catalogue(), catalogue, 3)
		w.Backends = kept
		found := make([]*Score, len(methods))
		err := InParallel(t.Context(), len(methods), func(ctx context.Context, i int) (err error) {
			found[i], err = w.Score(ctx, methods[i], Process, Wire)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range methods {
			out[Name(m)] = found[i]
		}
	}
	return out
}

// kindOf is the kind of store that a method asks, "" for none.
func kindOf(m bench.Method) store.Kind {
	if wanted := all.Catalogue().Needs(m).Store; wanted != nil {
		return wanted.Kind
	}
	return ""
}
