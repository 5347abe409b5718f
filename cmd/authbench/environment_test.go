package main

import (
	"slices"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"authbench/internal/measure/arms"
)

// commands yields a command and all below it.
func commands(c *cobra.Command, see func(*cobra.Command)) {
	see(c)
	for _, below := range c.Commands() {
		commands(below, see)
	}
}

// An empty variable counts as not set, whatever flag it is of.
func TestEmptyVariables(t *testing.T) {
	seen := 0
	commands(rootCommand(), func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			for _, empty := range []string{"", " ", "\n"} {
				t.Setenv(variableOf(f.Name), empty)
			}
		})
		c.InheritedFlags() // merges the flags of the commands above
		if err := fromEnvironment(c, nil); err != nil {
			t.Errorf("%s: %v", c.CommandPath(), err)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			seen++
			if f.Changed {
				t.Errorf("%s: an empty %s sets --%s", c.CommandPath(), variableOf(f.Name), f.Name)
			}
		})
	})
	if seen < 50 {
		t.Errorf("only %d flags were looked at", seen)
	}
}

// A variable that is there for a server is no flag's value.
func TestServersVariable(t *testing.T) {
	t.Setenv(arms.CredentialsVariable, "keys/verification.json")
	t.Setenv(arms.EnginesVariable, "./engines")
	seen := 0
	commands(rootCommand(), func(c *cobra.Command) {
		c.InheritedFlags()
		if err := fromEnvironment(c, nil); err != nil {
			t.Errorf("%s: %v", c.CommandPath(), err)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Changed {
				t.Errorf("%s: --%s is %q", c.CommandPath(), f.Name, f.Value)
			}
			if f.Name == "credentials" {
				seen++
			}
		})
	})
	if seen != 2 {
		t.Errorf("--credentials was seen %d times, want load's and verify's", seen)
	}
}

func TestVariables(t *testing.T) {
	for _, c := range []struct {
		command, flag, text string
		args, want          []string
		fails               bool
	}{
		{command: "run", flag: "fail-on", text: "p99>2ms", want: []string{"p99>2ms"}},
		{command: "run", flag: "fail-on", text: "p99>2ms\r\n\r\n cpu>20us \n", want: []string{"p99>2ms", "cpu>20us"}},
		{command: "run", flag: "set", text: "launches=3\nloads[open].fractions=[0.1, 0.2]", want: []string{"launches=3", "loads[open].fractions=[0.1, 0.2]"}},
		{command: "run", flag: "arms", text: "a,b\nc", want: []string{"a", "b", "c"}},
		{command: "load", flag: "header", text: "A: b, c; d\nE: f", want: []string{"A: b, c; d", "E: f"}},
		{command: "load", flag: "cpus", text: "0\n1,2", want: []string{"0", "1", "2"}},
		{command: "load", flag: "body", text: "a\nb", want: []string{"a\nb"}},
		{command: "run", flag: "fail-on", text: "p99>2ms", args: []string{"--fail-on", "cpu>1us"}, want: []string{"cpu>1us"}},
		{command: "run", flag: "seed", text: "x", fails: true},
	} {
		cmd, _, err := rootCommand().Find([]string{c.command})
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv(variableOf(c.flag), c.text)
		if err := cmd.ParseFlags(c.args); err != nil {
			t.Fatal(err)
		}
		if err := fromEnvironment(cmd, nil); (err != nil) != c.fails {
			t.Errorf("%s=%q: %v", variableOf(c.flag), c.text, err)
		}
		t.Setenv(variableOf(c.flag), "")
		if c.fails {
			continue
		}
		value := cmd.Flag(c.flag).Value
		got := []string{value.String()}
		if list, ok := value.(pflag.SliceValue); ok {
			got = list.GetSlice()
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s=%q gives %q, want %q", variableOf(c.flag), c.text, got, c.want)
		}
	}
}
