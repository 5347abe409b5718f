package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"authbench/internal/judge/gate"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// The elements of a JUnit file, as CI systems read it.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitMessage `xml:"failure"`
		Skipped *junitMessage `xml:"skipped"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
	}
)

// GateJUnit writes a gate as JUnit's XML: a case per cell, with its values as output, and one per
// alarm. A case that neither passed nor failed is skipped.
func GateJUnit(w io.Writer, d *gate.Document) error {
	suite := junitSuite{Name: "authbench gate " + d.Scenario, Time: fmt.Sprintf("%.1f", d.Seconds)}
	add := func(arm, name string, v gate.Verdict, reason, values string) {
		c := junitCase{Class: "authbench." + usertext.Clean(arm), Name: usertext.Clean(name), Output: usertext.Clean(values)}
		message := &junitMessage{usertext.Clean(reason)}
		switch {
		case v == gate.Fail:
			c.Failure = message
			suite.Failures++
		case v != gate.Pass:
			c.Skipped = message
			suite.Skipped++
		}
		suite.Cases = append(suite.Cases, c)
		suite.Tests++
	}
	for _, a := range d.Alarms {
		add(a.Arm, a.Code, gate.Fail, a.Text, "")
	}
	for _, u := range d.Unproven {
		add(u.Arm, "proof", gate.Inconclusive, u.Reason, "")
	}
	for _, c := range d.Cells {
		verdict, reason := c.Verdict, c.Reason
		if d.Verdict == gate.Invalid {
			verdict, reason = gate.Invalid, "the run is invalid"
		}
		add(c.Arm, c.Metric, verdict, reason, gateMetricNamed(c.Metric).sentence(c))
	}
	text, err := xml.MarshalIndent(junitSuites{Suite: suite}, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	}
	if err != nil {
		return fmt.Errorf("write the gate as JUnit: %w", err)
	}
	return nil
}

// mostAnnotations is how many annotations of one step GitHub shows; it drops the rest.
const mostAnnotations = 10

// GateAnnotations writes failures as GitHub's workflow commands, which show them beside the
// change.
func GateAnnotations(w io.Writer, d *gate.Document) error {
	if d.Verdict != gate.Fail {
		return nil
	}
	var lines []string
	add := func(arm, text string) {
		lines = append(lines, fmt.Sprintf("::error title=%s::%s", commandValue("authbench gate: "+arm, true), commandValue(text, false)))
	}
	for _, a := range d.Alarms {
		add(a.Arm, a.Text)
	}
	for _, c := range d.Cells {
		if c.Verdict == gate.Fail {
			add(c.Arm, gateMetricNamed(c.Metric).sentence(c)+": "+c.Reason)
		}
	}
	if rest := len(lines) - mostAnnotations; rest > 0 {
		lines = append(lines[:mostAnnotations-1], fmt.Sprintf("::error title=authbench gate::%s more fail", unit.Count(int64(rest+1))))
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return fmt.Errorf("write the annotations: %w", err)
		}
	}
	return nil
}

// commandValue escapes text for a workflow command, and for one of its properties.
func commandValue(text string, property bool) string {
	text = strings.ReplaceAll(usertext.Clean(text), "%", "%25")
	if property {
		text = strings.NewReplacer(":", "%3A", ",", "%2C").Replace(text)
	}
	return text
}
