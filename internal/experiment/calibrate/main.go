// Command calibrate measures, by simulation, what the gate's rules amount to: how
// often they fail an innocent change, and how often they find a slow-down.
//
//  1. A [noise] is a way in which a machine's speed changes from slice to slice.
//  2. A [simulation] measures base and head as a real gate does: adjacent slices in
//     random order, shuffled pairs, launches with deviations of their own; one number
//     per launch and cell goes to [gate.Judge].
//  3. [repeat] runs a [situation] and counts verdicts; a [calibration] holds the
//     counts of all situations.
//  4. [calibration.page], a pure function of the counts, makes the tables.
//
// What flows out: calibration.json and README.md in a directory. Equal programs give
// equal files, on any machine with the same arithmetic. It exits 1 if a figure is
// missed that the gate is to reach.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"authbench/internal/judge/gate"
)

// The exit codes, those of authbench.
const (
	exitOK          = 0
	exitCheck       = 1
	exitUsage       = 2
	exitRuntime     = 4
	exitInterrupted = 130
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the whole program. It returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("calibrate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "results/published/calibration", "write into this `directory`")
	runs := flags.Int("runs", fullRuns, "simulated gates per situation")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	case flags.NArg() > 0 || *runs < 1:
		fmt.Fprintln(stderr, "calibrate: it takes no arguments, and at least one run: see -help")
		return exitUsage
	}
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	c, err := calibrate(ctx, situations(), *runs, stderr)
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "calibrate: interrupted: nothing is written")
		return exitInterrupted
	case err == nil:
		err = c.write(*out)
	}
	if err != nil {
		fmt.Fprintln(stderr, "calibrate:", err)
		return exitRuntime
	}
	fmt.Fprintln(stdout, *out)
	if missed := c.missed(); len(missed) > 0 {
		fmt.Fprintf(stderr, "calibrate: %s\n", strings.Join(missed, "\ncalibrate: "))
		return exitCheck
	}
	return exitOK
}

// fullRuns makes the upper bound of a share of which none is seen 0.18 %.
const fullRuns = 2000

// calibration is what was counted.
type calibration struct {
	Version int   `json:"version"`
	Rows    []row `json:"rows"`
}

// situations lists what is simulated: ten arms under every noise, quiet, as noisy as
// the targets allow and as recorded, with and without a slow-down; one arm with
// slow-downs of several sizes; and single cells, as noisy as recorded.
func situations() []situation {
	var out []situation
	for _, n := range noises() {
		for _, s := range []spread{half, whole, asReal} {
			for _, effect := range []float64{0, 1} {
				out = append(out, situation{noise: n, arms: 10, spread: s, effect: effect})
			}
		}
	}
	for _, n := range noises() {
		for _, effect := range []float64{0, 0.5, 1, 1.5, 2} {
			if n.Name == "white" || n.Name == "heavy-tailed" {
				out = append(out, situation{noise: n, arms: 1, spread: whole, effect: effect})
			}
		}
		for _, m := range gate.Metrics() {
			for _, effect := range []float64{0, alarming(m)} {
				out = append(out, situation{noise: n, arms: 1, metrics: []string{m}, spread: asReal, effect: effect})
			}
		}
	}
	return out
}

// alarming is the slow-down, in targets, that a gate is to find at any noise.
func alarming(metric string) float64 {
	a := gate.Aims[metric]
	return max(a.Target, a.Alarming) / a.Target
}

// calibrate counts the situations, one after the other.
func calibrate(ctx context.Context, all []situation, runs int, progress io.Writer) (*calibration, error) {
	c := &calibration{Version: 2}
	for i, s := range all {
		began := time.Now()
		row := repeat(ctx, s, runs)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c.Rows = append(c.Rows, row)
		fmt.Fprintf(progress, "%d of %d: %s, %d cells, launch sd %s, effect %g: %v\n",
			i+1, len(all), row.Noise, row.Cells, row.Spread, row.Effect, time.Since(began).Round(time.Second/10))
	}
	return c, nil
}

// write leaves the data and the page.
func (c *calibration) write(dir string) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "calibration.json"), append(text, '\n'), 0o644),
		os.WriteFile(filepath.Join(dir, "README.md"), []byte(c.page()), 0o644),
	)
}
