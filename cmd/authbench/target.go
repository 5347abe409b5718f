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
	"authbench/internal/measure/control"
	"authbench/internal/measure/inject"
	"authbench/internal/measure/target"
	"authbench/internal/method"
	"authbench/internal/method/all"
	"authbench/internal/text/usertext"
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
credential need the keys that 'authbench mint' writes.

--inject makes it worse on purpose, to see whether that is noticed: cpu=300ns and
cpu=5% cost CPU time per request, cpu=5%/1s the same in bursts, alloc=2KiB memory,
tail=2%:10ms holds 2 % of the requests up, stall=100ms/2s all of them now and then, lock
lets in one at a time. (A server that is not saturated then sleeps less often, so that
the whole grows by less.) It may stand before the subcommand: authbench gate --base bin/authbench --head 'bin/authbench
--inject cpu=5%' must fail.`,
		Example: `  authbench mint --method jwt -p alg=EdDSA --out keys
  authbench target --method jwt -p alg=EdDSA --keys keys/target.json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			newVerifier, err := withFault(c)
			if err != nil {
				return usageError(err)
			}
			if f.controlled {
				// The harness handles Ctrl-C.
				return target.Controlled(c.Context(), newVerifier)
			}
			return serveAlone(c.Context(), c.OutOrStdout(), f, newVerifier)
		},
	}
	f.method.register(c)
	c.Flags().StringVar(&f.verification, "keys", "", "`file` of the keys to verify with, target.json of 'authbench mint'")
	c.Flags().StringVar(&f.listen, "listen", "127.0.0.1:0", "loopback `address` to listen on; port 0 lets the kernel choose")
	c.Flags().BoolVar(&f.controlled, "controlled", false, "take orders from the harness")
	_ = c.Flags().MarkHidden("controlled") // fails only for a flag that is not there
	return c
}

// injectFlag is the root's: a gate puts the subcommand behind it.
const injectFlag = "inject"

// newVerifier makes a method's verifier from its verification material.
type newVerifier func(m bench.Method, verification json.RawMessage, loading func(done, total int)) (target.Verifier, error)

// withFault returns a function that makes verifiers, with the requested fault if there is one. A
// verifier with a fault does not report figures of a store or of fetched keys.
func withFault(c *cobra.Command) (newVerifier, error) {
	honest := func(m bench.Method, v json.RawMessage, loading func(done, total int)) (target.Verifier, error) {
		verifier, err := all.Catalogue().NewVerifier(m, v, loading)
		if err == nil {
			method.OnNotice(verifier, func(text string) { fmt.Fprintln(c.ErrOrStderr(), "authbench:", text) })
		}
		return verifier, err
	}
	text := c.Flag(injectFlag).Value.String()
	if text == "" {
		return honest, nil
	}
	fault, err := inject.Parse(text)
	if err != nil {
		return nil, err
	}
	return func(m bench.Method, v json.RawMessage, loading func(done, total int)) (target.Verifier, error) {
		verifier, err := honest(m, v, loading)
		if err != nil {
			return nil, err
		}
		return inject.Wrap(verifier, fault, target.OwnCPU), nil
	}, nil
}

// refuseInject returns an error for a command on which the fault has no effect. verify ignores it, so
// that a program with a fault can be examined.
func refuseInject(c *cobra.Command) error {
	if name := c.Name(); c.Flag(injectFlag).Value.String() != "" && name != "target" && name != "verify" {
		return usageError(fmt.Errorf("--%s is for 'authbench target', and for a gate's --base and --head; %s takes none", injectFlag, name))
	}
	return nil
}

// serveAlone is a target started by hand.
func serveAlone(ctx context.Context, out io.Writer, f targetFlags, newVerifier newVerifier) error {
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
		if verification, err = readFile(f.verification, usertext.ReadAll); err != nil {
			return usageError(fmt.Errorf("--keys: %w", err))
		}
	}
	verifier, err := newVerifier(method, verification, nil)
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
	return bench.ParseMethod(f.id, f.params, all.Catalogue())
}
