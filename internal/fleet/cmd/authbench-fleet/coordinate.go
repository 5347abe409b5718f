package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"authbench/internal/fleet/crew"
	"authbench/internal/fleet/protocol"
	"authbench/internal/fleet/wire"
	"authbench/internal/measure/courier"
)

// coordinateFlags are those of 'authbench-fleet coordinate'.
type coordinateFlags struct {
	local                           int
	charter, credentials, directory string
	patience                        time.Duration
	allowRemote                     bool
}

const (
	// mostLocal bounds the workers on one machine: more would only hold each other up.
	mostLocal = 256
	// localTTL is how long their invitations hold: longer than any load test.
	localTTL = 30 * 24 * time.Hour
	// maxOrder bounds the line with the jobs.
	maxOrder = 64 << 20
)

func coordinateCommand() *cobra.Command {
	var f coordinateFlags
	c := &cobra.Command{
		Use:    "coordinate",
		Short:  "Coordinates workers, for 'authbench load --workers', which starts it",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	l := c.Flags()
	l.IntVar(&f.local, "local", 0, "start so many workers on this machine")
	l.StringVar(&f.charter, "charter", "", "`file` that 'authbench-fleet invite' wrote for the coordinator")
	l.StringVar(&f.credentials, "credentials", "", "`file` of credentials for the workers on this machine")
	l.BoolVar(&f.allowRemote, "allow-remote", false, "let workers on this machine send load to another one")
	l.StringVar(&f.directory, "directory", os.TempDir(), "where to make the run's `directory`")
	l.DurationVar(&f.patience, "patience", 2*time.Minute, "how long workers may take to join and to connect")
	return c
}

// run is a coordinator from its flags to its last line.
func (f coordinateFlags) run(c *cobra.Command) (err error) {
	charter, invitations, err := f.keys()
	if err != nil {
		return err
	}
	directory, err := crew.NewDirectory(f.directory, charter)
	if err != nil {
		return err
	}
	var told bool // all that there was to tell
	defer func() { err = errors.Join(err, clear(c.ErrOrStderr(), directory, told)) }()
	out := &teller{to: json.NewEncoder(c.OutOrStdout())}
	coordinator, err := crew.Open(c.Context(), crew.CoordinatorOptions{Charter: charter, Directory: directory, Patience: f.patience, Tell: out.tell})
	if err != nil {
		told = true
		return err
	}
	defer coordinator.Close()
	ctx, order, err := f.order(c, out, courier.Roll{Version: courier.Version, Build: courier.OwnBuild(), Run: charter.Run, Directory: directory}, charter)
	if err != nil {
		told = true
		return err
	}
	locals, err := f.startLocals(c, directory, coordinator.Addr(), invitations)
	if err != nil {
		told = true
		return err
	}
	defer locals.Close()
	whole, err := coordinator.Run(ctx, order)
	// Workers elsewhere keep what they could not hand over, and come with it to who collects.
	if told = whole || err == nil && f.local > 0; told {
		err = errors.Join(err, coordinator.Forget())
	}
	return err
}

// clear removes the directory of a run, unless it has what nobody was told.
func clear(stderr io.Writer, directory string, told bool) error {
	left, err := crew.Undelivered(directory)
	if told && !left && err == nil {
		return os.RemoveAll(directory)
	}
	fmt.Fprintf(stderr, "'authbench-fleet collect %s' shows what was measured\n", directory)
	return err
}

// startLocals starts the workers on this machine, if there are any.
func (f coordinateFlags) startLocals(c *cobra.Command, directory, address string, invitations []wire.Invitation) (*crew.Locals, error) {
	for i := range invitations {
		invitations[i].URL = "tls://" + address
	}
	arguments := []string{"--local"}
	if f.credentials != "" {
		arguments = append(arguments, "--credentials", f.credentials)
	}
	if f.allowRemote {
		arguments = append(arguments, "--own")
	}
	return crew.StartLocals(directory, invitations, arguments, func(worker, text string) {
		fmt.Fprintf(c.ErrOrStderr(), "%s: %s\n", worker, text)
	})
}

// keys returns the charter, and the invitations of workers to start here.
func (f coordinateFlags) keys() (wire.Charter, []wire.Invitation, error) {
	switch {
	case (f.local > 0) == (f.charter != ""):
		return wire.Charter{}, nil, usage("give either --local or --charter")
	case f.local > mostLocal:
		return wire.Charter{}, nil, usage("%d workers on this machine: at most %d make sense; more machines need invitations ('authbench-fleet invite')", f.local, mostLocal)
	case f.charter != "":
		charter, err := wire.ReadCharter(f.charter)
		if err != nil {
			return charter, nil, usage("%w", err)
		}
		if err := charter.Own.Holds(time.Now()); err != nil {
			return charter, nil, usage("the coordinator's file %s: %w", f.charter, err)
		}
		return charter, nil, nil
	}
	return wire.Mint(wire.NewRun(), "127.0.0.1:0", "", guests(f.local, 0), localTTL)
}

// guests are workers and agents by their usual names.
func guests(workers, agents int) (out []wire.Guest) {
	for i := range workers {
		out = append(out, wire.Guest{Name: "w" + strconv.Itoa(i+1), Role: protocol.RoleWorker})
	}
	for i := range agents {
		out = append(out, wire.Guest{Name: "t" + strconv.Itoa(i+1), Role: protocol.RoleTarget})
	}
	return out
}

// order tells who the workers are, and reads what they are to do. The context ends with the
// standard input: who started the coordinator is gone then, or wants it to stop.
func (f coordinateFlags) order(c *cobra.Command, out *teller, roll courier.Roll, charter wire.Charter) (context.Context, courier.Order, error) {
	for _, g := range charter.Workers() {
		roll.Workers = append(roll.Workers, g.Name)
	}
	if err := out.write(roll); err != nil {
		return nil, courier.Order{}, err
	}
	in := bufio.NewReader(c.InOrStdin())
	line, err := io.ReadAll(io.LimitReader(untilNewline{in}, maxOrder))
	var order courier.Order
	switch {
	case err == nil && len(line) == 0:
		err = errors.New("there is none")
	case err == nil:
		err = json.Unmarshal(line, &order)
	}
	if err != nil {
		return nil, order, fmt.Errorf("read the order: %w: 'authbench load --workers' starts this", err)
	}
	ctx, cancel := context.WithCancelCause(c.Context())
	go func() { // it ends with the program
		_, _ = io.Copy(io.Discard, in)
		cancel(crew.ErrInterrupted)
	}()
	return ctx, order, nil
}

// untilNewline reads one line.
type untilNewline struct{ *bufio.Reader }

func (u untilNewline) Read(b []byte) (n int, err error) {
	for n < len(b) {
		c, err := u.ReadByte()
		if err != nil {
			return n, err
		}
		if c == '\n' {
			return n, io.EOF
		}
		b[n] = c
		n++
	}
	return n, nil
}

// teller writes lines.
type teller struct {
	mu sync.Mutex // guards to
	to *json.Encoder
}

func (t *teller) write(line any) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.to.Encode(line); err != nil {
		return fmt.Errorf("tell who started the coordinator: %w", err)
	}
	return nil
}

func (t *teller) tell(n courier.News) error { return t.write(n) }
