package report

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"authbench/internal/show/figure"
)

var ownParts = regexp.MustCompile(`(?s)(<style>|<script>|Content-Security-Policy" content=").*?(</style>|</script>|">)`)

// bare is a page without this program's own style and script, and their hashes.
func bare(page string) string { return ownParts.ReplaceAllString(page, "$1…$2") }

func TestPageIsSelfContainedAndAccessible(t *testing.T) {
	a := sample()
	html := rendered(t, a, figure.All(a))
	inline := slices.DeleteFunc(figure.All(a), drawnAsChart)
	drawn := len(drawings(&a.Summary))
	if drawn != 2 || len(inline) != 2 {
		t.Fatalf("%d drawings and %d figures", drawn, len(inline))
	}
	external := strings.ReplaceAll(bare(html), "http://www.w3.org/2000/svg", "")
	for _, bad := range []string{"http:", "https:", "src=", "@import", "url(", "<link rel=\"stylesheet", "{{"} {
		if strings.Contains(external, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for part, want := range map[string]int{
		"<h1>": 1, "<figure>": len(inline), `role="img" aria-label="`: len(inline) + drawn, `<div class="rows"`: drawn,
		"<caption>": strings.Count(html, "<table>"), `lang="en"`: 1, "width=device-width": 1, "prefers-color-scheme: dark": 2, "@media print": 1,
	} {
		if got := strings.Count(html, part); got != want {
			t.Errorf("%q occurs %d times, want %d", part, got, want)
		}
	}
	if i, k := strings.Index(html, "VALID"), strings.Index(html, "<table>"); i < 0 || k < i {
		t.Error("the verdict does not come first")
	}
}

// TestLinksLead: every column and line of the tables leads to a definition, and each
// link within the page leads to one element.
func TestLinksLead(t *testing.T) {
	pages := awkward()
	pages["quick"], pages["shown"] = sample(), shown()
	for name, a := range pages {
		html := rendered(t, a, nil)
		targets := map[string]int{}
		for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(html, -1) {
			targets[m[1]]++
		}
		for _, m := range regexp.MustCompile(` href="#([^"]*)"`).FindAllStringSubmatch(html, -1) {
			if targets[m[1]] != 1 {
				t.Errorf("%s: %d elements have the id %q", name, targets[m[1]], m[1])
			}
		}
		for _, m := range regexp.MustCompile(`<th scope="col">([^<]+)</th>`).FindAllStringSubmatch(html, -1) {
			if m[1] != "arm" && m[1] != "metric" && m[1] != "value" {
				t.Errorf("%s: the column %q leads to no definition", name, m[1])
			}
		}
	}
	for _, m := range metrics {
		if metricTerm(m.name) == "" {
			t.Errorf("%s has no definition", m.name)
		}
	}
	if got := metricTerm(hostile) + headTerm(hostile); got != "" {
		t.Errorf("an unknown metric leads to %q", got)
	}
}

// TestTiesAreMarked: arms that are not told apart share a letter, beside their number. Others have
// none.
func TestTiesAreMarked(t *testing.T) {
	html := rendered(t, sample(), nil)
	for _, want := range []string{`<td>96.0 µs<sup><a href="#def-ties"><span class="unseen">tie group </span>a</a></sup>`, `102 µs<sup><a href="#def-ties"><span class="unseen">tie group </span>a</a>`, `<a href="#def-memory">memory</a>`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not hold %s", want)
		}
	}
	if strings.Contains(html, "128 µs<sup>") {
		t.Error("an arm that is tied with none has a letter")
	}
	if rows := decisionPage(&awkward()["mixed"].Summary).Rows; rows[2].Cells[0].Ties != "" {
		t.Errorf("a void arm has letters: %v", rows[2])
	}
}

// TestPolicyKnowsThePagesOwn: a browser would refuse what has another hash.
func TestPolicyKnowsThePagesOwn(t *testing.T) {
	html := rendered(t, sample(), nil)
	policy := strings.ReplaceAll(regexp.MustCompile(`Security-Policy" content="([^"]*)"`).FindStringSubmatch(html)[1], "&#39;", "'")
	policy = strings.ReplaceAll(policy, "&#43;", "+")
	own := regexp.MustCompile(`(?s)<(?:style|script)>(.*?)</`).FindAllStringSubmatch(html, -1)
	if len(own) == 0 || !strings.HasPrefix(policy, "default-src 'none'; ") {
		t.Fatalf("%d elements, policy %s", len(own), policy)
	}
	for _, m := range own {
		if !strings.Contains(policy, hashSource(m[1])) {
			t.Errorf("the policy does not know what begins with %.40q", m[1])
		}
	}
}
