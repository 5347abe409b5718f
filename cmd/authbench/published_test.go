package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"authbench/internal/golden"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/show/report"
)

// aDate is how the directory of a published run begins, as a pattern of file names.
const aDate = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]-"

// publishedRule matches the path of a published run, with its scenario.
var publishedRule = regexp.MustCompile(`results/published/\d{4}-\d\d-\d\d-([a-z0-9-]+)`)

// newestPublished is the directory of the newest published run of a scenario, from the
// repository's root; empty if none is published.
func newestPublished(t *testing.T, scenario string) string {
	t.Helper()
	found, err := filepath.Glob(root + "results/published/" + aDate + scenario)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		return ""
	}
	return "results/published/" + filepath.Base(found[len(found)-1]) // named by date
}

// readSummary reads the summary of a published run.
func readSummary(t *testing.T, dir string) *analysis.Summary {
	t.Helper()
	content, err := os.ReadFile(root + dir + "/summary.json")
	if err != nil {
		t.Fatal(err)
	}
	s := new(analysis.Summary)
	if err := json.Unmarshal(content, s); err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	return s
}

// The pages lead to the newest published run of each kind.
func TestPublishedRunsAreTheNewest(t *testing.T) {
	found := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		golden.Equal(t, page, publishedRule.ReplaceAllStringFunc(string(text), func(path string) string {
			found++
			newest := newestPublished(t, publishedRule.FindStringSubmatch(path)[1])
			if newest == "" {
				t.Errorf("%s names %s, of which no run is published", page, path)
				return path
			}
			return newest
		}))
	}
	if found < 5 {
		t.Errorf("%d published runs are named: does the test look in the right place?", found)
	}
}

// The README's figure and the table in docs are those of the newest run of quick.
func TestPublishedRunIsShown(t *testing.T) {
	dir := newestPublished(t, "quick")
	s := readSummary(t, dir)
	if s.Validity != result.Valid {
		t.Errorf("%s is %s; publish a valid run", dir, s.Validity)
	}
	golden.EqualBlock(t, readme, "figure", fmt.Sprintf("![CPU per request by method](%s/figures/cpu.svg)\n", dir))
	var table bytes.Buffer
	if err := report.Table(&table, s); err != nil {
		t.Fatal(err)
	}
	golden.EqualBlock(t, root+"docs/reading.md", "table", table.String())
}

// The README and the page of revocations show the newest run of that name.
func TestPublishedRevocation(t *testing.T) {
	dir := newestPublished(t, "revocation")
	s := readSummary(t, dir)
	var out bytes.Buffer
	fmt.Fprintf(&out, "![What it costs to be sure](../%s/figures/staleness-cost.svg)\n\n", dir)
	if err := report.Revocations(&out, s); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "\nRun: [revocation](../%s/report.md), %s.\n", dir, s.Validity)
	golden.EqualBlock(t, readme, "revocation", fmt.Sprintf("![What it costs to be sure](%s/figures/staleness-cost.svg)\n", dir))
	golden.EqualBlock(t, root+"docs/revocation.md", "revocation", out.String())
}

// The README's answer is made from the newest published runs.
func TestPublishedAnswer(t *testing.T) {
	runs := map[string]publishedRun{}
	for _, name := range answerScenarios() {
		if dir := newestPublished(t, name); dir != "" {
			runs[name] = publishedRun{dir, readSummary(t, dir)}
		}
	}
	golden.EqualBlock(t, readme, "answer", answerOf(runs))
}
