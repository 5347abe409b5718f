package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"authbench/internal/fleet/consent"
	"authbench/internal/fleet/crew"
	"authbench/internal/fleet/protocol"
	"authbench/internal/fleet/wire"
)

// workerFlags are those of 'authbench-fleet worker'.
type workerFlags struct {
	guestFlags
	credentials string
	targets     []string
	maxRate     float64
	consentPort uint16
	cpus        []int
	local, own  bool
}

func workerCommand() *cobra.Command {
	var f workerFlags
	c := &cobra.Command{
		Use:   "worker --invitation FILE",
		Short: "Sends a part of the load, and goes",
		Long: `worker joins the run of its invitation, sends its part of the load, hands over what it
found, and ends.

It sends load to the networks and ports that --allow-target names: to no other, whatever the
coordinator asks for, and to no Unix socket. The server must consent itself, too: it is asked
for /.well-known/authbench-consent before the load and every ten seconds during it. Servers of
this machine are no exception.

If the coordinator is silent for five seconds, the load stops. What was measured is in the
spool, until the coordinator has it.`,
		Example: `  authbench-fleet worker --invitation w1.json --allow-target 10.0.1.0/24:8080 --max-rate 50000`,
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	l := c.Flags()
	f.register(l)
	l.StringArrayVar(&f.targets, "allow-target", nil, "`network:port` to which load may go, such as 10.0.1.0/24:8080 (repeatable)")
	l.Float64Var(&f.maxRate, "max-rate", 0, "the most requests per second that may be due at this worker; 0 for any (after a stall, what is late goes out at once)")
	l.IntSliceVar(&f.cpus, "cpus", nil, "`CPUs` to pin the generator threads to, such as 2,3")
	l.StringVar(&f.credentials, "credentials", "", "`file` of credentials, the same as the coordinator's")
	l.Uint16Var(&f.consentPort, "consent-port", 0, "`port` of the target's address where its agent answers for it; the load's own unless given")
	l.BoolVar(&f.local, "local", false, "the load is this user's own, and may go to servers of this machine")
	l.BoolVar(&f.own, "own", false, "the load is this user's own, who lets it go anywhere")
	for _, flag := range []string{"local", "own"} {
		_ = l.MarkHidden(flag) // the coordinator gives it to workers on its machine; fails only for a flag that is not there
	}
	return c
}

func (f workerFlags) run(c *cobra.Command) error {
	o := crew.WorkerOptions{CPUs: f.cpus, Credentials: f.credentials}
	if !(f.maxRate >= 0) {
		return usage("--max-rate %v: write requests per second, or 0 for any", f.maxRate)
	}
	o.Policy = consent.Policy{MaxRate: f.maxRate, Local: f.local, Own: f.own, ConsentPort: f.consentPort}
	for _, text := range f.targets {
		t, err := consent.ParseTarget(text)
		if err != nil {
			return usage("--allow-target %w", err)
		}
		o.Policy.Targets = append(o.Policy.Targets, t)
	}
	var err error
	if o.GuestOptions, err = f.guest(c, protocol.RoleWorker); err != nil {
		return err
	}
	return crew.Work(c.Context(), o)
}

// guestFlags are those of workers and of agents.
type guestFlags struct {
	invitation, spool string
	patience, keep    time.Duration
	quiet             bool
}

func (f *guestFlags) register(l *pflag.FlagSet) {
	l.StringVar(&f.invitation, "invitation", "", "`file` that 'authbench-fleet invite' wrote for this machine")
	l.StringVar(&f.spool, "spool", "", "`directory` for what was measured, until the coordinator has it (default: below the user's cache)")
	l.DurationVar(&f.patience, "patience", 10*time.Minute, "how long to try to join")
	l.DurationVar(&f.keep, "keep", 15*time.Minute, "how long to try to hand over what was measured to a coordinator that is gone")
	l.BoolVar(&f.quiet, "quiet", false, "say nothing but errors")
}

// guest checks the flags.
func (f guestFlags) guest(c *cobra.Command, role string) (o crew.GuestOptions, err error) {
	o = crew.GuestOptions{Spool: f.spool, Patience: f.patience, Keep: f.keep, Say: func(string) {}}
	if f.invitation == "" {
		return o, usage("--invitation names the file that 'authbench-fleet invite' wrote")
	}
	if o.Invitation, err = wire.ReadInvitation(f.invitation, role); err != nil {
		return o, usage("%w", err)
	}
	if o.Spool == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return o, usage("--spool: there is no default: %w", err)
		}
		o.Spool = filepath.Join(cache, "authbench-fleet")
	}
	if !f.quiet {
		o.Say = func(text string) { fmt.Fprintf(c.ErrOrStderr(), "%s: %s\n", o.Invitation.Name, text) }
	}
	return o, nil
}
