package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/examples"
	"authbench/internal/result"
)

func initCommand() *cobra.Command {
	var language string
	c := &cobra.Command{
		Use:   "init",
		Short: "Writes a scenario for a server of your own, and an example of one",
		Long: `init writes my-api.yaml into the current directory: a scenario that measures what
authentication costs in a server of yours, with the same server without it as the
baseline. With --lang it writes a small server besides, for which the scenario is ready.
It writes over no file.`,
		Example: `  authbench init
  authbench init --lang node`,
		Args: exactArgs(0, "it writes into the current directory"),
		RunE: func(c *cobra.Command, _ []string) error { return initialize(c.OutOrStdout(), language) },
	}
	c.Flags().StringVar(&language, "lang", "", "write a server in this `language`, too: "+strings.Join(languages(), ", "))
	return c
}

// languages are those of the examples.
func languages() []string {
	var out []string
	for _, e := range examples.All() {
		if e.Language != "" {
			out = append(out, e.Language)
		}
	}
	return out
}

// initialize writes an example into the working directory, all of it or nothing.
func initialize(out io.Writer, language string) error {
	all := examples.All()
	at := slices.IndexFunc(all, func(e examples.Example) bool { return e.Language == language })
	if at < 0 {
		return usageError(fmt.Errorf("--lang: unknown language %q; %s", language, bench.DidYouMean(language, languages())))
	}
	content, err := all[at].Files()
	if err != nil {
		return fmt.Errorf("read the example: %w", err)
	}
	var files newFiles
	defer func() { files.discard() }()
	var names []string
	var written []error
	for _, one := range content {
		f, err := createNew(one.Name, 0o644)
		if err != nil {
			if errors.Is(err, result.ErrExists) {
				return usageError(fmt.Errorf("%s exists, and is not overwritten; remove it, or go to another directory: nothing was written", one.Name))
			}
			return fmt.Errorf("%w; nothing was written", err)
		}
		_, err = f.Write(one.Content)
		files, names, written = append(files, f), append(names, one.Name), append(written, err)
	}
	if err := files.publish(errors.Join(written...)); err != nil {
		return err
	}
	return printNext(out, all[at], names)
}

// printNext says what was written, and what to do next.
func printNext(out io.Writer, e examples.Example, names []string) error {
	self, build := os.Args[0], "" // as it was called, so that it can be called again
	if e.Build != "" {
		build = "--build '" + e.Build + "' "
	}
	steps := [][2]string{
		{self + " run " + examples.Scenario, "says what authentication costs, in about two minutes"},
		{self + " gate --base HEAD " + build + examples.Scenario, "judges, in a git repository, what you changed since the last commit"},
	}
	first := [2]string{self + " verify " + examples.Scenario, "puts attacks to your server, once its command stands in " + examples.Scenario}
	if e.Install != "" {
		first = [2]string{e.Install, "makes the server ready to start"}
	}
	_, err := fmt.Fprintf(out, "Wrote %s. Next:\n", strings.Join(names, ", "))
	for _, s := range append([][2]string{first}, steps...) {
		_, more := fmt.Fprintf(out, "\n  %s\n      %s\n", s[0], s[1])
		err = errors.Join(err, more)
	}
	return err
}
