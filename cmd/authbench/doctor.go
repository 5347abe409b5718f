package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/judge/gate"
	"authbench/internal/measure/arms"
	"authbench/internal/measure/doctor"
	"authbench/internal/measure/host"
	"authbench/internal/measure/proc"
	"authbench/internal/result"
	"authbench/internal/show/report"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// doctorArm is the arm of scenario gate whose noise is measured: most people use a JWT with
// HMAC, and its cost is average.
const doctorArm = "jwt-hs256"

// doctorBudget is how long the noise is measured: ten launches take half a minute.
const doctorBudget = 75 * time.Second

func doctorCommand() *cobra.Command {
	var o outputFlags
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Says whether this machine is fit to measure on",
		Long: `doctor looks at the machine's settings, lets the load generator measure servers whose
behaviour is known, and measures the noise between two equal programs: what a gate
can see here, and how long it takes. It takes about a minute, and exits 3 if figures
from this machine may not be used.`,
		Example: `  authbench doctor
  authbench doctor -o json`,
		Args: exactArgs(0, "doctor takes none"),
		RunE: func(c *cobra.Command, _ []string) error { return runDoctor(c, o) },
	}
	o.registerForms(c, "text", "json")
	c.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "no progress on standard error")
	return c
}

func runDoctor(c *cobra.Command, o outputFlags) error {
	began := time.Now()
	p := newProgress(c.ErrOrStderr(), o.quiet, doctorBudget)
	d := &result.Checkup{Host: host.Describe(), Build: buildInfo(), Floors: []result.NoiseFloor{}}
	d.Findings = doctor.Machine(d.Host, proc.OpenFiles(), "/")
	p.note("testing the load generator with servers of known behaviour: 12 s")
	still, err := doctor.Standstill(c.Context())
	if err != nil {
		return err
	}
	queue, err := measureQueue(c.Context(), p)
	if err != nil {
		return err
	}
	d.Findings = append(d.Findings, doctor.Clock(), still, queue)
	p.note("measuring the noise between two equal programs: half a minute")
	g, err := measureNoise(c.Context(), p)
	if err != nil {
		return err
	}
	p.clear()
	run, err := analysis.Analyze(&g.records.run)
	if err != nil {
		return err
	}
	d.Floors = gate.Floors(g.document.Cells, g.document.Seconds/float64(max(1, g.document.Launches)))
	if sent := run.Summary.Health.Sending; sent != nil {
		d.Findings = append(d.Findings, doctor.Pacing(sent.LagP50, sent.LagP99))
	}
	d.Findings = append(d.Findings, gate.Noise(d.Floors)...)
	d.Seconds = time.Since(began).Seconds()
	d.Conclude()
	if o.format == "json" {
		err = report.JSON(c.OutOrStdout(), d)
	} else {
		err = doctorText(usertext.Writer{Writer: c.OutOrStdout()}, d)
	}
	if err == nil && !d.Fit {
		err = &exitError{exitInvalid, errors.New("this machine is unfit: do not use its figures until what is unfit above is repaired")}
	}
	return err
}

// measureQueue measures one of our targets, with a known cost per request, on one CPU.
func measureQueue(ctx context.Context, p *progress) (_ result.Finding, err error) {
	s, err := loadScenario("gate", nil, runFlags{})
	if err == nil {
		s, err = onlyArms(s, []string{"none"})
	}
	if err != nil {
		return result.Finding{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return result.Finding{}, fmt.Errorf("find this program: %w", err)
	}
	if cpus := host.Allowed(); len(cpus) > 1 { // one for the server makes it a single queue
		s.CPUs = bench.CPUs{Server: cpus[:1], Generator: cpus[len(cpus)-1:]}
	}
	words := []string{self, "--inject", "cpu=" + doctor.QueueService.String()}
	m, err := setUp(ctx, s, 1, p, func(string) arms.TargetStart { return arms.TargetStart{Words: words} })
	if err != nil {
		return result.Finding{}, err
	}
	defer m.close()
	server, err := m.made.Arms[0].Start(ctx)
	if err != nil {
		return result.Finding{}, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	return doctor.Queue(ctx, server.Addrs()[0].String(), m.machine.GeneratorCPUs[0], server.CPU)
}

// measureNoise runs a gate between this program and itself. It leaves no files.
func measureNoise(ctx context.Context, p *progress) (_ *gateRun, err error) {
	dir, err := os.MkdirTemp("", "authbench-doctor-")
	if err != nil {
		return nil, fmt.Errorf("measure the noise: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	f := gateFlags{base: self, head: self, arms: []string{doctorArm}, seed: binary.LittleEndian.Uint64(randomBytes(8))}
	s, _, err := gateScenario("gate", nil, f)
	if err != nil {
		return nil, err
	}
	s.Launches = gate.FirstLook
	g := &gateRun{scenario: s, seed: f.seed, budget: doctorBudget, progress: p}
	g.document.Added, g.document.Warnings = []gate.Added{}, []bench.Warning{}
	if err := g.resolve(ctx, f); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, g.closeSides()) }()
	if err := g.measureTo(ctx, dir+"/gate"); err != nil {
		return nil, fmt.Errorf("measure the noise: %w", err)
	}
	return g, nil
}

// doctorText shows findings with their remedies, then what a gate can detect.
func doctorText(out io.Writer, d *result.Checkup) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	head := "FIT"
	if !d.Fit {
		head = "UNFIT"
	}
	fmt.Fprintf(w, "%s  %s\n\n", head, strings.TrimSpace(d.Host.OS+" "+d.Host.Kernel+", "+d.Host.Virtualization))
	for _, f := range d.Findings {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Area, f.Name, f.Level, f.Found)
		if f.Remedy != "" {
			fmt.Fprintf(w, "\t\t\t  %s\n", f.Remedy)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nThe smallest slow-down that a gate of one arm finds here, nine times in ten; with five arms it takes five times as long:\n\n")
	for i, f := range d.Floors {
		if i == 0 {
			fmt.Fprint(w, "metric\ttarget")
			for _, s := range f.Sees {
				fmt.Fprintf(w, "\t%.1f min", s.Minutes)
			}
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s\t%s", f.Metric, unit.Percent(f.Target))
		for _, s := range f.Sees {
			fmt.Fprintf(w, "\t≥ %s", unit.Percent(s.Smallest))
		}
		if f.Reason != "" {
			fmt.Fprintf(w, "\t%s", f.Reason)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
