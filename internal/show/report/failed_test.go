package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/judge/gate"
)

// manyFailures are cases of both kinds, the last with text that no terminal should get.
func manyFailures(n int) []bench.CaseFailure {
	var out []bench.CaseFailure
	for i := range n {
		out = append(out, bench.CaseFailure{
			ID: fmt.Sprintf("T-%02d", i), Title: "a token that is *too* old by now, and whose signature is nobody's", Impact: "forgery", Gating: i%2 == 0,
			Happened: fmt.Sprintf("false accept: 200 as \"user-%d\x1b[31m\" (wire, sub-case <b>)", i),
		})
	}
	return out
}

// A list says how many of its cases make the arm unsafe.
func TestFailedCasesSayWhatTheyMean(t *testing.T) {
	mild, bad := bench.CaseFailure{ID: "A"}, bench.CaseFailure{ID: "B", Gating: true}
	for want, cases := range map[string][]bench.CaseFailure{
		"jwt fails 2 cases of the attack catalogue, and is safe":          {mild, mild},
		"jwt fails 3 cases of the attack catalogue, of which 1 is unsafe": {mild, bad, mild},
		"jwt fails 1 case of the attack catalogue":                        {bad},
	} {
		if got := failedOf("jwt", cases).Title(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestFailedCasesAreNamed: every one, with what happened, in each form of a report.
func TestFailedCasesAreNamed(t *testing.T) {
	for _, n := range []int{1, fewLines, fewLines + 1, 40} {
		a := sample()
		a.Summary.Arms[2].Conformance = &bench.Conformance{Passed: 50, Failed: n, Failures: manyFailures(n)}
		d := gated(gate.Fail)
		d.Alarms = append(d.Alarms, gate.Alarm{Arm: "jwt-hs256", Code: gate.CodeConformance, Text: "unlike base, it fails", Cases: manyFailures(n)})
		forms := map[string]func(*bytes.Buffer) error{
			"terminal":      func(w *bytes.Buffer) error { return Terminal(w, &a.Summary, TerminalOptions{Width: 80}) },
			"markdown":      func(w *bytes.Buffer) error { return Markdown(w, a, nil) },
			"html":          func(w *bytes.Buffer) error { return HTML(w, a, nil, PageLinks{}) },
			"gate":          func(w *bytes.Buffer) error { return Gate(w, d, TerminalOptions{Width: 80}) },
			"gate markdown": func(w *bytes.Buffer) error { return GateMarkdown(w, d) },
		}
		for name, write := range forms {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				t.Fatal(err)
			}
			text := strings.Join(strings.Fields(out.String()), " ") // without line ends
			for i := range n {
				for _, want := range []string{fmt.Sprintf("T-%02d (forgery", i), fmt.Sprintf("user-%d", i)} {
					if !strings.Contains(text, want) {
						t.Fatalf("%s with %d cases does not say %q:\n%s", name, n, want, out.String())
					}
				}
			}
			if strings.Contains(text, "\x1b[31m") || strings.Contains(text, "sub-case <b>") && name == "html" {
				t.Errorf("%s lets foreign text through", name)
			}
			title := strings.TrimPrefix(failedOf("", manyFailures(n)).Title(), " fails ")
			if at := strings.Index(text, title); at < 0 {
				t.Errorf("%s does not say %q", name, title)
			} else if folded := strings.HasPrefix(text[at+len(title):], "</summary>"); name != "terminal" && name != "gate" && folded != (n > fewLines) {
				t.Errorf("%s with %d cases: folded is %v", name, n, folded)
			}
		}
	}
}

// TestFailedCasesAreWrapped: no line that names one is wider than the terminal.
func TestFailedCasesAreWrapped(t *testing.T) {
	p := &printer{width: 80}
	p.failures([]failedCases{failedOf("jwt", manyFailures(3))})
	for line := range strings.Lines(p.out.String()) {
		if displayWidth(strings.TrimSuffix(line, "\n")) > 80 {
			t.Errorf("too wide: %s", line)
		}
	}
}
