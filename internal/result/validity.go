package result

// Validity says whether a run's numbers may be used.
type Validity string

const (
	// Valid: no check casts doubt on the figures; some may have left remarks.
	Valid Validity = "valid"
	// Suspicious: usable, with circumstances that the warnings name.
	Suspicious Validity = "suspicious"
	// Invalid: not to be used as it stands.
	Invalid Validity = "invalid"
)
