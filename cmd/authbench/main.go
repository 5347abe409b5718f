// Command authbench measures what each way to authenticate an API request costs.
//
// One file per command; this package only wires the others together. What flows
// in: the command line, scenario and result files. What flows out: results and
// reports on standard output and in the result directory, progress and logs on
// standard error, and an exit code (see exit.go).
//
// The steps of 'authbench run', of which other commands take some:
//
//  1. The scenario is read, and completed (internal/scenario).
//  2. CPUs are divided, an engine is opened, keys and credentials are made, stores are
//     filled (setup.go; internal/measure/host, load, arms, service).
//  3. The attack catalogue is put to each arm (internal/conform).
//  4. The runner carries the plan out, and writes a result (internal/measure/runner,
//     internal/result).
//  5. The result is read back and analysed (internal/judge/analysis), whether the run
//     was completed or not, and rendered (internal/show/report).
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

	"authbench/bench"
	"authbench/internal/measure/proc"
	"authbench/internal/text/usertext"
)

// run is the whole program. It returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, release := interruptible(context.Background())
	defer release()
	root := rootCommand()
	root.SetArgs(args)
	root.SetIn(untilInterrupted{ctx, stdin})
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil {
		// The error may quote the output of any program.
		fmt.Fprintln(stderr, "authbench:", proc.Defuse(usertext.CleanLines(bench.Redact(describe(err)))))
	}
	return exitCode(err)
}

// describe words an error for the user. An interruption is what the user asked for, and needs
// no chain of operations.
func describe(err error) string {
	switch {
	case errors.Is(err, errNothingMeasured) && errors.Is(err, context.Canceled):
		return "interrupted before anything was measured"
	case errors.Is(err, context.Canceled):
		return "interrupted"
	}
	return err.Error()
}

// interruptible returns a context that the first Ctrl-C (or SIGTERM, or SIGHUP when the
// terminal goes away) cancels.
// After that, signals have their default effect again, so that a second one ends the program at
// once. The children notice its end, and end, too.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, release := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, release)
	return ctx, release
}

// untilInterrupted is a reader that fails with the context's error once the context has ended:
// a person or a pipe may never write.
type untilInterrupted struct {
	ctx context.Context
	io.Reader
}

func (u untilInterrupted) Read(b []byte) (int, error) {
	type read struct {
		bytes []byte
		err   error
	}
	done := make(chan read, 1)
	// The goroutine may outlive an interruption, so it reads into a buffer of its own.
	go func() {
		bytes := make([]byte, len(b))
		n, err := u.Reader.Read(bytes)
		done <- read{bytes[:n], err}
	}()
	select {
	case r := <-done:
		return copy(b, r.bytes), r.err
	case <-u.ctx.Done():
		return 0, u.ctx.Err()
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "authbench",
		Short: "Measures what each way to authenticate an API request costs",
		Long: `authbench measures what each way to authenticate an API request costs: CPU,
latency, throughput, memory and bytes on the wire, with intervals and with warnings
where the machine is too noisy.

Start with:  authbench run          (the scenario "quick", about two minutes)
Variables:   a flag that is not given takes its value from the environment:
             AUTHBENCH_FAIL_ON for --fail-on. Empty counts as not set; a flag that
             may be repeated takes one value from each line. --credentials has none:
             AUTHBENCH_CREDENTIALS is what a server finds its keys by.
Exit codes:  0 done, valid or suspicious · 1 failed check · 2 the command line, or
             a file or path in it, is wrong · 3 invalid, or suspicious with
             --strict · 4 runtime failure · 130 interrupted`,
		Version:           versionText(),
		SilenceUsage:      true,
		SilenceErrors:     true,
		DisableAutoGenTag: true, // in man pages: it has the time
		PersistentPreRunE: func(c *cobra.Command, args []string) error {
			if err := fromEnvironment(c, args); err != nil {
				return err
			}
			return refuseInject(c)
		},
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.PersistentFlags().String(injectFlag, "", "make the target worse by this `fault`")
	_ = root.PersistentFlags().MarkHidden(injectFlag) // 'target --help' explains it; fails only for a flag that is not there
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError(fmt.Errorf("%w; see '%s --help'", plainError(err), c.CommandPath()))
	})
	root.AddCommand(
		runCommand(), initCommand(), loadCommand(), reportCommand(), compareCommand(), historyCommand(), poolCommand(), adviseCommand(), gateCommand(), targetCommand(), issuerCommand(), mintCommand(), verifyCommand(),
		serveCommand(), doctorCommand(), listCommand(), versionCommand(),
	)
	complete(root)
	return root
}
