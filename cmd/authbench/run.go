package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/measure/arms"
	"authbench/internal/measure/proc"
	"authbench/internal/method/all"
	"authbench/internal/result"
	"authbench/internal/result/limit"
	"authbench/internal/scenario"
	"authbench/internal/text/usertext"
)

// runFlags are the flags of 'authbench run'.
type runFlags struct {
	arms     []string
	set      []string
	full     bool
	launches int
	budget   time.Duration
	dryRun   bool
	limitFlags
	out    string
	seed   uint64
	keys   knownKeys
	output outputFlags
}

func runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run [SCENARIO]",
		Short: "Runs a scenario and reports what each arm costs",
		Long: `run starts the scenario's targets, drives its loads against them and writes a
result directory: result.jsonl (every slice), summary.json, report.md,
report.html and figures. SCENARIO is a name that 'authbench list scenarios'
shows, the path of a YAML file, or - for standard input; without it, quick.

Before it measures it puts the attack catalogue to each arm; to a server that runs
already only where the arm's credentials, or --signing, say which keys it trusts.

The last line on standard output names the result directory.`,
		Example: `  authbench run
  authbench run quick --arms apikey,jwt-eddsa --launches 20
  authbench run quick --set 'arms[apikey].population.credentials=1000000'
  authbench run my-scenario.yaml --fail-on 'jwt-rs256:p99>2ms'`,
		Args: oneScenario,
		RunE: func(c *cobra.Command, args []string) error {
			name := "quick"
			if len(args) == 1 {
				name = args[0]
			}
			return runScenario(c, name, f)
		},
	}
	c.Flags().StringSliceVar(&f.arms, "arms", nil, "measure only these arms, the baseline, and the steps of their ladders")
	c.Flags().StringArrayVar(&f.set, "set", nil, "override a value of the scenario, as `key=value` (repeatable)")
	c.Flags().BoolVar(&f.full, "full", false, "take the scenario in its full size, before --set")
	c.Flags().IntVar(&f.launches, "launches", 0, "override the number of launches")
	durationFlag(c.Flags(), &f.budget, "budget", "", 0, "take as many launches as fit into this time, up to the scenario's")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "print the plan and stop")
	f.limitFlags.register(c)
	c.Flags().StringVar(&f.out, "out", "", "write into this directory instead of a new one under results/")
	c.Flags().Uint64Var(&f.seed, "seed", 0, "seed of the plan and the schedules (default: a new one)")
	f.keys.register(c, "an arm's url")
	f.output.register(c, exportForms...)
	return c
}

func runScenario(c *cobra.Command, name string, f runFlags) error {
	s, err := loadScenario(name, c.InOrStdin(), f)
	if err != nil {
		return usageError(err)
	}
	if f.keys.given() && !slices.ContainsFunc(s.Arms, isRunning) {
		return usageError(errors.New("--signing, --issuer and --audience describe a server that runs already: no arm has a url"))
	}
	if _, err := f.keys.server(""); err != nil {
		return err
	}
	limits, err := limit.Parse(f.failOn, analysis.Scope(s))
	if err != nil {
		return usageError(err)
	}
	p := newProgress(c.ErrOrStderr(), f.output.quiet, s.Duration(all.Catalogue().Facts))
	if shown := p.veil.Scenario(s); f.dryRun {
		return printPlan(usertext.Writer{Writer: c.OutOrStdout()}, shown)
	}
	if f.seed == 0 {
		f.seed = binary.LittleEndian.Uint64(randomBytes(8))
	}
	dir := f.out
	if dir == "" {
		dir = resultDir(time.Now(), s.Name)
	}
	p.watch = newWatch(p, f.output)
	if err := measure(c.Context(), s, f.seed, dir, p, f.keys); err != nil {
		// Ctrl-C, or a failure half-way, ends the measuring, not the report on
		// what was measured.
		if _, statErr := os.Stat(dir); statErr == nil && !errors.Is(err, errNothingMeasured) {
			_, reportErr := render(c, dir, limits, f.output)
			err = errors.Join(err, reportErr)
		}
		return veiled(p.veil, err)
	}
	summary, err := render(c, dir, limits, f.output)
	if err != nil {
		return err
	}
	return judge(summary, f.strict)
}

// loadScenario reads a scenario and applies the flags.
func loadScenario(name string, stdin io.Reader, f runFlags) (bench.Scenario, error) {
	set := f.set
	if f.launches != 0 {
		set = append(slices.Clone(set), fmt.Sprintf("launches=%d", f.launches))
	}
	s, err := readScenario(name, stdin, scenario.Changes{Full: f.full, Set: set})
	if err != nil {
		return s, err
	}
	if s, err = s.Only(f.arms); err != nil {
		return s, fmt.Errorf("--arms: %w", err)
	}
	if err := arms.Check(s); err != nil {
		return s, err
	}
	if f.budget != 0 {
		return s.Within(f.budget, all.Catalogue().Facts)
	}
	return s, nil
}

// standardInput stands for standard input in place of a file's name.
const standardInput = "-"

// readScenario reads a scenario by its name or path, or from standard input.
func readScenario(name string, stdin io.Reader, changes scenario.Changes) (bench.Scenario, error) {
	if name != standardInput {
		return scenario.Load(name, changes, all.Catalogue())
	}
	text, err := io.ReadAll(stdin)
	if err != nil {
		return bench.Scenario{}, fmt.Errorf("read the scenario: %w", err)
	}
	return scenario.Parse("stdin", text, changes, all.Catalogue())
}

// resultDir names a new result directory.
func resultDir(now time.Time, scenario string) string {
	id := hex.EncodeToString(randomBytes(3))
	return filepath.Join("results", fmt.Sprintf("%s-%s-%s", now.UTC().Format("20060102T150405Z"), scenario, id))
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails (crypto/rand)
	return b
}

// judge turns what a completed run found into the command's error.
func judge(s *analysis.Summary, strict bool) error {
	v := commandVerdict{limits: s.Limits, strict: strict}
	switch s.Validity {
	case result.Invalid:
		v.invalid = "the run is invalid: " + firstOf(s, bench.Void)
		return v.err()
	case result.Suspicious:
		v.suspicious = "the run is suspicious: " + firstOf(s, bench.Void, bench.Suspicious)
	}
	for _, a := range s.Arms {
		if a.Status == analysis.ArmUnsafe || a.Status == analysis.ArmFailed {
			v.failed = append(v.failed, fmt.Sprintf("arm %s is %s: %s", a.Name, a.Status, a.Reason))
		}
	}
	return v.err()
}

// firstOf is the first warning of some levels, in one line.
func firstOf(s *analysis.Summary, levels ...bench.Level) string {
	for _, w := range s.Warnings {
		if slices.Contains(levels, w.Level) {
			return strings.TrimSpace(w.Arm + " " + w.Text)
		}
	}
	return s.Reason
}

// errNothingMeasured is the error of a run that measured nothing and left no file.
var errNothingMeasured = errors.New("nothing was measured")

// measure runs s and leaves a result in dir, or nothing if it measured nothing.
func measure(ctx context.Context, s bench.Scenario, seed uint64, dir string, p *progress, keys knownKeys) error {
	w, err := result.Create(dir, p.veil)
	if err != nil {
		return fmt.Errorf("%w: %w", errNothingMeasured, pathError(err))
	}
	began := time.Now()
	err = measureInto(ctx, w, s, seed, p, keys)
	p.clear()
	if w.Empty() {
		return errors.Join(fmt.Errorf("%w: %w", errNothingMeasured, err), w.Discard())
	}
	return errors.Join(err, w.Close(footer(err, time.Since(began))))
}

func measureInto(ctx context.Context, w *result.Writer, s bench.Scenario, seed uint64, p *progress, keys knownKeys) error {
	m, err := setUp(ctx, s, seed, p, nil)
	if err != nil {
		return err
	}
	defer m.close()
	record := p.recorder(w)
	if err := record.Header(m.header(os.Args)); err != nil {
		return err
	}
	if err := m.examine(ctx, record, p, keys); err != nil {
		return err
	}
	return m.run(ctx, record, p)
}

func footer(err error, length time.Duration) bench.Footer {
	f := bench.Footer{Status: bench.Completed, Length: length.Nanoseconds()}
	switch {
	case errors.Is(err, context.Canceled):
		f.Status, f.Reason = bench.Interrupted, "interrupted by the user"
	case err != nil:
		f.Status, f.Reason = bench.Failed, proc.WithoutOutput(err.Error())
	}
	return f
}
