package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"authbench/internal/fleet/wire"
)

// inviteFlags are those of 'authbench-fleet invite'.
type inviteFlags struct {
	workers, agents      int
	ttl                  time.Duration
	listen, address, out string
}

// mostGuests is how many workers one coordinator's CPU can hear.
const mostGuests = 2500

func inviteCommand() *cobra.Command {
	var f inviteFlags
	c := &cobra.Command{
		Use:   "invite -n WORKERS --listen HOST:PORT",
		Short: "Makes the keys of a run: a file for the coordinator, and one for each worker",
		Long: `invite makes the keys of one run, and writes coordinator.json and w1.json, w2.json, …
with mode 0600. Bring each worker its own file by a way that you trust: whoever has it can join
in the worker's place. No one can join with none, and nobody can make another one: the keys that
sign are thrown away.`,
		Example: `  authbench-fleet invite -n 8 --ttl 1h --listen 10.0.0.1:7422 --out fleet`,
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	l := c.Flags()
	l.IntVarP(&f.workers, "workers", "n", 0, "how many workers to invite")
	l.IntVar(&f.agents, "agents", 0, "how many agents beside the target to invite, 0 or 1")
	l.DurationVar(&f.ttl, "ttl", time.Hour, "how long the invitations hold; a load that would end later is refused")
	l.StringVar(&f.listen, "listen", "127.0.0.1:7422", "`host:port` where the coordinator listens")
	l.StringVar(&f.address, "address", "", "`host:port` that workers connect to, if another one (behind a load balancer, or a service)")
	l.StringVar(&f.out, "out", ".", "`directory` for the files")
	return c
}

func (f inviteFlags) run(c *cobra.Command) error {
	if f.address == "" {
		f.address = f.listen
	}
	switch host, port, err := net.SplitHostPort(f.address); {
	case f.workers < 1 || f.workers > mostGuests:
		return usage("-n %d: write how many workers to invite, 1 to %d", f.workers, mostGuests)
	case f.agents < 0 || f.agents > 1:
		return usage("--agents %d: write 1 to have one beside the target, or 0", f.agents)
	case f.ttl <= 0:
		return usage("--ttl %v: write how long the invitations hold, such as 1h", f.ttl)
	case err != nil || host == "" || port == "0" || port == "":
		return usage("%q: write the HOST:PORT that workers connect to (--listen, --address)", f.address)
	case net.ParseIP(host).IsUnspecified():
		return usage("nobody can connect to %s: name the address that workers know (--address)", f.address)
	}
	charter, invitations, err := wire.Mint(wire.NewRun(), f.listen, "tls://"+f.address, guests(f.workers, f.agents), f.ttl)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.out, 0o700); err != nil {
		return usage("--out: %w", err)
	}
	files := map[string]any{"coordinator.json": charter}
	for _, i := range invitations {
		files[i.Name+".json"] = i
	}
	var written []string
	for name, secret := range files {
		path := filepath.Join(f.out, name)
		if err := wire.WriteSecret(path, secret); err != nil {
			for _, p := range written {
				err = errors.Join(err, os.Remove(p))
			}
			return usage("--out: %w", err)
		}
		written = append(written, path)
	}
	fmt.Fprintf(c.OutOrStdout(), "run %s: coordinator.json and %d invitations in %s, good until %s\n",
		charter.Run, len(invitations), f.out, charter.Own.Expires.Format(time.RFC3339))
	return nil
}
