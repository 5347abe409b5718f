package bench

// Lookups counts what became of the questions to a store, or to a cache of verdicts.
type Lookups struct {
	// Hits were answered by the cache, Negative among them: there is no such thing.
	Hits     int64 `json:"hits"`
	Negative int64 `json:"negative"`
	// Misses were not, Coalesced among them: somebody had asked the same already.
	Misses    int64 `json:"misses"`
	Coalesced int64 `json:"coalesced"`
	// Filtered came no further than a filter: there is no such thing.
	Filtered int64 `json:"filtered"`
}

// Add returns the sum of both.
func (l Lookups) Add(other Lookups) Lookups {
	l.Hits += other.Hits
	l.Negative += other.Negative
	l.Misses += other.Misses
	l.Coalesced += other.Coalesced
	l.Filtered += other.Filtered
	return l
}

// scaled returns every count times a factor.
func (l Lookups) scaled(by int64) Lookups {
	return Lookups{by * l.Hits, by * l.Negative, by * l.Misses, by * l.Coalesced, by * l.Filtered}
}
