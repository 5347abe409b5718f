// Command peers compares authbench's load generator with others: what a request
// costs each of them, what latencies they report at a rate, and what they say of a
// server that stands still.
//
//  1. It looks on the PATH for the peers that it knows ([peers]); absent ones are
//     skipped and named. It downloads nothing.
//  2. It starts a server of its own, 'authbench target --method none', and has each
//     client run once, so that a broken one shows before minutes are spent.
//  3. A [stage] runs one client at a time against the server, on CPUs of their own
//     or free, and makes a [visit] of it: CPU time and requests between two moments
//     inside the run, and what the client says of itself.
//  4. Three parts decide who runs when: [comparer.cost], [comparer.open],
//     [comparer.freeze]. They fill a [report], the raw data.
//  5. [report.markdown], a pure function of the raw data, makes the tables.
//
// What flows in: programs on this machine. What flows out: tables or raw data on
// standard output, progress on standard error. Load goes to the loopback alone and
// is bounded in time; no process is left behind.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// The exit codes, those of authbench.
const (
	exitOK          = 0
	exitUsage       = 2
	exitRuntime     = 4
	exitInterrupted = 130
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the whole program. It returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintln(stderr, "peers:", err)
		return exitUsage
	}
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	// A second Ctrl-C ends the program at once; the kernel ends its children.
	context.AfterFunc(ctx, release)
	r, err := o.obtain(ctx, stderr)
	if r != nil && !r.empty() {
		// What was measured before a failure is worth reading.
		err = errors.Join(err, r.write(stdout, o.format))
	}
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "peers: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(stderr, "peers:", err)
	return exitRuntime
}

// The parts of a comparison.
const (
	partCost   = "cost"
	partOpen   = "open"
	partFreeze = "freeze"
)

// options are what the command line says.
type options struct {
	parts     []string
	authbench string
	from      string
	format    string
	pin       string
	pairs     int
	rounds    int
	duration  time.Duration
}

const usage = `peers compares authbench's load generator with others on the PATH.

usage: peers [flags] [cost] [open] [freeze]        (default: all three)

  cost    CPU per request of a closed load over %d connections, against wrk's
  open    latencies at %d requests per second over %d connections
  freeze  latencies at %d requests per second while the server is stopped for
          %v every %v: the truth is known

`

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprintf(stderr, usage, costConnections, openRate, openConnections, freezeRate, stopLength, stopEvery)
		f.PrintDefaults()
	}
	f.StringVar(&o.authbench, "authbench", "bin/authbench", "`path` of authbench; make build leaves it there")
	f.StringVar(&o.from, "from", "", "measure nothing: make the tables of the raw data in `file`")
	f.StringVar(&o.format, "o", "text", "`form` of the result: text (Markdown tables) or json (raw data)")
	f.StringVar(&o.pin, "pin", "both", "cost: client and server on a CPU each (true), free (false), or both in turn; open and freeze are always pinned")
	f.IntVar(&o.pairs, "pairs", 9, "cost: pairs of runs, client and wrk, per client")
	f.IntVar(&o.rounds, "rounds", 3, "open: runs per client")
	f.DurationVar(&o.duration, "duration", time.Second, "cost: length of a run, whole seconds")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.parts = f.Args()
	if len(o.parts) == 0 {
		o.parts = []string{partCost, partOpen, partFreeze}
	}
	return o, o.check()
}

// check reports what is wrong with the options.
func (o options) check() error {
	for _, p := range o.parts {
		if !slices.Contains([]string{partCost, partOpen, partFreeze}, p) {
			return fmt.Errorf("%q: choose from %s, %s, %s", p, partCost, partOpen, partFreeze)
		}
	}
	switch {
	case o.format != "text" && o.format != "json":
		return fmt.Errorf("-o %q: choose from text, json", o.format)
	case o.pin != "true" && o.pin != "false" && o.pin != "both":
		return fmt.Errorf("-pin %q: choose from true, false, both", o.pin)
	case o.pairs < 1 || o.rounds < 1:
		return fmt.Errorf("-pairs %d -rounds %d: at least one of each", o.pairs, o.rounds)
	case o.duration < time.Second || o.duration > time.Minute || o.duration%time.Second != 0:
		return fmt.Errorf("-duration %v: write whole seconds up to a minute; several peers know nothing finer", o.duration)
	}
	return nil
}

// obtain reads the raw data, or measures them. With an error there may be a report
// of what was measured until then.
func (o options) obtain(ctx context.Context, stderr io.Writer) (*report, error) {
	if o.from != "" {
		return readReport(o.from)
	}
	return compare(ctx, o, stderr)
}

// list joins words for a sentence.
func list(words []string) string { return strings.Join(words, ", ") }
