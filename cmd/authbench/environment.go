package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"authbench/internal/measure/arms"
)

// fromEnvironment sets flags that are not on the command line from their environment
// variables, such as AUTHBENCH_FAIL_ON for --fail-on. An empty variable counts as not set:
// workflows set one to "" for an input that was not given. --credentials has no variable,
// because AUTHBENCH_CREDENTIALS names the keys of a server, and a shell that started a server
// may still have it.
func fromEnvironment(c *cobra.Command, _ []string) error {
	var errs []error
	c.Flags().VisitAll(func(f *pflag.Flag) {
		name := variableOf(f.Name)
		text := os.Getenv(name)
		if name == arms.CredentialsVariable || f.Changed || strings.TrimSpace(text) == "" {
			return
		}
		for _, value := range valuesOf(f, text) {
			if err := c.Flags().Set(f.Name, value); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, plainError(err)))
			}
		}
	})
	if err := errors.Join(errs...); err != nil {
		return usageError(err)
	}
	return nil
}

// variableOf is the environment variable of a flag.
func variableOf(flag string) string {
	return "AUTHBENCH_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// valuesOf are the values that a variable gives a flag. A repeatable flag takes one from each
// line, because no header, limit or override contains a line break. Blank lines are skipped.
func valuesOf(f *pflag.Flag, text string) []string {
	if _, repeatable := f.Value.(pflag.SliceValue); !repeatable {
		return []string{text}
	}
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
