package gate

import (
	"slices"

	"authbench/bench"
)

// DocumentVersion is the version of gate.json.
const DocumentVersion = 1

// Document is a whole gate: the content of gate.json, and all that reports show.
type Document struct {
	Version  int    `json:"version"`
	Scenario string `json:"scenario"`
	Base     Origin `json:"base"`
	Head     Origin `json:"head"`
	Started  string `json:"started"` // RFC 3339, UTC
	// Launches is the number of launches measured, Seconds the time that the gate took,
	// builds included.
	Launches int     `json:"launches"`
	Seconds  float64 `json:"seconds"`
	Report
	// Added are arms that head has and base cannot run, with the reason.
	Added []Added `json:"added"`
	// Unproven are arms that cannot pass, with the reason: base or head was not examined by
	// the attack catalogue, or not measured often enough.
	Unproven []Unproven `json:"unproven"`
	// Warnings are doubts about the whole run. Where one is void, the cells decide
	// nothing.
	Warnings []bench.Warning `json:"warnings"`
	Host     bench.Host      `json:"host"`
	Build    bench.Build     `json:"build"`
	Seed     uint64          `json:"seed"`
}

// Origin is where a side comes from.
type Origin struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Commit string `json:"commit,omitempty"`
	// Layouts says that each launch had a layout of its own.
	Layouts bool `json:"layouts"`
}

// Added is an arm that base cannot run.
type Added struct {
	Arm    string `json:"arm"`
	Reason string `json:"reason"`
}

// Unproven is an arm that cannot be shown to be as good as before.
type Unproven struct {
	Arm    string `json:"arm"`
	Reason string `json:"reason"`
}

// Conclude sets the verdict of the whole gate. A doubt that voids the run voids its cells, but
// not its alarms, which do not depend on the machine. Arms that only head has do not fail
// the gate, but an arm passes only if base and head were both examined and measured.
func (d *Document) Conclude() {
	switch {
	case len(d.Alarms) > 0:
		d.Verdict = Fail
	case slices.ContainsFunc(d.Warnings, func(w bench.Warning) bool { return w.Level == bench.Void }):
		d.Verdict = Invalid
	case d.Verdict == Pass && (len(d.Cells) == 0 || len(d.Unproven) > 0):
		d.Verdict = Inconclusive
	}
}
