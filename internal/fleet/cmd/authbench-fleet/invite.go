package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
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
	cluster              clusterFlags
}

// clusterFlags say which servers of NATS a run has instead of its own.
type clusterFlags struct {
	urls             []string
	key, account, ca string
	replicas         int
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
		Example: `  authbench-fleet invite -n 8 --ttl 1h --listen 10.0.0.1:7422 --out fleet
  authbench-fleet invite -n 8 --nats tls://n1.example:4222,tls://n2.example:4222 --signing-key load.nk`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	l := c.Flags()
	l.IntVarP(&f.workers, "workers", "n", 0, "how many workers to invite")
	l.IntVar(&f.agents, "agents", 0, "how many agents beside the target to invite, 0 or 1")
	l.DurationVar(&f.ttl, "ttl", time.Hour, "how long the invitations hold; a load that would end later is refused")
	l.StringVar(&f.listen, "listen", "127.0.0.1:7422", "`host:port` where the coordinator listens")
	l.StringVar(&f.address, "address", "", "`host:port` that workers connect to, if another one (behind a load balancer, or a service)")
	l.StringSliceVar(&f.cluster.urls, "nats", nil, "`tls://host:port` of your own servers of NATS with JetStream, instead of one that the coordinator starts (repeatable)")
	l.StringVar(&f.cluster.key, "signing-key", "", "`file` with the seed of the account's key at --nats, or of one that signs for it (SA…)")
	l.StringVar(&f.cluster.account, "account", "", "the account's public `key` (A…), if --signing-key is not the account's own")
	l.StringVar(&f.cluster.ca, "ca", "", "`file` with the authority that signed the certificates at --nats, in PEM; whom the machines trust unless given")
	l.IntVar(&f.cluster.replicas, "replicas", 3, "how many servers at --nats keep what is measured")
	l.StringVar(&f.out, "out", ".", "`directory` for the files")
	return c
}

func (f inviteFlags) run(c *cobra.Command) error {
	switch {
	case f.workers < 1 || f.workers > mostGuests:
		return usage("-n %d: write how many workers to invite, 1 to %d", f.workers, mostGuests)
	case f.agents < 0 || f.agents > 1:
		return usage("--agents %d: write 1 to have one beside the target, or 0", f.agents)
	case f.ttl <= 0:
		return usage("--ttl %v: write how long the invitations hold, such as 1h", f.ttl)
	}
	mint := f.mint
	if len(f.cluster.urls) > 0 {
		mint = f.mintBelow
	}
	for _, name := range f.misplaced() {
		if c.Flags().Changed(name) {
			return usage("--%s has no meaning with what else is given: without --nats the coordinator starts a server, and with it there is none to start", name)
		}
	}
	charter, invitations, err := mint()
	if err != nil {
		return err
	}
	return f.write(c.OutOrStdout(), charter, invitations)
}

// misplaced are the flags for the other kind of server.
func (f inviteFlags) misplaced() []string {
	if len(f.cluster.urls) > 0 {
		return []string{"listen", "address"}
	}
	return []string{"signing-key", "account", "ca", "replicas"}
}

// mint makes the keys of a run whose coordinator starts a server.
func (f inviteFlags) mint() (wire.Charter, []wire.Invitation, error) {
	if f.address == "" {
		f.address = f.listen
	}
	switch host, port, err := net.SplitHostPort(f.address); {
	case err != nil || host == "" || port == "0" || port == "":
		return wire.Charter{}, nil, usage("%q: write the HOST:PORT that workers connect to (--listen, --address)", f.address)
	case net.ParseIP(host).IsUnspecified():
		return wire.Charter{}, nil, usage("nobody can connect to %s: name the address that workers know (--address)", f.address)
	}
	return wire.Mint(wire.NewRun(), f.listen, "tls://"+f.address, guests(f.workers, f.agents), f.ttl)
}

// mostReplicas is how many copies a stream may have (nats-server).
const mostReplicas = 5

// mintBelow makes the users of a run at servers of somebody's own.
func (f inviteFlags) mintBelow() (wire.Charter, []wire.Invitation, error) {
	own := f.cluster
	c := wire.Cluster{URLs: own.urls, Replicas: own.replicas}
	for _, u := range own.urls {
		if err := wire.CheckURL(u); err != nil {
			return wire.Charter{}, nil, usage("--nats: %w: what is measured does not travel in clear", err)
		}
	}
	switch {
	case own.key == "":
		return wire.Charter{}, nil, usage("--nats needs --signing-key, a file with the seed of the account's key: it signs the users of the run")
	case own.replicas < 1 || own.replicas > mostReplicas:
		return wire.Charter{}, nil, usage("--replicas %d: write how many servers keep what is measured, 1 to %d", own.replicas, mostReplicas)
	}
	if own.ca != "" {
		text, err := os.ReadFile(own.ca)
		if err != nil {
			return wire.Charter{}, nil, usage("--ca: %w", err)
		}
		if !x509.NewCertPool().AppendCertsFromPEM(text) {
			return wire.Charter{}, nil, usage("--ca %s: it has no certificate in PEM", own.ca)
		}
		c.CA = string(text)
	}
	signer, err := wire.ReadSigner(own.key, own.account)
	if err != nil {
		return wire.Charter{}, nil, usage("--signing-key: %w", err)
	}
	return wire.MintBelow(wire.NewRun(), c, signer, guests(f.workers, f.agents), f.ttl)
}

// write writes the files.
func (f inviteFlags) write(stdout io.Writer, charter wire.Charter, invitations []wire.Invitation) error {
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
	fmt.Fprintf(stdout, "run %s: coordinator.json and %d invitations in %s, good until %s\n",
		charter.Run, len(invitations), f.out, charter.Own.Expires.Format(time.RFC3339))
	return nil
}
