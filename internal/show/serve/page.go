package serve

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"authbench/internal/show/report"
	"authbench/internal/show/svg"
	"authbench/internal/text/usertext"
)

// The templates of this package's pages. Package report has its own.
var (
	//go:embed page/*.tmpl
	pageFiles embed.FS
	//go:embed page/serve.css
	ownStyle string
	//go:embed page/live.js
	liveScript string

	pageStyle = report.Style() + "\n" + ownStyle
	pages     = template.Must(template.Must(template.New("pages").Funcs(template.FuncMap{"clean": usertext.Clean}).Parse(svg.Templates)).ParseFS(pageFiles, "page/*.tmpl"))
)

// frame is a page of this package, around its content.
type frame struct {
	Title  string
	Style  template.CSS
	Script template.JS
	Body   any
}

const (
	// noFraming: no other page may put this one into a frame.
	noFraming = "; frame-ancestors 'none'"
	// home is where the list is.
	home = "/"
)

// writePage answers with a page of this package's own. More are the sources that its policy
// allows beyond its style.
func writePage(w http.ResponseWriter, name, title, script string, body any, more string) {
	var out bytes.Buffer
	f := frame{Title: title, Style: template.CSS(pageStyle), Script: template.JS(script), Body: body}
	if err := pages.ExecuteTemplate(&out, name, f); err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Content-Security-Policy", report.Policy(pageStyle, script)+"; form-action 'self'"+more+noFraming)
	writeHTML(w, http.StatusOK, out.Bytes())
}

func writeHTML(w http.ResponseWriter, status int, content []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(content) // the browser has gone
}

// writeError answers with what went wrong: a result that cannot be read is no fault of the
// server's.
func writeError(w http.ResponseWriter, err error) {
	status := http.StatusUnprocessableEntity
	if errors.Is(err, fs.ErrNotExist) {
		status = http.StatusNotFound
	}
	var out bytes.Buffer
	f := frame{Title: "Nothing to show", Style: template.CSS(pageStyle), Body: err.Error()}
	if err := pages.ExecuteTemplate(&out, "error", f); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", report.Policy(pageStyle, "")+"; form-action 'none'"+noFraming)
	writeHTML(w, status, out.Bytes())
}

// address is the address of a path that may hold any characters.
func address(path string, query url.Values) string {
	return (&url.URL{Path: path, RawQuery: query.Encode()}).String()
}

// resultAddress is the address of a result in a branch of this server's, such as "/results/".
func resultAddress(branch, id string) string {
	if id == "." {
		return branch
	}
	return address(branch+id, nil)
}

// resultAt is the address of a result's page.
func resultAt(id string) string { return strings.TrimSuffix(resultAddress("/results/", id), "/") + "/" }
