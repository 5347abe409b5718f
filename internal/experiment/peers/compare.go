package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"authbench/internal/measure/host"
	"authbench/internal/measure/proc"
)

// comparer makes a comparison.
type comparer struct {
	options
	starter  *proc.Starter
	dir      string
	report   *report
	peers    []client
	random   *rand.Rand
	progress io.Writer
}

// compare measures what the options ask for. With an error, the report holds what
// was measured until then.
func compare(ctx context.Context, o options, progress io.Writer) (_ *report, err error) {
	starter, err := proc.NewStarter()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, starter.Close()) }()
	dir, err := os.MkdirTemp("", "authbench-peers-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	c := &comparer{
		options: o, starter: starter, dir: dir, progress: progress,
		report: newReport(time.Now()),
		random: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0)),
	}
	if err := c.discover(); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{{partCost, c.cost}, {partOpen, c.open}, {partFreeze, c.freeze}} {
		if !slices.Contains(o.parts, part.name) {
			continue
		}
		if err := part.run(ctx); err != nil {
			return c.report, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return c.report, nil
}

// discover finds the CPUs, authbench and the peers.
func (c *comparer) discover() error {
	cpus := host.Allowed()
	// On one CPU alone they share it; the report shows the numbers.
	c.report.Host.GeneratorCPUs, c.report.Host.ServerCPUs = cpus[:1], cpus[len(cpus)-1:]
	version, err := authbench(c.authbench, "authbench", flags{}).find()
	if err != nil {
		return fmt.Errorf("%w; make build leaves authbench there, or say where it is: -authbench", err)
	}
	c.report.Clients = append(c.report.Clients, tool{Name: "authbench", Version: version})
	for _, p := range peers() {
		version, err := p.find()
		switch {
		case err != nil && isAbsent(err):
			c.report.Absent = append(c.report.Absent, absence{p.name, "not on the PATH: " + p.install})
		case err != nil:
			return err
		default:
			c.report.Clients = append(c.report.Clients, tool{p.name, version})
			c.peers = append(c.peers, p)
		}
	}
	return nil
}

// onStage starts a server, hands a stage to a function, and ends the server.
func (c *comparer) onStage(ctx context.Context, pinned bool, act func(*stage) error) (err error) {
	s := &stage{starter: c.starter, dir: c.dir}
	var cpus []int
	if pinned {
		s.cpus, cpus = c.report.Host.GeneratorCPUs, c.report.Host.ServerCPUs
	}
	if s.server, err = startServer(ctx, c.starter, c.authbench, cpus); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.server.stop()) }()
	return act(s)
}

// rehearse has each client do a short job that does not count, and returns those
// that can. One that may be unable to is noted as absent.
func (c *comparer) rehearse(ctx context.Context, s *stage, clients []client, j job) ([]client, error) {
	c.progressf("trying each client once")
	j.duration = time.Second
	var able []client
	for _, one := range clients {
		brief := one
		brief.uncounted = 0
		_, err := s.run(ctx, brief, j, nil)
		var broken *failure
		switch {
		case err == nil:
			able = append(able, one)
		case ctx.Err() == nil && one.optional && errors.As(err, &broken):
			c.report.addAbsent(one.name, "does not work here: "+strings.ReplaceAll(broken.cause.Error(), "\n    | ", " ")) // a line of the page
		default:
			return nil, err
		}
	}
	return able, nil
}

// shuffled returns clients in random order: what comes and goes on the machine, and
// what one run leaves for the next, must not always meet the same.
func (c *comparer) shuffled(clients []client) []client {
	out := slices.Clone(clients)
	c.random.Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
	return out
}

func (c *comparer) progressf(format string, args ...any) {
	fmt.Fprintf(c.progress, format+"\n", args...)
}
