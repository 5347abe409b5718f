package result

// Verdict says whether a run's numbers may be used.
type Verdict string

const (
	// Good: no check casts doubt on the figures; some may have left remarks.
	Good Verdict = "valid"
	// Doubtful: usable, with suspicious circumstances that the warnings name.
	Doubtful Verdict = "suspicious"
	// Bad: not to be used as it stands.
	Bad Verdict = "invalid"
)
