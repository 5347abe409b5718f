package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/spf13/cobra"

	"authbench/internal/method/all"
	"authbench/internal/show/serve"
)

// serveListen is the default address of 'authbench serve'. It is fixed, so that open pages and
// bookmarks stay valid.
const serveListen = "127.0.0.1:8250"

func serveCommand() *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use:   "serve [DIR]",
		Short: "Opens results in a browser",
		Long: `serve shows the results below DIR (default: results) in a browser until Ctrl-C: a
list with every verdict, each result's report, two results compared, a figure's
history over all results of a scenario, and a run that goes on, launch after launch.

It answers to this machine alone, and only reads. Pages are rendered from
result.jsonl and summary.json; a report.html that lies beside them is not used.`,
		Example: `  authbench serve
  authbench serve results/published --listen 127.0.0.1:0`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(fmt.Errorf("serve takes one directory, got %d", len(args)))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			dir := "results"
			if len(args) == 1 {
				dir = args[0]
			}
			return serveResults(c, dir, listen)
		},
	}
	c.Flags().StringVar(&listen, "listen", serveListen, "loopback `address` to listen on; port 0 lets the kernel choose")
	return c
}

// serveResults serves until it is interrupted, which is no error: nothing else ends it.
func serveResults(c *cobra.Command, dir, listen string) (err error) {
	addr, err := netip.ParseAddrPort(listen)
	if err != nil || !addr.Addr().IsLoopback() {
		return usageError(fmt.Errorf("--listen %q: write a loopback address with a port, such as %s", listen, serveListen))
	}
	s, err := serve.New(dir, all.Catalogue())
	if err != nil {
		return usageError(err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(addr))
	if err != nil {
		return fmt.Errorf("%w; choose another address with --listen, such as 127.0.0.1:0", err)
	}
	fmt.Fprintf(c.OutOrStdout(), "http://%s/\n", l.Addr())
	return s.Serve(c.Context(), l)
}
