package main

import "github.com/spf13/cobra"

// limitFlags say which figures of a run make the command fail.
type limitFlags struct {
	failOn []string
	strict bool
}

func (f *limitFlags) register(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.failOn, "fail-on", nil, "exit 1 if an arm's figure is beyond a limit, such as 'p99>2ms', 'apikey:cpu>20us' or 'errors>0' (repeatable; 'authbench list metrics')")
	c.Flags().BoolVar(&f.strict, "strict", false, "exit 3 if the run is suspicious")
}
