package analysis

import (
	"encoding/json"
	"fmt"
	"io"
)

// SummaryName is the name of the file beside a result that holds its summary.
const SummaryName = "summary.json"

// largestSummary bounds, in bytes, what is read of a file that may be anything.
const largestSummary = 32 << 20

// ReadSummary reads summary.json. A version that this program does not write is an error.
func ReadSummary(r io.Reader) (*Summary, error) {
	content, err := io.ReadAll(io.LimitReader(r, largestSummary))
	if err != nil {
		return nil, fmt.Errorf("read a summary: %w", err)
	}
	s := new(Summary)
	if err := json.Unmarshal(content, s); err != nil {
		return nil, fmt.Errorf("read a summary: %w", err)
	}
	if s.Version != SummaryVersion {
		return nil, fmt.Errorf("a summary of version %d, not %d: render it again with 'authbench report'", s.Version, SummaryVersion)
	}
	return s, nil
}
