package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"authbench/bench"
	"authbench/internal/golden"
	"authbench/internal/judge/gate"
)

// gated is a gate's document with the verdict, and cells of every kind that go with
// it.
func gated(v gate.Verdict) *gate.Document {
	d := &gate.Document{
		Version: gate.DocumentVersion, Scenario: "gate", Started: "2026-03-14T09:26:53Z", Launches: 20, Seconds: 312.4,
		Base: gate.Origin{Name: "main", Kind: "ref", Commit: "0123456789abcdef0123456789abcdef01234567", Layouts: true},
		Head: gate.Origin{Name: "./after", Kind: "program"},
	}
	d.Verdict = v
	cell := func(arm, metric string, v gate.Verdict, launches int, change, half float64) {
		base, lo, hi := 90.0, change-half, change+half
		if metric == gate.MetricTail {
			base = 0.01
		}
		head, bound := base*(1+change), max(0, change+1.2*half)
		c := gate.Cell{Arm: arm, Metric: metric, Verdict: v, Launches: launches, Target: gate.Aims[metric].Target, Base: &base, Head: &head,
			Change: &change, Lo: &lo, Hi: &hi, RuledOut: &bound, LaunchSD: half, Detectable: 2 * half, Reason: "the reason why it is " + string(v)}
		if v == gate.NotJudged {
			c.Change, c.Lo, c.Hi, c.RuledOut, c.Base, c.Head = nil, nil, nil, nil, nil, nil
		}
		if v == gate.Inconclusive {
			c.Needed = 57
		}
		d.Cells = append(d.Cells, c)
	}
	cell("apikey", gate.MetricCPU, gate.Pass, 10, 0.002, 0.006)
	cell("apikey", gate.MetricP50, gate.Pass, 10, -0.011, 0.02)
	cell("apikey", gate.MetricP99, gate.Bounded, 10, 0.08, 0.3)
	cell("apikey", gate.MetricTail, gate.Bounded, 10, 0.004, 0.011)
	cell("session", gate.MetricCPU, gate.Pass, 10, 0.001, 0.006)
	cell("session", gate.MetricP95, gate.NotJudged, 0, 0, 0)
	switch v {
	case gate.Fail:
		cell("jwt-hs256", gate.MetricCPU, gate.Fail, 20, 0.052, 0.011)
		cell("jwt-hs256", gate.MetricP99, gate.Fail, 20, 0.31, 0.09)
		d.Alarms = []gate.Alarm{{Arm: "jwt-eddsa", Code: gate.CodeFalseAccepts, Text: "head let 12 bad credentials in, base none"}}
	case gate.Inconclusive:
		cell("jwt-hs256", gate.MetricCPU, gate.Inconclusive, 20, 0.018, 0.02)
		d.Unproven = []gate.Unproven{{Arm: "apikey", Reason: "head was not examined by the attack catalogue: it lets nothing in"}}
	case gate.Invalid:
		d.Warnings = []bench.Warning{{Code: "throttled", Level: bench.Void, Text: "the control group's CPU quota held the run back for 2s; raise the quota or give the container whole CPUs"}}
	case gate.Pass:
		d.Added = []gate.Added{{Arm: "paseto", Reason: `unknown method "paseto"`}}
	}
	return d
}

func gateText(t *testing.T, d *gate.Document, width int) string {
	t.Helper()
	var out bytes.Buffer
	if err := Gate(&out, d, TerminalOptions{Width: width}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestGateGolden(t *testing.T) {
	for _, v := range []gate.Verdict{gate.Pass, gate.Fail, gate.Inconclusive, gate.Invalid} {
		golden.Equal(t, "testdata/gate-"+string(v)+".txt", gateText(t, gated(v), 120))
		var md, junit, annotations bytes.Buffer
		if err := errors.Join(GateMarkdown(&md, gated(v)), GateJUnit(&junit, gated(v)), GateAnnotations(&annotations, gated(v))); err != nil {
			t.Fatal(err)
		}
		golden.Equal(t, "testdata/gate-"+string(v)+".md", md.String())
		golden.Equal(t, "testdata/gate-"+string(v)+".xml", junit.String())
		if v == gate.Fail {
			golden.Equal(t, "testdata/gate-annotations.txt", annotations.String())
		} else if annotations.Len() > 0 {
			t.Errorf("%s: annotations for what does not fail:\n%s", v, annotations.String())
		}
	}
	golden.Equal(t, "testdata/gate-empty.txt", gateText(t, &gate.Document{}, 80))
}

func TestGateFitsItsWidth(t *testing.T) {
	for width := 80; width <= 200; width += 9 {
		for line := range strings.Lines(gateText(t, gated(gate.Fail), width)) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("at %d columns a line has %d: %q", width, n, line)
			}
		}
	}
}

// A report gives no row of a plot to what has no change, and does not explain a plot that
// it does not have; of an arm that is unsafe it does not say besides that it cannot pass.
func TestGateSaysNothingOfNothing(t *testing.T) {
	change := 0.5
	d := &gate.Document{
		Report: gate.Report{Verdict: gate.Fail, Cells: []gate.Cell{
			{Arm: "a", Metric: gate.MetricCPU, Change: &change, Target: 0.03, Verdict: gate.Fail}, {Arm: "a", Metric: gate.MetricP50, Verdict: gate.Inconclusive},
		}},
	}
	if v := viewOfGate(d); len(v.Forest) != 1 || !strings.Contains(v.Legend, "In the plot") {
		t.Errorf("one change of two: %q, %q", v.Forest, v.Legend)
	}
	d.Cells = d.Cells[1:]
	if v := viewOfGate(d); len(v.Forest) != 0 || strings.Contains(v.Legend, "In the plot") {
		t.Errorf("no change: %q, %q", v.Forest, v.Legend)
	}
	var page strings.Builder
	if err := GateMarkdown(&page, d); err != nil || strings.Contains(page.String(), "```") {
		t.Errorf("%v; an empty plot:\n%s", err, page.String())
	}
	d.Launches, d.Cells, d.Unproven = 10, nil, []gate.Unproven{{Arm: "a", Reason: "few launches"}, {Arm: "b", Reason: "few launches"}}
	d.Alarms = []gate.Alarm{{Arm: "a", Code: gate.CodeConformance, Text: "it fails the attack catalogue"}, {Arm: "b", Code: gate.CodeFalseAccepts, Text: "one let in"}}
	notes := strings.Join(viewOfGate(d).Notes, "\n")
	if strings.Contains(notes, "a: cannot pass") || !strings.Contains(notes, "b: cannot pass") {
		t.Errorf("notes: %s", notes)
	}
	d.Launches = 0
	if notes := strings.Join(viewOfGate(d).Notes, "\n"); strings.Contains(notes, "cannot pass") {
		t.Errorf("before anything was measured: %s", notes)
	}
}

func TestForest(t *testing.T) {
	change := func(at, half float64) gate.Cell {
		at, half = 0.03*at, 0.03*half
		lo, hi := at-half, at+half
		return gate.Cell{Target: 0.03, Change: &at, Lo: &lo, Hi: &hi}
	}
	for _, c := range []struct {
		cell gate.Cell
		want string
	}{
		{change(0, 0.33), "[          --o--   :      ]"},
		{change(1.25, 0.4), "[            |    -:-o--  ]"},
		{change(9, 1), "[            |     :     o]"},
		{change(-9, 1), "[o           |     :      ]"},
		{gate.Cell{}, "[                         ]"},
	} {
		if got := forest(c.cell); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// What base, head, arms and programs are called may steer no terminal, page, XML
// reader or workflow.
func TestGateEscapes(t *testing.T) {
	const evil = "x\x1b[2J\n::error::y|<b>&\"`,:%"
	d := gated(gate.Fail)
	d.Base.Name, d.Head.Name, d.Scenario = evil, evil, evil
	for i := range d.Cells {
		d.Cells[i].Arm, d.Cells[i].Reason = evil, evil
	}
	d.Unproven = []gate.Unproven{{Arm: evil, Reason: evil}}
	d.Alarms[0].Text, d.Alarms[0].Arm = evil, evil
	d.Added = []gate.Added{{Arm: evil, Reason: evil}}
	var md, junit, annotations bytes.Buffer
	if err := errors.Join(GateMarkdown(&md, d), GateJUnit(&junit, d), GateAnnotations(&annotations, d)); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"terminal": gateText(t, d, 100), "Markdown": md.String(), "JUnit": junit.String()} {
		for _, bad := range []string{"\x1b", "\n::error"} {
			if strings.Contains(out, bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
	}
	// Within the block of the plot everything is text.
	before, rest, _ := strings.Cut(md.String(), "```text\n")
	plot, after, ended := strings.Cut(rest, "\n```\n")
	if !ended || strings.Contains(plot, "`") || strings.Contains(before+after, "<b>") {
		t.Errorf("Markdown holds a tag, or its plot does not end:\n%s", md.String())
	}
	if err := xml.Unmarshal(junit.Bytes(), &junitSuites{}); err != nil {
		t.Errorf("JUnit does not parse: %v", err)
	}
	for line := range strings.Lines(annotations.String()) {
		if !strings.HasPrefix(line, "::error title=authbench gate%3A x") || strings.Count(line, "\n") != 1 {
			t.Errorf("annotation %q", line)
		}
	}
}

// CI systems show ten annotations of a step; the last one says how many more there
// are.
func TestManyAnnotations(t *testing.T) {
	d := &gate.Document{}
	d.Verdict = gate.Fail
	for i := range 25 {
		d.Alarms = append(d.Alarms, gate.Alarm{Arm: fmt.Sprint("arm", i), Text: "x"})
	}
	var out bytes.Buffer
	if err := GateAnnotations(&out, d); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != mostAnnotations || !strings.HasSuffix(out.String(), "::16 more fail\n") {
		t.Errorf("%d annotations:\n%s", n, out.String())
	}
}
