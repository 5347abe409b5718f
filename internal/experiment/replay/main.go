// Command replay says how often the gate is wrong on a real machine: it decides anew,
// in many orders, over the launches that real gates recorded, and puts the same
// launches to benchstat's test.
//
//  1. [recording.add] takes from the result directories of gates what each launch gave, and
//     [recording] holds it in one file that is small enough to be published.
//  2. [replay] draws launches of all gates of one kind in random order, without putting
//     them back, and has [gate.Judge] decide after 10, 15, … 40 of them.
//  3. [recording.flagged] compares base's launches with head's by benchstat's test,
//     within each gate and, as people compare two builds, with those of the next gate.
//  4. [recording.page], a pure function of the recording, makes the tables.
//
// What flows in: kinds and directories, or a recording. What flows out: recording.json
// and README.md in a directory, or benchmark lines for benchstat on standard output.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// The exit codes, those of authbench.
const (
	exitOK      = 0
	exitUsage   = 2
	exitRuntime = 4
)

// published is where the recording of this repository is.
const published = "results/published/gates"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the whole program. It returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("replay", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, "usage: replay [-dir DIR] [-add] [-benchfmt] [KIND=RESULT …]\n\n"+
			"KIND says what head was: "+strings.Join(kinds, ", ")+". RESULT is a gate's result directory.\n"+
			"Without results, the recording in DIR is read again.\n\n")
		flags.PrintDefaults()
	}
	var o options
	flags.StringVar(&o.dir, "dir", published, "the recording's and the tables' `directory`")
	flags.BoolVar(&o.add, "add", false, "keep the gates that the recording has, and add these")
	flags.BoolVar(&o.benchfmt, "benchfmt", false, "print the launches as benchmark lines, for benchstat")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	}
	if err := replayAll(o, flags.Args(), stdout); err != nil {
		fmt.Fprintln(stderr, "replay:", err)
		if errors.Is(err, errUsage) {
			return exitUsage
		}
		return exitRuntime
	}
	return exitOK
}

var errUsage = errors.New("see -help")

// options are what a user asks for beside the gates.
type options struct {
	dir           string
	add, benchfmt bool
}

func replayAll(o options, args []string, stdout io.Writer) error {
	path := filepath.Join(o.dir, "recording.json")
	r := &recording{Version: recordingVersion}
	if len(args) == 0 || o.add {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, r); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if len(args) > 0 {
		if err := r.add(args); err != nil {
			return err
		}
		if err := r.write(path); err != nil {
			return err
		}
	}
	if o.benchfmt {
		return r.benchfmt(stdout)
	}
	if err := os.WriteFile(filepath.Join(o.dir, "README.md"), []byte(r.page()), 0o644); err != nil {
		return err
	}
	fmt.Fprintln(stdout, o.dir)
	return nil
}
