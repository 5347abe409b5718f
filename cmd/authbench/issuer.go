package main

import (
	"errors"

	"github.com/spf13/cobra"

	"authbench/internal/measure/issuer"
)

// issuerCommand is the process of a run's issuers. Users do not start it: without a run it is
// not told what to issue.
func issuerCommand() *cobra.Command {
	controlled := false
	c := &cobra.Command{
		Use: "issuer", Short: "Serves the issuers of a run", Hidden: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !controlled {
				return usageError(errors.New("'authbench issuer' takes its orders from a run, and does nothing by itself: use 'authbench run introspection'"))
			}
			return issuer.Controlled(c.Context())
		},
	}
	c.Flags().BoolVar(&controlled, "controlled", false, "take orders from the harness")
	return c
}
