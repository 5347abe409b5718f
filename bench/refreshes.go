package bench

// Refreshes are what clients with credentials of a short life did to keep one, within the
// measured part of a slice or an episode.
type Refreshes struct {
	// Done brought a credential. Refused ones did not, because the issuer does not know the
	// client any more; Failed ones for another reason: the client went on with what it held,
	// until that expired.
	Done    int64 `json:"done"`
	Refused int64 `json:"refused,omitempty"`
	Failed  int64 `json:"failed,omitempty"`
	// Late ones began after the credential before had expired, by the harness's fault: what
	// was refused meanwhile says nothing of the server.
	Late int64 `json:"late,omitempty"`
	// Times are from the question to the issuer to its answer, of those that are Done.
	Times EncodedHistogram `json:"times,omitempty"`
}
