package report

import (
	"encoding/json"
	"fmt"
	"io"

	"authbench/internal/judge/advice"
	"authbench/internal/judge/analysis"
	"authbench/internal/judge/gate"
	"authbench/internal/judge/history"
	"authbench/internal/result"
	"authbench/internal/text/usertext"
)

// JSON writes a document for scripts. Equal documents give equal bytes.
func JSON[S advice.Advice | analysis.Summary | analysis.Changes | analysis.Pooled | history.History | gate.Document | result.LoadTest | result.Checkup](w io.Writer, s *S) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		_, err = w.Write(append(usertext.EscapeJSON(text), '\n'))
	}
	if err != nil {
		return fmt.Errorf("write the summary as JSON: %w", err)
	}
	return nil
}
