package serve

import (
	"net/http"
	"path"
	"strings"

	"authbench/internal/judge/advice"
	"authbench/internal/show/report"
)

// advicePage is what a result says to a team's limits, and the form that asks for them.
type advicePage struct {
	Question string
	Action   string // where the form leads
	Href     string // of the result's report
	Fields   []field
	Wrong    []string
	View     *report.AdviceView // nil where something is wrong
}

// field is one limit.
type field struct {
	Name, Label, Hint, Value string
}

// limits are the fields of the form, as they are called on the command line.
var limits = []field{
	{Name: "rps", Label: "Requests per second", Hint: "over all replicas", Value: "1000"},
	{Name: "replicas", Label: "Replicas", Hint: "servers that share the requests", Value: "1"},
	{Name: "clients", Label: "Callers", Hint: "with a credential of their own"},
	{Name: "bad-share", Label: "Bad credentials", Hint: "part of the requests, such as 2%"},
	{Name: "store-rtt", Label: "Round trip to the store", Hint: "such as 500us; else as measured"},
	{Name: "revocation-lag", Label: "A revoked credential may work", Hint: "such as 10s; else any time"},
	{Name: "replica-lag", Label: "All replicas hear of it within", Hint: "such as 2s; else not known"},
	{Name: "token-lifetime", Label: "A token is valid", Hint: "such as 15m", Value: "15m"},
	{Name: "p99", Label: "Longest p99", Hint: "such as 5ms; else any"},
	{Name: "core-hour", Label: "Price of a CPU for an hour", Hint: "in any currency"},
}

// advise answers with the advice for the limits in the address.
func (s *Server) advise(w http.ResponseWriter, r *http.Request) {
	b, err := s.opened(resultID(r))
	if err != nil {
		writeError(w, err)
		return
	}
	query := r.URL.Query()
	page := advicePage{Question: b.analysis.Summary.Question, Action: resultAddress("/advise/", b.id), Href: resultAt(b.id)}
	for _, f := range limits {
		if query.Has(f.Name) {
			f.Value = strings.TrimSpace(query.Get(f.Name))
		}
		page.Fields = append(page.Fields, f)
	}
	if found, err := advice.Advise(&b.analysis.Summary, needOf(page.Fields, &page.Wrong), path.Join(s.name, b.id)); err != nil {
		page.Wrong = append(page.Wrong, strings.Split(err.Error(), "\n")...)
	} else if len(page.Wrong) == 0 {
		view := report.ViewAdvice(found)
		page.View = &view
	}
	writePage(w, "advise", "Which methods meet the limits", "", page, "")
}

// needOf reads the fields. What is not understood is said in wrong.
func needOf(fields []field, wrong *[]string) advice.Need {
	n := advice.Need{Replicas: 1, TokenLifetime: advice.DefaultTokenLifetime}
	for _, f := range fields {
		if f.Value == "" && f.Name != "rps" {
			continue
		}
		if err := n.Set(f.Name, f.Value); err != nil {
			*wrong = append(*wrong, f.Label+": "+err.Error())
		}
	}
	return n
}
