package report

import (
	"encoding/json"
	"fmt"
	"io"

	"authbench/internal/analysis"
)

// JSON writes the content of summary.json. Equal summaries give equal bytes.
func JSON(w io.Writer, s *analysis.Summary) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return fmt.Errorf("write the summary as JSON: %w", err)
	}
	return nil
}
