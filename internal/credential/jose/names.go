package jose

// Names within tokens. The domains end in .test, which never resolves (RFC 2606).
const (
	IssuerName   = "https://issuer.test"
	AudienceName = "https://api.test"
	// ValidKey is in the key set, UnknownKey is not. NextKey takes ValidKey's place
	// where the issuer replaces its key.
	ValidKey   = "key-1"
	UnknownKey = "key-2"
	NextKey    = "key-3"
)
