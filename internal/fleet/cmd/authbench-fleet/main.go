// Command authbench-fleet runs one load test from many machines: it is the coordinator, which
// 'authbench load --workers' starts, the worker on each machine, and what belongs to both.
//
// What flows in: invitations, and from authbench the jobs of a load test. What flows out: load,
// and what it found, to authbench. See docs/fleet.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"authbench/internal/fleet/crew"
)

// The exit codes are those of authbench.
const (
	exitUsage       = 2
	exitRuntime     = 4
	exitInterrupted = 130
)

// usageError is an error of the command line.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

// usage says what is wrong with the command line, or with a file that it names.
func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func main() {
	// Who started the coordinator may be gone: that is an error of a write, and no reason to
	// leave workers and directories behind.
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		cancel(crew.ErrInterrupted)
		signal.Stop(signals) // a second one ends the program at once
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program. It returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use: "authbench-fleet", Short: "Sends one load from many machines",
		Long: `authbench-fleet is the coordinator and the workers of a load test over several
machines. 'authbench load URL --workers N' needs nothing else on one machine. Over several:

  authbench-fleet invite -n 8 --listen 10.0.0.1:7422     on the coordinator's machine
  authbench-fleet worker --invitation w1.json --allow-target 10.0.1.0/24:8080
                                                         on each worker's, with its own file
  authbench load http://10.0.1.5:8080/ --rate 200k --workers coordinator.json`,
		SilenceUsage: true, SilenceErrors: true, DisableAutoGenTag: true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%w; see '%s --help'", err, c.CommandPath())
	})
	root.AddCommand(coordinateCommand(), workerCommand(), targetCommand(), inviteCommand(), collectCommand())
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case context.Cause(ctx) != nil:
		fmt.Fprintln(stderr, "authbench-fleet:", err)
		return exitInterrupted
	}
	fmt.Fprintln(stderr, "authbench-fleet:", err)
	if errors.As(err, new(usageError)) {
		return exitUsage
	}
	return exitRuntime
}
