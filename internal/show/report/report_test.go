package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"authbench/bench"
	"authbench/internal/golden"
	"authbench/internal/judge/analysis"
	"authbench/internal/show/figure"
)

func terminal(t *testing.T, a *analysis.Analysis, o TerminalOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := Terminal(&out, &a.Summary, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func rendered(t *testing.T, a *analysis.Analysis, figures []figure.Figure) string {
	t.Helper()
	var out bytes.Buffer
	if err := HTML(&out, a, figures, PageLinks{}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestGolden(t *testing.T) {
	for _, width := range []int{80, 140} {
		golden.Equal(t, fmt.Sprintf("testdata/quick-%d.txt", width), terminal(t, sample(), TerminalOptions{Width: width}))
	}
	for name, a := range awkward() {
		golden.Equal(t, "testdata/"+name+".txt", terminal(t, a, TerminalOptions{Width: 100}))
	}
	var md bytes.Buffer
	if err := Markdown(&md, sample(), figure.All(sample())); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/quick.md", md.String())
	if lines := bytes.Count(md.Bytes(), []byte("\n")); lines > 60 {
		t.Errorf("report.md of an ordinary run has %d lines", lines)
	}
	// Of one with very many arms, what is not folded away.
	md.Reset()
	if err := Markdown(&md, manyArms(), figure.All(manyArms())); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(regexp.MustCompile("(?s)<details>.*?</details>").ReplaceAllString(md.String(), ""), "\n"); lines > 60 {
		t.Errorf("report.md of many arms shows %d lines", lines)
	}
	// The figures have tests of their own, and their bytes would drown the page.
	golden.Equal(t, "testdata/page.html", bare(rendered(t, everything(), nil)))
}

func TestTableIsTheReportsTable(t *testing.T) {
	var table, md bytes.Buffer
	a := sample()
	if err := errors.Join(Table(&table, &a.Summary), Markdown(&md, a, nil)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(md.String(), table.String()) || strings.Count(table.String(), "\n") != 2+len(sampleArms) {
		t.Errorf("report.md does not hold the table\n%s", table.String())
	}
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

// manyArms has the most and the longest names that a scenario may have.
func manyArms() *analysis.Analysis {
	a := sample()
	first := a.Summary.Arms[1]
	for i := range 18 {
		arm := first
		arm.Name = fmt.Sprintf("%02d-%s", i, strings.Repeat("x", 60))
		a.Summary.Arms = append(a.Summary.Arms, arm)
	}
	return a
}

func TestTerminalFitsItsWidth(t *testing.T) {
	inputs := awkward()
	inputs["quick"], inputs["many"] = sample(), manyArms()
	for name, a := range inputs {
		for width := 80; width <= 240; width += 7 {
			plain := terminal(t, a, TerminalOptions{Width: width})
			for line := range strings.Lines(plain) {
				// A name of 63 characters beside the widest column needs more than 80.
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > max(width, 63+2+30) {
					t.Errorf("%s at %d columns: a line has %d: %q", name, width, n, line)
				}
			}
			colored := terminal(t, a, TerminalOptions{Width: width, Color: true})
			if ansi.ReplaceAllString(colored, "") != plain {
				t.Errorf("%s at %d columns: colour changes more than colour", name, width)
			}
			if strings.Contains(plain, "\x1b") || !strings.Contains(colored, "\x1b") {
				t.Errorf("%s at %d columns: colour where there must be none, or none where it may be", name, width)
			}
		}
	}
}

func TestVoidFiguresAreNotShown(t *testing.T) {
	a := awkward()["mixed"]
	for _, text := range []string{terminal(t, a, TerminalOptions{Width: 140}), func() string {
		var out bytes.Buffer
		if err := Table(&out, &a.Summary); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}()} {
		for _, figure := range []string{"17.0 µs", "41.2 µs", "57.1 k/s", "225 µs"} {
			if strings.Contains(text, figure) {
				t.Errorf("a void arm's %s is shown:\n%s", figure, text)
			}
		}
	}
}

func TestJSONReadsBack(t *testing.T) {
	a := sample()
	var first, second bytes.Buffer
	if err := JSON(&first, &a.Summary); err != nil {
		t.Fatal(err)
	}
	var back analysis.Summary
	if err := json.Unmarshal(first.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if err := JSON(&second, &back); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("summary.json changes when it is read and written again")
	}
}

func TestDigestKeepsWhatMatters(t *testing.T) {
	var notes []note
	for i := range 5 {
		notes = append(notes, note{Level: bench.Info, Code: "few", Text: fmt.Sprint(i)}, note{Level: bench.Void, Code: "bad", Text: fmt.Sprint(i)})
	}
	shown, rest := abridge(notes)
	if len(shown) != 2+5 || len(rest) != 1 || rest[0] != (leftOut{"few", 3}) {
		t.Errorf("got %v and %v", shown, rest)
	}
}

// TestSafety: the score stands beside the numbers; an unsafe arm that the scenario
// does not show has none.
func TestSafety(t *testing.T) {
	a := sample()
	s := &a.Summary
	failures := []bench.CaseFailure{{ID: "T-01", Gating: true}, {ID: "T-02"}, {ID: "T-03", Gating: true}}
	s.Arms[0].Conformance = &bench.Conformance{Untested: "it checks no credential"}
	s.Arms[1].Conformance = &bench.Conformance{Passed: 31, Failed: 1, Safe: true, Failures: failures[1:2]}
	s.Arms[2].Conformance = &bench.Conformance{Passed: 90, Failed: 3, Failures: failures}
	s.Arms[2].Status, s.Arms[2].Reason = analysis.ArmUnsafe, s.Arms[2].Conformance.Why()
	s.Arms[3].Conformance = &bench.Conformance{Passed: 99, Failed: 1, Failures: failures[:1]}
	s.Arms[3].Status, s.Arms[3].Reason = analysis.ArmUnsafe, s.Arms[3].Conformance.Why()
	var out bytes.Buffer
	if err := Table(&out, s); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	for i, want := range []string{
		"| arm | safety | CPU/request |", "", "| none | – |", "| " + s.Arms[1].Name + " | 31/32 |",
		"| " + s.Arms[2].Name + " (unsafe) | unsafe: T-01 +1 | – |", "| " + s.Arms[3].Name + " (unsafe) | unsafe: T-01 | – |",
	} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d is %s; want %s", i, lines[i], want)
		}
	}
	for i, want := range []string{"attack catalogue not run: it checks no credential", "attack catalogue: 31 of 32 cases passed"} {
		if got := detailsOf(s)[i].Method; !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}
