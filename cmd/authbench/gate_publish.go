package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/internal/judge/gate"
	"authbench/internal/measure/sides"
	"authbench/internal/result/validity"
	"authbench/internal/show/report"
)

// The files of a gate, beside its result.
const (
	gateFile      = "gate.json"
	gatePage      = "gate.md"
	gateJUnitFile = "junit.xml"
)

// conclude sets the verdict on what was measured, even if the gate was interrupted.
func (g *gateRun) conclude() {
	d := &g.document
	if d.Verdict == gate.Open || d.Verdict == "" {
		r, err := g.judge(true)
		if err != nil { // one of our own histograms cannot be decoded: nothing is known
			r = gate.Report{Verdict: gate.Inconclusive, Alarms: []gate.Alarm{}, Cells: []gate.Cell{}}
		}
		d.Report = r
	}
	h := g.records.run.Header
	d.Version, d.Scenario, d.Host, d.Build, d.Seed = gate.DocumentVersion, h.Scenario.Name, h.Host, h.Build, h.Seed
	d.Base, d.Head = g.origin(g.base), g.origin(g.head)
	d.Started, d.Seconds = g.began.UTC().Format(time.RFC3339), time.Since(g.began).Seconds()
	d.Launches = g.records.launches()
	for _, w := range validity.Run(h, g.records.run.Launches, g.records.run.Slices) {
		fruitless := w.Code == validity.CodeUnanswered || w.Code == validity.CodeNoSuccess
		if fruitless {
			w.Text, w.Arm = w.Arm+": "+w.Text, "" // neither side's speed means anything then
		}
		if w.Arm == "" && w.Level != bench.Info {
			d.Warnings = append(d.Warnings, w)
		}
	}
	d.Warnings = append(d.Warnings, g.interference()...)
	d.Unproven = g.unproven()
	d.Conclude()
}

func (g *gateRun) origin(s *sides.Side) gate.Origin {
	name := s.Name
	if s.Kind == sides.Command {
		name = g.progress.veil.Command(name)
	}
	return gate.Origin{Name: name, Kind: string(s.Kind), Commit: s.Commit, Layouts: s.Layouts()}
}

// publish writes the report beside the result, prints it, and passes it to the CI system.
func (g *gateRun) publish(c *cobra.Command, dir string, o outputFlags) error {
	d := &g.document
	var document, page, junit bytes.Buffer
	if err := errors.Join(report.JSON(&document, d), report.GateMarkdown(&page, d), report.GateJUnit(&junit, d)); err != nil {
		return err
	}
	var errs []error
	for name, content := range map[string][]byte{gateFile: document.Bytes(), gatePage: page.Bytes(), gateJUnitFile: junit.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			errs = append(errs, fmt.Errorf("write the gate's report: %w", err))
		}
	}
	errs = append(errs, g.print(c.OutOrStdout(), dir, o, document.Bytes(), page.Bytes()), summarize(page.Bytes()))
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		// On standard error, which the runner reads as well: standard output may be JSON.
		errs = append(errs, report.GateAnnotations(c.ErrOrStderr(), d))
	}
	return errors.Join(errs...)
}

func (g *gateRun) print(w io.Writer, dir string, o outputFlags, document, page []byte) error {
	switch o.format {
	case "json":
		_, err := w.Write(document)
		return err
	case "markdown":
		_, err := w.Write(page)
		return err
	}
	if err := report.Gate(w, &g.document, o.terminal(w)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", dir)
	return err
}

// summaryVariable names the file whose Markdown GitHub shows beside a step.
const summaryVariable = "GITHUB_STEP_SUMMARY"

// summarize adds the page to the step's summary, if there is one. A gate's page stays
// far below the megabyte that GitHub takes.
func summarize(page []byte) error {
	path := os.Getenv(summaryVariable)
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("write the step's summary: %w", err)
	}
	_, err = f.Write(page)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the step's summary: %w", err)
	}
	return nil
}
