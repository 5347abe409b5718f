package arms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/measure/proc"
	"authbench/internal/measure/reach"
	"authbench/internal/measure/runner"
)

const (
	// CredentialsVariable and portVariable are environment variables of a user's command:
	// the path of its verification file, and its port. Servers that are made for hosting
	// read PORT anyway.
	CredentialsVariable = "AUTHBENCH_CREDENTIALS"
	portVariable        = "PORT"
	// verificationFile is its name in the command's private directory.
	verificationFile = "verification.json"

	// startAttempts: a free port may be taken by another process between our
	// look and the command's.
	startAttempts = 3
	// readyStep is the pause between two looks whether a server is ready.
	readyStep = 20 * time.Millisecond
	// readyTry bounds one look.
	readyTry = time.Second
)

// command starts the user's own server.
type command struct {
	arm    string
	target bench.Target
	// published returns the verification file.
	published func() (json.RawMessage, error)
	config    Config
}

// start starts the command and waits until it is ready. If it ends before that,
// it may have lost its port to another process, and is tried again with a new one.
func (c command) start(ctx context.Context) (runner.Server, error) {
	var err error
	for range startAttempts {
		var s *commandServer
		if s, err = c.launch(ctx); err != nil {
			return nil, err
		}
		if err = c.await(ctx, s); err == nil {
			return s, nil
		}
		ended := failure(s.Process) != ""
		if stopErr := s.Stop(); stopErr != nil {
			return nil, errors.Join(err, stopErr)
		}
		if !ended || ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

func (c command) launch(ctx context.Context) (*commandServer, error) {
	port, err := proc.FreePort()
	if err != nil {
		return nil, err
	}
	args, err := c.words(port)
	if err != nil {
		return nil, err
	}
	verification, err := c.published()
	if err != nil {
		return nil, fmt.Errorf("verification file: %w", err)
	}
	start := c.config.targetStart(c.arm)
	process, err := c.config.Starter.Start(ctx, proc.Spec{
		Path: args[0], Args: args[1:], Dir: start.Dir, CPUs: c.config.ServerCPUs, Foreign: true, Cage: start.Cage,
		Files: map[string][]byte{verificationFile: verification},
		Env:   []string{CredentialsVariable + "={tmp}/" + verificationFile, portVariable + "=" + strconv.Itoa(port)},
	})
	if err != nil {
		return nil, err
	}
	return &commandServer{Process: process, port: uint16(port)}, nil
}

// programPlace stands for the program in a command that a gate runs for base and for head.
const programPlace = "{program}"

// words are the words of the command, with their places filled in.
func (c command) words(port int) ([]string, error) {
	var out []string
	for _, word := range c.target.Command {
		if word != programPlace {
			out = append(out, strings.ReplaceAll(word, "{port}", strconv.Itoa(port)))
			continue
		}
		program := c.config.targetStart(c.arm).Words
		if len(program) == 0 {
			return nil, fmt.Errorf("%s in the command stands for what 'authbench gate' compares: elsewhere name the program", programPlace)
		}
		out = append(out, program...)
	}
	return out, nil
}

// await waits until the server answers, and notes where.
func (c command) await(ctx context.Context, s *commandServer) error {
	ctx, cancel := context.WithTimeout(ctx, c.target.Ready.Timeout.Std())
	defer cancel()
	tick := time.NewTicker(readyStep)
	defer tick.Stop()
	for {
		var err error
		if s.addr, err = reach.First(ctx, reach.Loopback(s.port), c.probeReady); err == nil {
			err = listens(s.Process, s.addr.TCP)
		}
		if err == nil {
			return nil
		}
		select {
		case <-s.Done():
			return fmt.Errorf("the command ended before it was ready: %s", failure(s.Process))
		case <-ctx.Done():
			return fmt.Errorf("the command was not ready within %v: %w; does it listen at 127.0.0.1 or ::1 on the port that stands for {port} and in the variable %s%s?%s",
				c.target.Ready.Timeout, err, portVariable, c.readyWords(), s.Quoted())
		case <-tick.C:
		}
	}
}

// readyWords asks for the ready path where there is one.
func (c command) readyWords() string {
	if c.target.Ready.HTTP == "" {
		return ""
	}
	return ", and answer at the ready path"
}

// probeReady asks once whether a server is ready at an address.
func (c command) probeReady(ctx context.Context, at bench.Address) error {
	if c.target.Ready.HTTP == "" {
		return reach.Listens(ctx, at)
	}
	request, problems := c.target.Ready.Message(at)
	if len(problems) > 0 {
		return problems[0]
	}
	raw, _ := request.Bytes()
	response, err := load.Exchange(ctx, at, raw, readyTry)
	if err != nil {
		return err
	}
	if response.Status < 200 || response.Status > 399 {
		return fmt.Errorf("GET %s answers %d", request.Target(), response.Status)
	}
	return nil
}

// commandServer is a user's server that the harness started.
type commandServer struct {
	*proc.Process
	port uint16
	addr bench.Address // where it answers on the port
}

var _ runner.Server = (*commandServer)(nil)

func (s *commandServer) Addrs() []bench.Address             { return []bench.Address{s.addr} }
func (s *commandServer) Counters() (*bench.Counters, error) { return nil, nil }
func (s *commandServer) Revoke(int) error                   { return errors.ErrUnsupported }
func (s *commandServer) RemoveKey(int) error                { return errors.ErrUnsupported }
func (s *commandServer) Rotation() *bench.Rotation          { return nil }
func (s *commandServer) Failure() string                    { return failure(s.Process) }
func (s *commandServer) Backends() map[string]runner.Meter  { return nil }
func (s *commandServer) Stop() error                        { return s.Process.Stop(stopTime) }
