package auth

import (
	"errors"
	"fmt"
	"slices"

	"authbench/bench"
)

// elsewhere are the engines that another program has, authbench-engines: their
// libraries would double the size of this one. Methods that name them are valid
// everywhere, and their credentials are minted here.
func elsewhere() []foreignEngine {
	return []foreignEngine{
		{name: "jwx", lacks: []string{"ML-DSA-44", "ML-DSA-65"}},
		{name: "go-jose", lacks: []string{"Ed25519", "ML-DSA-44", "ML-DSA-65"}},
	}
}

// foreignEngine is an engine of the other program.
type foreignEngine struct {
	name string
	// lacks are algorithms that it does not have. A test of that program compares.
	lacks []string
}

// ErrElsewhere is the error of who asks this program for an engine of the other.
var ErrElsewhere = errors.New("the engine is in another program, authbench-engines: build it with 'make engines'")

// IsElsewhere reports whether the verifier of m is in the other program.
func IsElsewhere(m bench.Method) bool {
	_, foreign := findForeign(m.Params.Text("engine"))
	return foreign
}

func findForeign(engine string) (foreignEngine, bool) {
	for _, f := range elsewhere() {
		if f.name == engine {
			return f, true
		}
	}
	return foreignEngine{}, false
}

// problem says what speaks against an algorithm, nil if nothing does.
func (f foreignEngine) problem(alg string) *bench.Problem {
	if !slices.Contains(f.lacks, alg) {
		return nil
	}
	return &bench.Problem{
		Path: []any{"alg"}, Text: fmt.Sprintf("engine %s does not have %s", f.name, alg),
		Remedy: "choose another algorithm, or engine " + defaultEngine,
	}
}
