package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/internal/auth"
	"authbench/internal/control"
	"authbench/internal/target"
)

// targetFlags are the flags of 'authbench target'.
type targetFlags struct {
	method       methodFlags
	verification string
	listen       string
	controlled   bool
}

func targetCommand() *cobra.Command {
	var f targetFlags
	c := &cobra.Command{
		Use:   "target --method METHOD",
		Short: "Runs one target server alone, for curl or another load tool",
		Long: `target runs the server that a built-in arm measures, prints its ready line
({"addr":"127.0.0.1:41234","pid":4321}) and serves until Ctrl-C. Methods with a
credential need the keys that 'authbench mint' writes.`,
		Example: `  authbench mint --method jwt -p alg=EdDSA --out keys
  authbench target --method jwt -p alg=EdDSA --keys keys/target.json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.controlled {
				// Ctrl-C is the harness's to handle.
				return target.Controlled(c.Context(), auth.NewVerifier)
			}
			return serveAlone(c.Context(), c.OutOrStdout(), f)
		},
	}
	f.method.register(c)
	c.Flags().StringVar(&f.verification, "keys", "", "`file` of the keys to verify with, target.json of 'authbench mint'")
	c.Flags().StringVar(&f.listen, "listen", "127.0.0.1:0", "loopback `address` to listen on; port 0 lets the kernel choose")
	c.Flags().BoolVar(&f.controlled, "controlled", false, "take orders from the harness")
	_ = c.Flags().MarkHidden("controlled") // fails only for a flag that is not there
	return c
}

// serveAlone is a target started by hand.
func serveAlone(ctx context.Context, out io.Writer, f targetFlags) error {
	method, err := f.method.parse()
	if err != nil {
		return usageError(err)
	}
	listen, err := netip.ParseAddrPort(f.listen)
	if err != nil || !listen.Addr().IsLoopback() {
		return usageError(fmt.Errorf("--listen %q: write a loopback address with a port, such as 127.0.0.1:8080", f.listen))
	}
	var verification json.RawMessage
	if f.verification != "" {
		if verification, err = os.ReadFile(f.verification); err != nil {
			return usageError(fmt.Errorf("--keys: %w", err))
		}
	}
	verifier, err := auth.NewVerifier(method, verification)
	if err != nil {
		return usageError(fmt.Errorf("%w; --keys takes the target.json that 'authbench mint' writes for the same method and parameters", err))
	}
	return target.Run(ctx, target.Config{Listen: listen, Verifier: verifier, Ready: func(addr netip.AddrPort) error {
		return json.NewEncoder(out).Encode(control.Ready{Addr: addr, PID: os.Getpid()})
	}})
}

// methodFlags choose a method and its parameters on the command line.
type methodFlags struct {
	id     string
	params []string
}

func (f *methodFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.id, "method", "", "auth `method`; 'authbench list methods' shows them")
	c.Flags().StringArrayVarP(&f.params, "param", "p", nil, "parameter of the method, as `name=value` (repeatable)")
}

// parse checks the flags as a scenario's method is checked.
func (f *methodFlags) parse() (bench.Method, error) {
	return bench.ParseMethod(f.id, f.params, auth.Catalogue())
}
