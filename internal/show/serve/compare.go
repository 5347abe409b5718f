package serve

import (
	"bytes"
	"errors"
	"net/http"

	"authbench/internal/judge/analysis"
	"authbench/internal/show/report"
)

// errChooseTwo is the error of a comparison without two results.
var errChooseTwo = errors.New("choose an old and a new result in the list, then Compare")

// compare answers with two results side by side.
func (s *Server) compare(w http.ResponseWriter, r *http.Request) {
	ids := []string{r.FormValue("old"), r.FormValue("new")}
	if ids[0] == "" || ids[1] == "" {
		writeError(w, errChooseTwo)
		return
	}
	var results [2]*openedResult
	for i, id := range ids {
		var err error
		if results[i], err = s.opened(id); err != nil {
			writeError(w, err)
			return
		}
	}
	old, new := results[0], results[1]
	changes := analysis.Compare(old.analysis, new.analysis)
	changes.Old.Path, changes.New.Path = old.id, new.id
	var out bytes.Buffer
	if err := report.ChangesHTML(&out, changes, comparedResult(old), comparedResult(new), home); err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Content-Security-Policy", report.PagePolicy()+noFraming)
	writeHTML(w, http.StatusOK, out.Bytes())
}

func comparedResult(b *openedResult) report.Compared {
	return report.Compared{Analysis: b.analysis, Href: resultAt(b.id)}
}
