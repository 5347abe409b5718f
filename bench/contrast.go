package bench

import (
	"fmt"
	"slices"
)

// Contrast is a comparison that a scenario's question asks for: what Arm costs beside
// Versus. A file writes it as a mapping of one arm to the other, {jwks: static}.
type Contrast struct {
	Arm    string `json:"arm"`
	Versus string `json:"versus"`
	// Says is what Arm does beyond Versus, as the subject of a sentence: "fetching the
	// key set". Empty: reports name the two arms alone.
	Says string `json:"says,omitempty"`
}

// ContrastSays is the key of [Contrast.Says] in a file. All other keys are arms.
const ContrastSays = "says"

// contrasts refuses what cannot be compared.
func (k *checker) contrasts(s Scenario) {
	var names []string
	for _, a := range s.Arms {
		names = append(names, a.Name)
	}
	for i, c := range s.Contrasts {
		at := []any{"contrasts", i, c.Arm}
		again := func(other Contrast) bool {
			return other.Arm == c.Arm && other.Versus == c.Versus || other.Arm == c.Versus && other.Versus == c.Arm
		}
		switch {
		case !slices.Contains(names, c.Arm):
			k.addKey(DidYouMean(c.Arm, names), fmt.Sprintf("%q, which a contrast compares, is not an arm", c.Arm), at...)
		case !slices.Contains(names, c.Versus):
			k.add(DidYouMean(c.Versus, names), fmt.Sprintf("%q, which %s is compared with, is not an arm", c.Versus, c.Arm), at...)
		case c.Arm == c.Versus:
			k.add("name another arm", fmt.Sprintf("%s is compared with itself", c.Arm), at...)
		case slices.ContainsFunc(s.Contrasts[:i], again):
			k.addKey("remove one of the two contrasts", fmt.Sprintf("%s and %s are compared already", c.Arm, c.Versus), at...)
		}
	}
}
