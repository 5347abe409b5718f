package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"authbench/internal/judge/advice"
	"authbench/internal/show/report"
)

// adviseFlags are the flags of 'authbench advise'.
type adviseFlags struct {
	need                 advice.Need
	badShare             float64
	storeRTT, revocation time.Duration
	replicas             time.Duration
	output               outputFlags
}

func adviseCommand() *cobra.Command {
	var f adviseFlags
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
			return adviseOn(c.OutOrStdout(), args[0], f.givenNeed(c.Flags()), f.output)
		},
	}
	flags := c.Flags()
	flags.Var(rate{&f.need.Rate}, "rps", "requests per second, over all replicas, such as 5000, 5k or 600/1m")
	flags.IntVar(&f.need.Replicas, "replicas", 1, "servers that share the requests")
	flags.IntVar(&f.need.Clients, "clients", 0, "callers with a credential of their own")
	flags.Float64Var(&f.badShare, "bad-share", 0, "part of the requests whose credential is bad, from 0 to 1")
	flags.DurationVar(&f.storeRTT, "store-rtt", 0, "round trip to a store behind a connection (as it was measured)")
	flags.DurationVar(&f.revocation, "revocation-lag", 0, "how long a credential may work after it was taken back (any time)")
	flags.DurationVar(&f.replicas, "replica-lag", 0, "how long until all replicas have heard of that (not known)")
	flags.DurationVar(&f.need.TokenLifetime, "token-lifetime", advice.DefaultTokenLifetime, "how long a token is valid")
	flags.DurationVar(&f.need.P99, "p99", 0, "the longest response time p99 that will do (any)")
	flags.Float64Var(&f.need.CoreHour, "core-hour", 0, "price of one CPU for an hour, in any currency")
	_ = c.MarkFlagRequired("rps") // fails only for a flag that is not there
	f.output.registerForms(c, "text", "json")
	return c
}

// givenNeed is the need, without what was not asked: 0 means something for these.
func (f adviseFlags) givenNeed(flags *pflag.FlagSet) advice.Need {
	n := f.need
	if flags.Changed("bad-share") {
		n.BadShare = &f.badShare
	}
	if flags.Changed("store-rtt") {
		n.StoreRoundTrip = &f.storeRTT
	}
	if flags.Changed("revocation-lag") {
		n.RevocationLag = &f.revocation
	}
	if flags.Changed("replica-lag") {
		n.ReplicaLag = &f.replicas
	}
	return n
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
