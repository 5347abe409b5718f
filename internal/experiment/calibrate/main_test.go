package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"authbench/internal/golden"
	"authbench/internal/judge/gate"
	"authbench/internal/stat"
)

// published is where the full calibration lies, from this package.
const published = "../../../results/published/calibration"

// A few gates in every situation that matters: what is seen must not contradict the
// figures that the full calibration shows. The seeds are fixed, and so is the outcome.
func TestFastCalibration(t *testing.T) {
	const runs, sure = 25, 0.998
	for _, n := range noises() {
		if !n.holds(0) {
			continue
		}
		innocent := repeat(t.Context(), situation{noise: n, arms: 2, spread: whole}, runs)
		slower := repeat(t.Context(), situation{noise: n, arms: 2, spread: whole, effect: 1}, runs)
		if !n.holds(1) {
			slower.CPUFail, slower.ArmFail = runs, runs
		}
		t.Logf("%+v\n%+v", innocent, slower)
		for what, c := range map[string]struct {
			k           int64
			least, most float64
		}{
			"innocent changes fail": {innocent.Fail, 0, mostFalseFails},
			"innocent changes pass": {innocent.Pass, leastPasses, 1},
			"CPU cells fail":        {slower.CPUFail, leastCPUFound, 1},
			"arms fail":             {slower.ArmFail, leastArmFound, 1},
			"other arms fail":       {slower.OtherFail, 0, mostFalseFails},
		} {
			if seen := stat.ClopperPearson(c.k, runs, sure); seen.Hi < c.least || seen.Lo > c.most {
				t.Errorf("%s noise: %d of %d %s, want a share from %v to %v", n.Name, c.k, runs, what, c.least, c.most)
			}
		}
	}
}

// The launches have the deviation that is asked for, and the planted slow-down.
func TestSimulationIsWhatItSays(t *testing.T) {
	const launches = 1000
	for _, n := range noises() {
		s := situation{noise: n, arms: 2, spread: whole, effect: 0.5}.prepared()
		sim := newSimulation(s, 3)
		for range launches {
			sim.launch()
		}
		for _, cell := range sim.series {
			want, limit := whole.sd(cell.Metric), 0.0
			if cell.Arm == armName(0) && n.slowDownShare == 0 {
				limit = scaled(cell.Metric, 0.5)
			}
			sd, centre := stat.StandardDeviation(cell.Changes), stat.HodgesLehmann(cell.Changes)
			if n.layouts == 1 || n.slowDownShare > 0 && cell.Arm == armName(0) {
				continue // one build is off by its own mean; a slow-down that comes and goes varies
			}
			if math.Abs(sd/want-1) > 0.1 {
				t.Errorf("%s noise: %s of arm %s has a launch sd of %v, want %v", n.Name, cell.Metric, cell.Arm, sd, want)
			}
			// Six builds a side are off by their own mean.
			if n.layouts == 0 && math.Abs(centre-limit) > 8*want/math.Sqrt(launches) {
				t.Errorf("%s noise: %s of arm %s is centred on %v, want %v", n.Name, cell.Metric, cell.Arm, centre, limit)
			}
		}
	}
}

// Autocorrelation, drift and steps hit neighbours alike: what is left of them in a
// launch's number does not predict the next one's.
func TestLaunchesAreIndependent(t *testing.T) {
	for _, n := range noises() {
		sim := newSimulation(situation{noise: n, arms: 1, spread: whole}.prepared(), 5)
		for range 1000 {
			sim.launch()
		}
		for _, cell := range sim.series {
			// What the slices add to a launch does not remember.
			if r := stat.SerialCorrelation([][]float64{cell.Changes}); r < n.correlation/2-0.13 || r > n.correlation+0.13 {
				t.Errorf("%s noise: launches of %s predict the next one's with %.2f, want up to %.2f", n.Name, cell.Metric, r, n.correlation)
			}
		}
	}
}

func TestMissedFigures(t *testing.T) {
	good := []row{
		{Noise: "white", Arms: 10, Runs: 2000, Pass: 1990, Fail: 2, Inconclusive: 8},
		{Noise: "white", Arms: 10, Runs: 2000, Effect: 1, CPUFail: 1860, ArmFail: 1990},
		{Noise: "white", Arms: 1, Metric: gate.MetricP99, Runs: 2000, Effect: 10, ArmFail: 1990},
		{Noise: sixLayouts, Arms: 10, Runs: 2000, Fail: 200},
		{Noise: correlatedLaunches, Arms: 10, Runs: 2000, Fail: 200},
		{Noise: partlySlow, Arms: 10, Runs: 2000, Effect: 1},
	}
	if got := (&calibration{Rows: good}).missed(); len(got) != 0 {
		t.Errorf("good figures are missed: %v", got)
	}
	for name, change := range map[string]func([]row){
		"an innocent change fails":  func(r []row) { r[0].Fail = 12 },
		"an innocent change passes": func(r []row) { r[0].Pass = 1930 },
		"the CPU cell fails":        func(r []row) { r[1].CPUFail = 1830 },
		"any cell of the arm fails": func(r []row) { r[1].ArmFail = 1930 },
		"another arm fails":         func(r []row) { r[1].OtherFail = 12 },
		"its cell fails":            func(r []row) { r[2].ArmFail = 1590 },
	} {
		rows := append([]row(nil), good...)
		change(rows)
		got := (&calibration{Rows: rows}).missed()
		if len(got) != 1 || !strings.Contains(got[0], name) {
			t.Errorf("%s: missed %v", name, got)
		}
	}
}

func readPublished(t *testing.T) *calibration {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(published, "calibration.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := &calibration{}
	if err := json.Unmarshal(text, c); err != nil {
		t.Fatal(err)
	}
	return c
}

// The published calibration is of this gate, reaches its figures and is the page's.
func TestPublished(t *testing.T) {
	c := readPublished(t)
	if missed := c.missed(); len(missed) != 0 {
		t.Errorf("missed: %s", strings.Join(missed, "\n"))
	}
	all := situations()
	if len(c.Rows) != len(all) {
		t.Fatalf("%d rows, want %d: run make calibrate", len(c.Rows), len(all))
	}
	for i, s := range all {
		r, asked := c.Rows[i], s.row(fullRuns)
		if r.Noise != asked.Noise || r.Cells != asked.Cells || r.Metric != asked.Metric || r.Spread != asked.Spread || r.Effect != asked.Effect || r.Runs != asked.Runs {
			t.Errorf("row %d is %+v, want that of %+v: run make calibrate", i, r, asked)
		}
	}
	golden.Equal(t, filepath.Join(published, "README.md"), c.page())
}

// One situation, counted again: the rules are still those that the published
// calibration is of. Other processors round differently, which may tip a run over.
func TestPublishedIsOfTheseRules(t *testing.T) {
	c := readPublished(t)
	for i, s := range situations() {
		if s.arms != 1 || s.metrics != nil || s.noise.Name != "white" || s.effect != 1 {
			continue
		}
		got, want := repeat(t.Context(), s, fullRuns), c.Rows[i]
		near := func(a, b int64) bool { return a-b <= 2 && b-a <= 2 }
		if !near(got.Pass, want.Pass) || !near(got.Fail, want.Fail) || !near(got.CPUFail, want.CPUFail) || !near(got.Bounded, want.Bounded) {
			t.Errorf("got %+v, published %+v: run make calibrate", got, want)
		}
	}
}

func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "place")
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"-help"}, exitOK},
		{[]string{"-runs", "0"}, exitUsage},
		{[]string{"-lunches", "3"}, exitUsage},
		{[]string{"more"}, exitUsage},
		// One run of each situation is no proof: its interval reaches too far.
		{[]string{"-runs", "1", "-out", dir}, exitCheck},
	} {
		var out, errs bytes.Buffer
		if got := run(c.args, &out, &errs); got != c.want {
			t.Errorf("%v: exit code %d, want %d\n%s", c.args, got, c.want, errs.String())
		}
	}
	for _, name := range []string{"calibration.json", "README.md"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (&calibration{Rows: []row{{Noise: "white", Runs: 1}}}).write(filepath.Join(os.DevNull, "x")); err == nil {
		t.Error("no error for a place that cannot be written to")
	}
	if _, err := calibrate(canceled(t), situations(), 1, io.Discard); err == nil {
		t.Error("an interrupted calibration is whole")
	}
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
