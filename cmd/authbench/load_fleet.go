package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"authbench/internal/measure/courier"
	"authbench/internal/measure/loadtest"
	"authbench/internal/measure/reach"
	"authbench/internal/result"
)

// fleetVariable overrides where the program authbench-fleet is.
const fleetVariable = "AUTHBENCH_FLEET"

// fleetProgram is the path where the program that coordinates a fleet is expected.
func fleetProgram() (string, error) {
	path := os.Getenv(fleetVariable)
	if path == "" {
		own, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("find this program: %w", err)
		}
		path = filepath.Join(filepath.Dir(own), "authbench-fleet"+filepath.Ext(own)) // .exe, on some systems
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("--workers needs the program authbench-fleet, which is not at %s: 'make fleet' builds it", path)
	}
	return path, nil
}

// fleetArguments are what the coordinator is started with for --workers.
func (f loadFlags) fleetArguments() ([]string, error) {
	if len(f.cpus) > 0 {
		return nil, usageError(errors.New("--cpus and --workers: which worker would be pinned to them; start workers by hand with 'authbench-fleet worker --cpus', or leave --cpus out"))
	}
	args := []string{"coordinate"}
	if n, err := strconv.Atoi(f.workers); err == nil {
		if n < 1 {
			return nil, usageError(fmt.Errorf("--workers %d: write how many workers to start here, at least 1, or the coordinator's file", n))
		}
		args = append(args, "--local", strconv.Itoa(n))
	} else if _, err := os.Stat(f.workers); errors.Is(err, fs.ErrNotExist) {
		return nil, usageError(fmt.Errorf("--workers %q: write how many workers to start here, or the coordinator's file, which 'authbench-fleet invite' writes", f.workers))
	} else {
		args = append(args, "--charter", f.workers)
	}
	if f.credentials != "" {
		args = append(args, "--credentials", f.credentials)
	}
	if f.allowRemote {
		args = append(args, "--allow-remote")
	}
	return args, nil
}

// runFleet runs a load test over workers, and shows its progress.
func (f loadFlags) runFleet(ctx context.Context, spec loadtest.Spec, p *progress, o outputFlags) (*loadtest.Result, error) {
	args, err := f.fleetArguments()
	if err != nil {
		return nil, err
	}
	program, err := fleetProgram()
	if err != nil {
		return nil, usageError(err)
	}
	if _, err := reach.Addresses(ctx, spec.Site, spec.AllowRemote); err != nil {
		return nil, err // workers look at it again, each with its own eyes
	}
	coordinator, err := courier.Start(ctx, program, args, noteLines{p})
	if err != nil {
		return nil, err
	}
	jobs, err := loadtest.Split(spec, len(coordinator.Roll.Workers))
	if err != nil {
		coordinator.Close()
		return nil, usageError(fmt.Errorf("--workers %s: %w", f.workers, err))
	}
	fleet := loadtest.NewFleet(spec, jobs)
	over, err := follow(ctx, coordinator, jobs, fleet, func() func() { return p.showing(ctx, spec, fleet, o) }, p)
	if over == nil {
		return nil, err
	}
	return conclude(ctx, fleet, over)
}

// follow takes the news of a coordinator. Begin is called when the load begins, and what it
// returns when it has ended.
func follow(ctx context.Context, c *courier.Process, jobs []loadtest.Job, fleet *loadtest.Fleet, begin func() (end func()), p *progress) (*courier.Over, error) {
	end := func() {}
	defer func() { end() }()
	begun := false
	return c.Follow(ctx, courier.Order{Version: courier.Version, Jobs: jobs}, func(n courier.News) error {
		starts := !n.Starts.IsZero()
		switch {
		case n.Text != "" && !p.live:
			p.note("%s", n.Text)
		case n.Text != "" && !starts:
			p.line("%s", n.Text)
		}
		if starts && !begun {
			begun, end = true, begin()
		}
		return takeNews(fleet, n)
	})
}

// conclude is what a run that is over has found.
func conclude(ctx context.Context, fleet *loadtest.Fleet, over *courier.Over) (*loadtest.Result, error) {
	if !over.Started {
		return nil, errors.Join(context.Cause(ctx), fmt.Errorf("the fleet did not start: %s", over.Why))
	}
	ending := loadtest.Ending{Interrupted: over.Interrupted}
	switch {
	case !over.Interrupted:
		ending.Broken = over.Why
	case ctx.Err() == nil: // nobody has told this program to end
		ending = loadtest.Ending{Broken: "the coordinator was ended from outside"}
	}
	found, err := fleet.Result(aboutWorkers(over.Workers), ending)
	if t := over.Target; found != nil && t != nil && found.Summary.Throughput > 0 && t.MeasuredNanos > 0 {
		found.Summary.ServerCPU = 1e6 * float64(t.CPUNanos) / float64(t.MeasuredNanos) / found.Summary.Throughput
	}
	if err == nil && over.Interrupted {
		err = context.Cause(ctx)
	}
	return found, err
}

// noteLines notes what the coordinator and its workers say to people.
type noteLines struct{ *progress }

func (n noteLines) Write(text []byte) (int, error) {
	for line := range strings.Lines(string(text)) {
		n.note("%s", strings.TrimRight(line, "\n"))
	}
	return len(text), nil
}

// takeNews hands what a worker found to who adds it up.
func takeNews(f *loadtest.Fleet, n courier.News) error {
	switch {
	case n.Delta != nil:
		var d loadtest.Delta
		if err := json.Unmarshal(n.Delta.Data, &d); err != nil {
			return fmt.Errorf("read what worker %d found: %w", n.Delta.Worker, err)
		}
		return f.Delta(n.Delta.Worker, d)
	case n.Final != nil:
		var final loadtest.Final
		if err := json.Unmarshal(n.Final.Data, &final); err != nil {
			return fmt.Errorf("read what worker %d found: %w", n.Final.Worker, err)
		}
		return f.Final(n.Final.Worker, &final)
	case !n.Starts.IsZero():
		f.Started(n.Starts)
	}
	return nil
}

// aboutWorkers is what the coordinator knows of the workers.
func aboutWorkers(all []courier.Worker) []result.Worker {
	const micro = 1e3 // ns
	var out []result.Worker
	for _, w := range all {
		out = append(out, result.Worker{
			Name: w.Name, Host: w.Host, Build: w.Build,
			ClockOffset: -float64(w.OffsetNanos) / micro, ClockError: float64(w.BoundNanos) / micro,
		})
	}
	return out
}
