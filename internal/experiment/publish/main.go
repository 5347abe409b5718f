// Command publish makes the runs that the repository shows: it runs scenarios with the
// program that was built from the last commit, and puts what is small of their results
// into results/published.
//
//  1. [publisher.ready] sees that the tree is the commit's, and that nothing would be
//     written over: a published run names the commit that made it.
//  2. [publisher.run] runs a scenario, again if the machine made the run invalid.
//  3. [publisher.keep] copies reports, summary and figures, and the raw data where they are
//     small enough for a repository.
//
// What flows in: names of scenarios. What flows out: directories DATE-NAME. What pages
// quote of them, tests write anew: 'make publish' runs both.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The exit codes, those of authbench.
const (
	exitOK      = 0
	exitUsage   = 2
	exitInvalid = 3
	exitRuntime = 4
)

// defaultScenarios are the scenarios that the README's answer is made from, beside quick, and cache,
// which shows what a record that is remembered saves and costs.
var defaultScenarios = []string{"stores", "break-even", "algorithms", "introspection", "cache"}

// mostTries is how often a scenario is run until a run is not invalid. A machine that spoils
// three runs will spoil the fourth.
const mostTries = 3

func main() { os.Exit(run(os.Args[1:], time.Now(), os.Stdout, os.Stderr)) }

// run is the whole program. It returns the exit code.
func run(args []string, now time.Time, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("publish", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintf(stderr, "usage: publish [-program FILE] [-most BYTES] [SCENARIO …]\n\nWithout scenarios: %s. It is run in the repository's root.\n\n", strings.Join(defaultScenarios, " "))
		flags.PrintDefaults()
	}
	p := publisher{date: now.UTC().Format(time.DateOnly), out: stdout, log: stderr}
	flags.StringVar(&p.program, "program", "bin/authbench", "the `file` of authbench, built from the last commit")
	flags.Int64Var(&p.most, "most", 3<<20, "leave raw data out that have more `bytes`")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	}
	names := flags.Args()
	if len(names) == 0 {
		names = defaultScenarios
	}
	if err := p.publish(names); err != nil {
		fmt.Fprintln(stderr, "publish:", err)
		switch {
		case errors.Is(err, errNotReady):
			return exitUsage
		case errors.Is(err, errInvalid):
			return exitInvalid
		}
		return exitRuntime
	}
	return exitOK
}

var (
	errNotReady = errors.New("nothing was run")
	errInvalid  = errors.New("the machine is too noisy")
)

// publisher publishes runs of one day.
type publisher struct {
	date, program string
	most          int64 // bytes of raw data
	out, log      io.Writer
}

// publish runs all scenarios before it says which of them failed: half an hour of
// measuring is not lost to the last of them.
func (p publisher) publish(names []string) error {
	if err := p.ready(names); err != nil {
		return fmt.Errorf("%w: %w", errNotReady, err)
	}
	var failed []error
	for _, name := range names {
		dir, err := p.run(name)
		if err == nil {
			err = p.keep(dir, p.publishedDir(name))
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", name, err))
			continue
		}
		fmt.Fprintln(p.out, p.publishedDir(name))
	}
	return errors.Join(failed...)
}

// rawDir is where the whole result of a run goes, which git ignores; place what is published.
func (p publisher) rawDir(name string) string { return filepath.Join("results", p.date+"-"+name) }
func (p publisher) publishedDir(name string) string {
	return filepath.Join("results", "published", p.date+"-"+name)
}

// ready says what stands in the way.
func (p publisher) ready(names []string) error {
	changes, err := exec.Command("git", "status", "--porcelain").Output()
	if err != nil {
		return fmt.Errorf("git status: %w", err)
	}
	if len(changes) > 0 {
		return fmt.Errorf("a published run names the commit that made it; commit these first:\n%s", changes)
	}
	var problems []error
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			problems = append(problems, fmt.Errorf("%s is named twice", name))
		}
		if _, err := os.Stat(filepath.Join("scenarios", name+".yaml")); err != nil {
			problems = append(problems, fmt.Errorf("there is no scenario %s: see '%s list scenarios'", name, p.program))
		}
		for _, dir := range []string{p.rawDir(name), p.publishedDir(name)} {
			if _, err := os.Lstat(dir); err == nil {
				problems = append(problems, fmt.Errorf("%s is there already: remove it", dir))
			}
		}
	}
	return errors.Join(problems...)
}

// run runs a scenario and returns its result directory.
func (p publisher) run(name string) (string, error) {
	dir := p.rawDir(name)
	for try := 1; ; try++ {
		c := exec.Command(p.program, "run", name, "--no-color", "-q", "--out", dir)
		c.Stdout, c.Stderr = p.log, p.log
		err := c.Run()
		if err == nil || c.ProcessState.ExitCode() != exitInvalid {
			return dir, err
		}
		if try == mostTries {
			return "", fmt.Errorf("%w: %d runs were invalid; %s says why", errInvalid, try, filepath.Join(dir, "report.md"))
		}
		if err := os.RemoveAll(dir); err != nil {
			return "", err
		}
	}
}
