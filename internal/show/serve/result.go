package serve

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/show/figure"
	"authbench/internal/show/report"
)

// result answers with a result's page, or with one of the files that the page links to.
// It renders all of them except result.jsonl.
func (s *Server) result(w http.ResponseWriter, r *http.Request) {
	dir, name := path.Split(r.PathValue("place"))
	id := path.Clean(dir)
	e, err := s.index.one(id)
	drawing := err != nil && path.Base(id) == report.FigureDir && name != ""
	if drawing {
		e, err = s.index.one(path.Dir(id))
	}
	if err != nil {
		if _, missing := s.index.one(path.Join(id, name)); missing == nil && name != "" {
			http.Redirect(w, r, resultAt(path.Join(id, name)), http.StatusMovedPermanently)
			return
		}
		writeError(w, err)
		return
	}
	if name == result.FileName && !drawing {
		s.raw(w, r, e)
		return
	}
	b, err := s.analyses.open(e)
	if err != nil {
		writeError(w, err)
		return
	}
	if b.file == e.at.result {
		s.index.keepSummary(e, &b.analysis.Summary)
	}
	switch {
	case drawing:
		err = writeFigure(w, b, name)
	case name == analysis.SummaryName:
		err = summary(w, b)
	case name == "":
		err = page(w, b)
	default:
		err = fmt.Errorf("a result has no %s: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		writeError(w, err)
	}
}

// raw answers with result.jsonl, as a download.
func (s *Server) raw(w http.ResponseWriter, r *http.Request, e *entry) {
	f, err := s.root.Open(path.Join(e.id, result.FileName))
	if err != nil {
		writeError(w, err)
		return
	}
	defer f.Close()
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Content-Disposition", `attachment; filename="`+result.FileName+`"`)
	http.ServeContent(w, r, result.FileName, e.at.result.modified, f)
}

func page(w http.ResponseWriter, b *openedResult) error {
	var out bytes.Buffer
	if err := report.HTML(&out, b.analysis, figure.All(b.analysis), report.PageLinks{Home: home, Advise: resultAddress("/advise/", b.id)}); err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", report.PagePolicy()+noFraming)
	writeHTML(w, http.StatusOK, out.Bytes())
	return nil
}

func summary(w http.ResponseWriter, b *openedResult) error {
	var out bytes.Buffer
	if err := report.JSON(&out, &b.analysis.Summary); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(out.Bytes()) // the browser has gone
	return nil
}

// writeFigure answers with a figure as its file name says.
func writeFigure(w http.ResponseWriter, b *openedResult, name string) error {
	for _, f := range figure.All(b.analysis) {
		kind, render := "image/svg+xml", f.SVG
		switch name {
		case f.Name + ".svg":
		case f.Name + ".png":
			kind, render = "image/png", f.PNG
		default:
			continue
		}
		content, err := render()
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"+noFraming)
		_, _ = w.Write(content) // the browser has gone
		return nil
	}
	return fmt.Errorf("the result has no figure %s: %w", name, fs.ErrNotExist)
}

// opened returns a result that was read whole.
func (s *Server) opened(id string) (*openedResult, error) {
	e, err := s.index.one(id)
	if err != nil {
		return nil, err
	}
	return s.analyses.open(e)
}

// resultID is the result that a path names.
func resultID(r *http.Request) string {
	return path.Clean(strings.Trim(r.PathValue("place"), "/"))
}
