package report

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"authbench/internal/judge/advice"
	"authbench/internal/judge/analysis"
	"authbench/internal/show/figure"
)

// bareKey finds the name of the sample's API key where it stands alone.
var bareKey = regexp.MustCompile(`\bapikey\b( \(in memory\))?`)

// Wherever a report names an arm whose key is looked up, it says where.
func TestReportsSayWhichKindOfKey(t *testing.T) {
	kinds := func(a *analysis.Analysis) *analysis.Analysis {
		a.Summary.Arms[1].Kind = "in memory"
		return a
	}
	plainRun, run, compared := kinds(sample()), kinds(everything()), kinds(contrasting())
	figures := figure.All(plainRun)
	var md, table, tableHTML bytes.Buffer
	if err := errors.Join(Markdown(&md, plainRun, figures), Table(&table, &plainRun.Summary), TableHTML(&tableHTML, &run.Summary)); err != nil {
		t.Fatal(err)
	}
	forms := map[string]string{
		"the terminal": terminal(t, plainRun, TerminalOptions{Width: 100}), "contrasts": terminal(t, compared, TerminalOptions{Width: 100}),
		"report.md": md.String(), "the table": table.String(), "the table on a page": tableHTML.String(),
		"report.html": rendered(t, run, nil), "report.html with contrasts": rendered(t, compared, nil),
	}
	for _, f := range figures {
		forms["figure "+f.Name] = f.Alt
	}
	for where, text := range forms {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "apikey:", ""), `\`, "") // limits, as they are written; Markdown's escapes
		text = strings.ReplaceAll(text, "in\n", "in ")                              // lines of a terminal end anywhere
		text = regexp.MustCompile(`\n +|\n`).ReplaceAllString(text, " ")
		text = strings.ReplaceAll(text, "Method apikey", "")
		found := bareKey.FindAllString(text, -1)
		if bare := slices.Index(found, "apikey"); bare >= 0 {
			at := bareKey.FindAllStringIndex(text, -1)[bare]
			t.Errorf("%s: of %d, one is bare: …%s…", where, len(found), text[max(0, at[0]-80):min(len(text), at[1]+80)])
		}
		if len(found) == 0 && strings.Contains(text, "jwt-hs256") {
			t.Errorf("%s does not name the arm", where)
		}
	}
}

// An advice names arms as reports do, and its commands by their names.
func TestAdviceSaysWhichKindOfKey(t *testing.T) {
	s := &sample().Summary
	s.Arms[1].Kind = "in memory"
	a, err := advice.Advise(s, advice.Need{Rate: 5000, Replicas: 1, TokenLifetime: advice.DefaultTokenLifetime}, "results/a")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Advice(&out, a, TerminalOptions{Width: 200}); err != nil {
		t.Fatal(err)
	}
	found := bareKey.FindAllString(out.String(), -1)
	if slices.Contains(found, "apikey") || len(found) < 3 {
		t.Errorf("%q in\n%s", found, out.String())
	}
	if !slices.ContainsFunc(a.Options, func(o advice.Option) bool { return o.Arm == "apikey" }) {
		t.Error("no option is addressed by its name")
	}
}
