package credential

import "time"

const (
	// badShare: there is one expired and one revoked record for so many valid
	// ones, and as many as valid ones up to badLeast. Traffic with bad keys is
	// rare, and ten million records are to stay ten million.
	badShare = 20
	badLeast = 10_000
)

// Tenants is how many tenants the subjects are spread over.
const Tenants = 100

// BadCount is how many records of each bad class go with count valid ones.
func BadCount(count int) int { return max(min(count, badLeast), count/badShare) }

// Lifetime is how long valid credentials live, and Lapsed how long ago expired
// ones did: a run's length is far from both.
const (
	Lifetime = 24 * time.Hour
	Lapsed   = time.Hour
)
