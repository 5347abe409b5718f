package jose

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"authbench/bench"
)

// ExternalEngines are the engines that another program has, authbench-engines: their
// libraries would double the size of this one. Methods that name them are valid
// everywhere, and their credentials are minted here.
func ExternalEngines() []ExternalEngine {
	return []ExternalEngine{
		{Name: "jwx", Lacks: []string{"ML-DSA-44", "ML-DSA-65"}},
		{Name: "go-jose", Lacks: []string{"Ed25519", "ML-DSA-44", "ML-DSA-65"}},
	}
}

// ExternalEngine is an engine of the other program.
type ExternalEngine struct {
	Name string
	// Lacks are algorithms that it does not have. A test of that program compares.
	Lacks []string
}

// The fetchers of key sets: our own, and those of the other program, which are engines as
// well.
const (
	OwnFetcher = "own"
	Keyfunc    = "keyfunc"
	GoOIDC     = "go-oidc"
)

// KeyfuncRefresh is how often keyfunc fetches a key set if it is not told otherwise (v3).
const KeyfuncRefresh = time.Hour

// ErrExternal is the error of who asks this program for an engine of the other.
var ErrExternal = errors.New("the engine is in another program, authbench-engines: build it with 'make engines'")

// OtherProgram is the name of that program's file.
const OtherProgram = "authbench-engines"

// IsExternal reports whether an engine is in the other program.
func IsExternal(engine string) bool {
	_, foreign := FindExternal(engine)
	return foreign
}

// FindExternal returns the engine of that name, if the other program has it.
func FindExternal(engine string) (ExternalEngine, bool) {
	for _, f := range ExternalEngines() {
		if f.Name == engine {
			return f, true
		}
	}
	return ExternalEngine{}, false
}

// Problem says what speaks against an algorithm, nil if nothing does.
func (f ExternalEngine) Problem(alg string) *bench.Problem {
	if !slices.Contains(f.Lacks, alg) {
		return nil
	}
	return &bench.Problem{
		Path: []any{"alg"}, Text: fmt.Sprintf("engine %s does not have %s", f.Name, alg),
		Remedy: "choose another algorithm, or engine " + DefaultEngine,
	}
}
