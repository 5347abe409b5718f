package main

import (
	"fmt"
	"net"
	"time"

	"github.com/prometheus/procfs"
	"github.com/spf13/cobra"

	"authbench/internal/fleet/consent"
	"authbench/internal/fleet/crew"
	"authbench/internal/fleet/protocol"
)

// targetFlags are those of 'authbench-fleet target'.
type targetFlags struct {
	guestFlags
	pid     int
	listen  string
	maxRate float64
}

func targetCommand() *cobra.Command {
	var f targetFlags
	c := &cobra.Command{
		Use:   "target --invitation FILE",
		Short: "Stands beside the server: reads its CPU clock, and consents for it",
		Long: `target is an agent beside the server that is loaded. With --pid it reads the server's CPU
time at the beginning and at the end of the measured part (of that process and its threads, and
not of its children). With --consent it answers at an address of this machine that the run may
send load here, as long as the agent lives: workers ask there with --consent-port.`,
		Example: `  authbench-fleet invite -n 8 --agents 1 --listen 10.0.0.1:7422
  authbench-fleet target --invitation t1.json --pid 4711 --consent 10.0.1.5:7423`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	l := c.Flags()
	f.register(l)
	l.IntVar(&f.pid, "pid", 0, "the server's process")
	l.StringVar(&f.listen, "consent", "", "`host:port` at which to answer that load may be sent here")
	l.Float64Var(&f.maxRate, "max-rate", 0, "the most requests per second of all workers that --consent allows; 0 for any")
	return c
}

func (f targetFlags) run(c *cobra.Command) (err error) {
	var o crew.AgentOptions
	if o.GuestOptions, err = f.guest(c, protocol.RoleTarget); err != nil {
		return err
	}
	if !(f.maxRate >= 0) {
		return usage("--max-rate %v: write requests per second, or 0 for any", f.maxRate)
	}
	if f.pid == 0 && f.listen == "" {
		return usage("there is nothing to do: give --pid, --consent or both")
	}
	if f.pid != 0 {
		process, err := procfs.NewProc(f.pid)
		if err != nil {
			return usage("--pid %d: there is no such process: %w", f.pid, err)
		}
		o.CPU = func() (time.Duration, error) {
			stat, err := process.Stat()
			if err != nil {
				return 0, fmt.Errorf("read the server's CPU clock: %w", err)
			}
			return time.Duration(stat.CPUTime() * float64(time.Second)), nil
		}
	}
	if f.listen != "" {
		if o.Consent, err = net.Listen("tcp", f.listen); err != nil {
			return usage("--consent: %w", err)
		}
		o.Document = consent.Document{Version: consent.Version, Runs: []string{o.Invitation.Run}, MaxRate: f.maxRate, Expires: o.Invitation.Expires}
	}
	return crew.Attend(c.Context(), o)
}
