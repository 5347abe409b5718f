package report

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/golden"
	"authbench/internal/judge/analysis"
)

// shown is a run whose scenario shows an unsafe arm, under one load of each kind.
func shown() *analysis.Analysis {
	a, search := sample(), searched()
	a.Summary.Question = "What does the JWT library cost?"
	for i := range a.Summary.Arms {
		a.Summary.Arms[i].Loads = append(a.Summary.Arms[i].Loads, search.Summary.Arms[i].Loads[1])
	}
	arm := &a.Summary.Arms[2]
	arm.Conformance = &bench.Conformance{Passed: 90, Failed: 1, Failures: []bench.CaseFailure{{ID: "T-01", Title: "a token of nobody", Impact: "forgery", Gating: true, Happened: "false accept: 200 (wire)"}}}
	arm.Status, arm.Reason = analysis.ArmShown, arm.Conformance.Why()
	return a
}

// TestUnsafeArmsStandApart: an unsafe arm that the scenario shows is in a table of
// its own, marked, and no sentence compares it with others.
func TestUnsafeArmsStandApart(t *testing.T) {
	a := shown()
	unsafe := a.Summary.Arms[2].Name
	for _, text := range wordsOf(&a.Summary).Answer {
		if strings.Contains(text, unsafe) {
			t.Errorf("a sentence names it: %s", text)
		}
	}
	var decision, md bytes.Buffer
	if err := errors.Join(Table(&decision, &a.Summary), Markdown(&md, a, nil)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(decision.String(), unsafe) {
		t.Errorf("the decision table has it:\n%s", decision.String())
	}
	page, _, _ := strings.Cut(rendered(t, a, nil), `<script type="application/json"`) // behind it are the charts
	row := regexp.MustCompile(`(?m)^.*` + unsafe + ` \(unsafe\).*$`)
	for where, text := range map[string]string{
		"the terminal": terminal(t, a, TerminalOptions{Width: 200}), "report.md": md.String(), "report.html": page,
	} {
		rows := row.FindAllString(text, -1)
		_, after, apart := strings.Cut(text, "Unsafe arms: they fail")
		if len(rows) != 2 || !apart || strings.Count(after, rows[0]) == 0 || !strings.Contains(after, "17.0") {
			t.Errorf("%s: %d tables have it; after the words about it:\n%s", where, len(rows), after)
		}
		if strings.Count(strings.ReplaceAll(text, unsafe+" (unsafe)", ""), unsafe+"</th>") > 0 {
			t.Errorf("%s has it unmarked", where)
		}
	}
	golden.Equal(t, "testdata/shown.txt", terminal(t, a, TerminalOptions{Width: 100}))

	a.Summary.Baseline = unsafe
	if text := wordsOf(&a.Summary).Answer[0]; !strings.HasPrefix(text, "A request to the baseline, "+unsafe+" (unsafe), takes") {
		t.Errorf("as the baseline: %s", text)
	}
}
