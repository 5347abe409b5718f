package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"authbench/bench"
	"authbench/internal/analysis"
	"authbench/internal/figure"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; if the change is meant, run with -update\n%s", path, got)
	}
}

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
	if err := HTML(&out, a, figures); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestGolden(t *testing.T) {
	for _, width := range []int{80, 140} {
		golden(t, fmt.Sprintf("quick-%d.txt", width), []byte(terminal(t, sample(), TerminalOptions{Width: width})))
	}
	for name, a := range awkward() {
		golden(t, name+".txt", []byte(terminal(t, a, TerminalOptions{Width: 100})))
	}
	var md bytes.Buffer
	if err := Markdown(&md, sample(), figure.All(sample())); err != nil {
		t.Fatal(err)
	}
	golden(t, "quick.md", md.Bytes())
	if lines := bytes.Count(md.Bytes(), []byte("\n")); lines > 60 {
		t.Errorf("report.md of an ordinary run has %d lines", lines)
	}
	// The figures have tests of their own, and their bytes would drown the page.
	golden(t, "quick.html", []byte(rendered(t, sample(), nil)))
	golden(t, "searched.html", []byte(rendered(t, awkward()["searched"], nil)))
	golden(t, "laddered.html", []byte(rendered(t, awkward()["laddered"], nil)))
	golden(t, "mixed.html", []byte(rendered(t, awkward()["mixed"], nil)))
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

func TestWordsClaimNoMoreThanTheIntervals(t *testing.T) {
	a := sample()
	set := func(lo, value, hi float64) string {
		a.Summary.Arms[1].Loads[0].VersusBaseline["cpu_us_per_request"] = analysis.Comparison{Ratio: 1, Lo: 1, Hi: 1, Difference: value, DifferenceLo: lo, DifferenceHi: hi}
		return strings.ReplaceAll(wordsOf(&a.Summary).Answer[0], "\u00a0", " ")
	}
	for _, c := range []struct {
		lo, value, hi float64
		want          string
	}{
		{1.4, 1.5, 1.6, "apikey adds 1.50 µs (1.40 – 1.60 µs)"},
		{-0.1, 1.5, 1.6, "No certain difference from it was seen for apikey (-0.1 – 1.6 µs)."},
		{0, 0.1, 0.2, "No certain difference from it was seen for apikey (0 – 200 ns)."},
		{-1.6, -1.5, -1.4, "apikey saves 1.50 µs (1.40 – 1.60 µs)"},
	} {
		if got := set(c.lo, c.value, c.hi); !strings.Contains(got, c.want) {
			t.Errorf("difference %v (%v to %v): got %q, want %q in it", c.value, c.lo, c.hi, got, c.want)
		}
	}
}

func TestATieWithTheBaselineIsNoCost(t *testing.T) {
	a := sample()
	a.Summary.Arms[1].Loads[0].Ties["cpu_us_per_request"] = "ab"
	if got := wordsOf(&a.Summary).Answer[0]; strings.Contains(got, "apikey adds") || !strings.Contains(got, "No certain difference from it was seen for apikey") {
		t.Errorf("apikey is tied with the baseline: %s", got)
	}
}

func TestTies(t *testing.T) {
	for _, c := range []struct {
		letters []string
		want    string
	}{
		{[]string{"a", "b", "c"}, "all arms are told apart."},
		{[]string{"a", "a", "b"}, "arm0 and arm1 are not told apart."},
		{[]string{"a", "ab", "b"}, "arm0 and arm1 are not told apart; arm1 and arm2 are not told apart."},
		{[]string{"a", "a", "a"}, "arm0, arm1 and arm2 are not told apart."},
		{[]string{"a"}, ""},
		{nil, ""},
	} {
		s := &analysis.Summary{}
		for i, l := range c.letters {
			s.Arms = append(s.Arms, analysis.Arm{Name: fmt.Sprintf("arm%d", i), Status: analysis.ArmOK,
				Loads: []analysis.Load{{Name: "closed", Kind: bench.Closed, Ties: map[string]string{"cpu_us_per_request": l}}}})
		}
		got := ties(s, cpuMetric, func(a armLoads) analysis.Load { return a.closed })
		if strings.TrimPrefix(got, "By server CPU per request, ") != c.want {
			t.Errorf("%q: got %q, want %q", c.letters, got, c.want)
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

const hostile = "<script>alert(1)</script>\x1b[2J|`x`\u202e\r\n::error::pwned ##[error]x\xff\"' --> {{.}}"

func hostileAnalysis() *analysis.Analysis {
	a := sample()
	s := &a.Summary
	s.Question, s.Reason, s.Status, s.Engine = hostile, hostile, bench.Failed, hostile
	s.Host.CPUModel, s.Host.Kernel, s.Host.Virtualization = hostile, hostile, hostile
	s.Build.Version, s.Started = hostile, hostile
	s.Command = []string{"authbench", hostile}
	s.Arms[1].Status, s.Arms[1].Reason = analysis.ArmFailed, hostile
	s.Arms[2].Params = map[string]any{hostile: hostile}
	s.Arms[2].Loads[0].Metrics[hostile] = analysis.Estimate{Value: 1}
	s.Warnings = append(s.Warnings, bench.Warning{Code: hostile, Level: bench.Suspicious, Arm: "apikey", Text: hostile})
	return a
}

func TestHostileTextIsHarmless(t *testing.T) {
	a := hostileAnalysis()
	var md bytes.Buffer
	if err := Markdown(&md, a, figure.All(a)); err != nil {
		t.Fatal(err)
	}
	html := rendered(t, a, figure.All(a))
	for width := 80; width < 100; width++ { // wherever the words happen to break
		text := terminal(t, a, TerminalOptions{Width: width})
		for line := range strings.Lines(text) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
				t.Errorf("a line is a workflow command: %q", line)
			}
		}
		checkControls(t, "the terminal", text)
	}
	checkControls(t, "report.md", md.String())
	checkControls(t, "report.html", html)
	for _, bad := range []string{"<script", "|`x`", "\n::error"} {
		if strings.Contains(md.String(), bad) {
			t.Errorf("report.md holds %q", bad)
		}
		if bad != "|`x`" && strings.Contains(html, bad) {
			t.Errorf("report.html holds %q", bad)
		}
	}
	if !strings.Contains(html, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("report.html lost the text")
	}
}

func checkControls(t *testing.T, where, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s is not UTF-8", where)
	}
	for _, r := range text {
		if r != '\n' && r != '\t' && unicode.In(r, unicode.C) {
			t.Errorf("%s holds %U", where, r)
		}
	}
}

func TestCleanAndMarkdownProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		once := clean(text)
		for _, r := range once {
			if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) {
				t.Fatalf("%q keeps %U", text, r)
			}
		}
		if clean(once) != once || !utf8.ValidString(once) {
			t.Fatalf("%q is not clean: %q", text, once)
		}
		md := markdown(text)
		for i, r := range md {
			if r == '<' || r == '>' || (strings.ContainsRune("|`[]", r) && (i == 0 || md[i-1] != '\\')) {
				t.Fatalf("%q has a bare %q: %q", text, r, md)
			}
		}
	})
}

func TestCommandLine(t *testing.T) {
	got := commandLine([]string{"authbench", "run", "--set", "arms[apikey].x=1", "it's", "", "$HOME", "a b"})
	if want := `authbench run --set 'arms[apikey].x=1' 'it'\''s' '' '$HOME' 'a b'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPageIsSelfContainedAndAccessible(t *testing.T) {
	a := sample()
	html := rendered(t, a, figure.All(a))
	external := strings.ReplaceAll(html, "http://www.w3.org/2000/svg", "")
	for _, bad := range []string{"http:", "https:", "src=", "<script", "@import", "url(", "<link rel=\"stylesheet", "{{"} {
		if strings.Contains(external, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for part, want := range map[string]int{
		"<h1>": 1, "<figure>": len(figure.All(a)), "<svg ": len(figure.All(a)), `role="img" aria-label="`: len(figure.All(a)),
		"<caption>": strings.Count(html, "<table>"), `lang="en"`: 1, "width=device-width": 1, "prefers-color-scheme: dark": 1, "@media print": 1,
	} {
		if got := strings.Count(html, part); got != want {
			t.Errorf("%q occurs %d times, want %d", part, got, want)
		}
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if seen[m[1]] {
			t.Errorf("two elements have the id %q", m[1])
		}
		seen[m[1]] = true
	}
	if i, k := strings.Index(html, "VALID"), strings.Index(html, "<table>"); i < 0 || k < i {
		t.Error("the verdict does not come first")
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

// fullDisk fails as a full disk does.
type fullDisk struct{}

var errFull = errors.New("no space left on device")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWritersReportFailure(t *testing.T) {
	a := sample()
	for name, write := range map[string]func(io.Writer) error{
		"terminal": func(w io.Writer) error { return Terminal(w, &a.Summary, TerminalOptions{Width: 80}) },
		"table":    func(w io.Writer) error { return Table(w, &a.Summary) },
		"markdown": func(w io.Writer) error { return Markdown(w, a, nil) },
		"html":     func(w io.Writer) error { return HTML(w, a, nil) },
		"json":     func(w io.Writer) error { return JSON(w, &a.Summary) },
	} {
		if err := write(fullDisk{}); !errors.Is(err, errFull) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// filesIn lists the files below a directory.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			relative, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(relative))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// small is an analysis with few figures, which are slow to draw under the race
// detector.
func small() *analysis.Analysis {
	a := sample()
	a.Summary.Arms = a.Summary.Arms[:1]
	a.Summary.Arms[0].Loads = a.Summary.Arms[0].Loads[:1]
	a.Distributions, a.Points = nil, nil
	return a
}

func TestWriteAll(t *testing.T) {
	dir := t.TempDir()
	if err := WriteAll(dir, small()); err != nil {
		t.Fatal(err)
	}
	got := filesIn(t, dir)
	for _, want := range []string{"summary.json", "report.md", "report.html", "figures/cpu.svg", "figures/cpu.png"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not there: %q", want, got)
		}
	}
	md, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(string(md), -1) {
		if m[1] != "result.jsonl" && !slices.Contains(got, m[1]) {
			t.Errorf("report.md links to %s, which is not there", m[1])
		}
	}
}

func TestWriteAllNamesWhatFailedAndLeavesNoRest(t *testing.T) {
	// A directory where report.md should go cannot be replaced by a file, not
	// even by root, for whom read-only directories are writable.
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "report.md", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := WriteAll(dir, &analysis.Analysis{})
	if err == nil || !strings.Contains(err.Error(), "report.md") {
		t.Errorf("got %v, want an error that names report.md", err)
	}
	for _, f := range filesIn(t, dir) {
		if strings.HasPrefix(filepath.Base(f), ".") {
			t.Errorf("%s is left behind", f)
		}
	}

	blocked := t.TempDir()
	if err := os.WriteFile(filepath.Join(blocked, FigureDir), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := WriteAll(blocked, &analysis.Analysis{}); err == nil || !strings.Contains(err.Error(), FigureDir) {
		t.Errorf("got %v, want an error that names %s", err, FigureDir)
	}
}

func TestDigestKeepsWhatMatters(t *testing.T) {
	var notes []note
	for i := range 5 {
		notes = append(notes, note{Level: bench.Info, Code: "few", Text: fmt.Sprint(i)}, note{Level: bench.Void, Code: "bad", Text: fmt.Sprint(i)})
	}
	shown, rest := digest(notes)
	if len(shown) != 2+5 || len(rest) != 1 || rest[0] != (leftOut{"few", 3}) {
		t.Errorf("got %v and %v", shown, rest)
	}
}

// TestManyCostsAreListedInOrder: where intervals would drown the sentence, the
// order is what it says.
func TestManyCostsAreListedInOrder(t *testing.T) {
	others := func(n int) []addition {
		var out []addition
		for i := range n {
			d := float64((i*7)%n + 1) // shuffled
			out = append(out, addition{arm: fmt.Sprintf("arm-%02.0f", d), Comparison: analysis.Comparison{Difference: d, DifferenceLo: d - 0.5, DifferenceHi: d + 0.5}})
		}
		return out
	}
	text := additions(others(mostNamed + 1))
	if !strings.Contains(text, "in rising order: arm-01 1.00\u00a0µs, arm-02 2.00\u00a0µs, arm-03") || !strings.Contains(text, "arm-08 8.00\u00a0µs and arm-09 9.00\u00a0µs.") {
		t.Errorf("%q", text)
	}
	if text := additions(others(mostNamed)); !strings.Contains(text, "arm-05 adds 5.00\u00a0µs (4.5\u00a0–\u00a05.5\u00a0µs)") {
		t.Errorf("%q", text)
	}
	if text := additions(others(mostListed + 1)); text != " What each other arm adds is in the table." {
		t.Errorf("%q", text)
	}
}

// TestSafety: the score stands beside the numbers; an unsafe arm that the scenario
// shows is marked, and one that it does not has no numbers.
func TestSafety(t *testing.T) {
	a := sample()
	s := &a.Summary
	failures := []bench.CaseFailure{{ID: "T-01", Gating: true}, {ID: "T-02"}, {ID: "T-03", Gating: true}}
	s.Arms[0].Conformance = &bench.Conformance{Untested: "it checks no credential"}
	s.Arms[1].Conformance = &bench.Conformance{Passed: 31, Failed: 1, Safe: true, Failures: failures[1:2]}
	s.Arms[2].Conformance = &bench.Conformance{Passed: 90, Failed: 3, Failures: failures}
	s.Arms[3].Conformance = &bench.Conformance{Passed: 99, Failed: 1, Failures: failures[:1]}
	s.Arms[3].Status, s.Arms[3].Reason = analysis.ArmUnsafe, s.Arms[3].Conformance.Why()
	var out bytes.Buffer
	if err := Table(&out, s); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	for i, want := range []string{
		"| arm | safety | CPU/request |", "", "| none | – |", "| " + s.Arms[1].Name + " | 31/32 |",
		"| " + s.Arms[2].Name + " (unsafe) | unsafe: T-01 +1 |", "| " + s.Arms[3].Name + " (unsafe) | unsafe: T-01 | – |",
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
