package bench

import (
	"fmt"
	"strings"
)

// Conformance is what the attack catalogue says of an arm, before anything is
// measured: whether its numbers may be published beside others'.
type Conformance struct {
	Kind Kind   `json:"kind,omitempty"`
	Arm  string `json:"arm"`
	// Untested says why the catalogue was not put to the arm; empty if it was.
	// Nothing else is set then.
	Untested string `json:"untested,omitempty"`
	// Catalogue is the SHA-256 of the catalogue, in hexadecimal.
	Catalogue string `json:"catalogue_sha256,omitempty"`
	// Passed and Failed count the cases that were judged; Skipped those that could
	// not be put to the arm, of which nothing is known.
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
	// FalseAccepts and FalseRejects are among the failed.
	FalseAccepts int `json:"false_accepts"`
	FalseRejects int `json:"false_rejects"`
	// Safe says that no case failed which means access, exposure or denial of
	// service.
	Safe bool `json:"safe"`
	// Failures are the cases that failed, those that make the arm unsafe first.
	Failures []CaseFailure `json:"failures,omitempty"`
}

// CaseFailure is one case of the catalogue that an arm failed.
type CaseFailure struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Impact string `json:"impact"`
	// Gating says that it makes the arm unsafe.
	Gating bool `json:"gating"`
	// Happened says what the arm did, without anything secret. Results of older versions
	// lack it.
	Happened string `json:"happened,omitempty"`
	// Proven are the faults that the answers themselves show (a false accept, a wrong
	// identity), each with its sub-case.
	Proven []string `json:"proven,omitempty"`
}

// ChecksNothing is why the catalogue is not put to an arm that lets everybody in.
const ChecksNothing = "it checks no credential"

// Tested reports whether the catalogue was put to the arm.
func (c Conformance) Tested() bool { return c.Untested == "" }

// Unsafe reports whether the arm was found to be.
func (c Conformance) Unsafe() bool { return c.Tested() && !c.Safe }

// mostTitles is how many failures a sentence names before nobody reads it. Reports list
// all of them beside it.
const mostTitles = 3

// Why says in one sentence what makes the arm unsafe.
func (c Conformance) Why() string {
	var titles []string
	more := 0
	for _, f := range c.Failures {
		switch {
		case !f.Gating:
		case len(titles) < mostTitles:
			titles = append(titles, fmt.Sprintf("%s (%s)", f.ID, f.Title))
		default:
			more++
		}
	}
	text := "it fails the attack catalogue: " + strings.Join(titles, ", ")
	if more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text
}

// Safety says what happens to arms that the attack catalogue finds unsafe.
type Safety string

const (
	// SafetyRequired leaves them out of the comparison.
	SafetyRequired Safety = "required"
	// SafetyShown keeps them, marked: for a scenario about what safety costs.
	SafetyShown Safety = "shown"
)
