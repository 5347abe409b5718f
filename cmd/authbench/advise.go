package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"authbench/internal/judge/advice"
	"authbench/internal/show/report"
	"authbench/internal/text/unit"
)

// adviseFlags are the flags of 'authbench advise'.
type adviseFlags struct {
	need   advice.Need
	output outputFlags
}

// needFlag is a flag that takes a part of a need.
type needFlag struct {
	need                 *advice.Need
	name, kind, standard string
}

func (f needFlag) String() string        { return f.standard }
func (f needFlag) Type() string          { return f.kind }
func (f needFlag) Set(text string) error { return f.need.Set(f.name, text) }

func adviseCommand() *cobra.Command {
	f := adviseFlags{need: advice.Need{Replicas: 1, TokenLifetime: advice.DefaultTokenLifetime}}
	c := &cobra.Command{
		Use:   "advise RESULT --rps RATE",
		Short: "Says which methods of a result meet your limits, and what they cost",
		Long: `advise reads a result directory, or a result.jsonl file, and puts its arms in the
order in which a team should look at them: those that meet all limits first, the
cheapest first among equals, each with the evidence. It measures nothing: where the
result leaves a limit open, it says of which arms, and with which command you find out.`,
		Example: `  authbench advise results/20260101T120000Z-stores-1a2b3c --rps 5000
  authbench advise RESULT --rps 5000 --store-rtt 500us --revocation-lag 10s --replicas 4
  authbench advise RESULT --rps 200 --core-hour 0.04 -o json`,
		Args: exactArgs(1, "name a result directory"),
		RunE: func(c *cobra.Command, args []string) error {
			return adviseOn(c.OutOrStdout(), args[0], f.need, f.output)
		},
	}
	f.register(c)
	f.output.registerForms(c, "text", "json")
	return c
}

// register adds a flag for each part of the need.
func (f *adviseFlags) register(c *cobra.Command) {
	add := func(name, kind, standard, usage string) {
		c.Flags().Var(needFlag{&f.need, name, kind, standard}, name, usage)
	}
	add("rps", "rate", "", "requests per second, over all replicas, such as 5000, 5k or 600/1m")
	add("replicas", "int", "1", "servers that share the requests")
	add("clients", "int", "", "callers with a credential of their own")
	add("bad-share", "part", "", "part of the requests whose credential is bad, such as 0.02 or 2%")
	add("store-rtt", "duration", "", "round trip to a store behind a connection (as it was measured)")
	add("revocation-lag", "duration", "", "how long a credential may work after it was revoked (any time)")
	add("replica-lag", "duration", "", "how long until all replicas have heard of that (not known)")
	add("token-lifetime", "duration", unit.Time(advice.DefaultTokenLifetime), "how long a token is valid")
	add("p99", "duration", "", "the longest response time p99 that will do (any)")
	add("core-hour", "price", "", "price of one CPU for an hour, in any currency")
}

func adviseOn(w io.Writer, path string, n advice.Need, o outputFlags) error {
	if err := n.Check(); err != nil {
		return usageError(err)
	}
	a, err := analyzeResult(path)
	if err != nil {
		return err
	}
	found, err := advice.Advise(&a.Summary, n, path)
	if err != nil {
		return &exitError{exitInvalid, fmt.Errorf("%s: %w", path, err)}
	}
	if o.format == "json" {
		return report.JSON(w, found)
	}
	return report.Advice(w, found, o.terminal(w))
}
