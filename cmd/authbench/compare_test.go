package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"authbench/bench"
	"authbench/internal/result"
)

// published is a result that is part of the repository.
const published = "../../results/published/2026-11-24-quick"

// resultCommand is "result DIR same|later|slower|throttled": a copy of the published
// result, as it is, or a run of a later time with a tenth more CPU time, or from another
// machine on which apikey takes a quarter more CPU time and jwt-eddsa is not measured,
// or held back by a quota.
func resultCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: result DIR same|later|slower|throttled")
	}
	run, err := result.Read(filepath.Join(packageDir, published))
	ts.Check(err)
	// Two rounds of eight are read in a quarter of the time. Of p99 they are too few.
	run.Slices = slices.DeleteFunc(run.Slices, func(s bench.Slice) bool { return s.Round >= 2 })
	if args[1] != "same" {
		run.Header.Seed++
	}
	switch args[1] {
	case "later":
		run.Header.Started = run.Header.Started.Add(time.Hour)
		for i := range run.Slices {
			run.Slices[i].ServerCPU += run.Slices[i].ServerCPU / 10
		}
	case "slower":
		h := &run.Header
		h.Host.CPUModel = "Another CPU"
		h.Scenario.Arms = h.Scenario.Arms[:len(h.Scenario.Arms)-1]
		for i := range run.Slices {
			if s := &run.Slices[i]; s.Arm == "apikey" {
				s.ServerCPU += s.ServerCPU / 4
			}
		}
	case "throttled":
		run.Launches[3].Noise.Throttled = 1
	}
	ts.Check(writeResult(ts.MkAbs(args[0]), run))
}

func writeResult(dir string, run *result.Run) error {
	w, err := result.Create(dir, bench.NewVeil([32]byte{}))
	if err != nil {
		return err
	}
	errs := []error{w.Header(run.Header)}
	for _, c := range run.Conformance {
		errs = append(errs, w.Conformance(c))
	}
	for _, c := range run.Calibrations {
		errs = append(errs, w.Calibration(c))
	}
	for _, s := range run.Slices {
		errs = append(errs, w.Slice(s))
	}
	for _, l := range run.Launches {
		errs = append(errs, w.Launch(l))
	}
	return errors.Join(append(errs, w.Close(*run.Footer))...)
}

// A parameter that came later and has its default is no other question. A rate that follows
// the capacity of the day may differ.
func TestCompareAsksTheSameOfAnOlderResult(t *testing.T) {
	newest, err := filepath.Glob("../../results/published/*-quick")
	if err != nil || len(newest) < 2 {
		t.Fatalf("published runs of quick: %v, %v", newest, err)
	}
	var out bytes.Buffer
	if err := compareResults(&out, published, newest[len(newest)-1], compareFlags{}); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); regexp.MustCompile(`(?m)^ +- arm \S+: .* → `).MatchString(text) || !strings.Contains(text, "The programs differ") {
		t.Errorf("compared as\n%s", text)
	}
}
