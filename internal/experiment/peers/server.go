package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"authbench/bench"
	"authbench/internal/measure/control"
	"authbench/internal/measure/proc"
)

const (
	// startupTime bounds the server's start; it takes some 50 ms.
	startupTime = 10 * time.Second
	// stopTime is what a process gets to end by itself.
	stopTime = 2 * time.Second
)

// server is the one that every client sends to: authbench's own target without
// authentication. It counts the requests that it answers, and its CPU time, so that
// neither is taken from what clients say.
type server struct {
	process *proc.Process
	session *control.Session
	url     string
}

// startServer starts it on some CPUs, on any if there are none.
func startServer(ctx context.Context, starter *proc.Starter, authbench string, cpus []int) (*server, error) {
	process, err := starter.Start(ctx, proc.Spec{Path: authbench, Args: []string{"target", "--controlled"}, CPUs: cpus, Control: true})
	if err != nil {
		return nil, fmt.Errorf("%w; make build leaves authbench there", err)
	}
	s := &server{process: process}
	if err := s.waitReady(ctx, len(cpus)); err != nil {
		return nil, errors.Join(fmt.Errorf("the server did not get ready: %w", err), s.process.Stop(stopTime), process.Err())
	}
	return s, nil
}

func (s *server) waitReady(ctx context.Context, procs int) error {
	ctx, cancel := context.WithTimeout(ctx, startupTime)
	defer cancel()
	var err error
	if s.session, err = control.Dial(s.process.Control(), control.Spec{
		Version: control.Version, Method: bench.Method{ID: "none"}, Procs: procs,
		Listen: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0),
	}); err != nil {
		return err
	}
	ready, err := s.session.Ready(ctx, func(control.Loading) {})
	if err != nil {
		return err
	}
	s.url = fmt.Sprintf("http://%v/", ready.Addr)
	return nil
}

// stop ends the server.
func (s *server) stop() error {
	s.session.Close() // orders it to
	return s.process.Stop(stopTime)
}
