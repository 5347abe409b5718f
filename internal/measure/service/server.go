package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"authbench/internal/credential/store"
	"authbench/internal/measure/proc"
)

const (
	// startAttempts: a free port may be taken by another process between our look
	// and the server's.
	startAttempts = 3
	// startTime bounds a start: making a database takes PostgreSQL a second or two,
	// several on a busy machine.
	startTime = 30 * time.Second
	// readyStep is the pause between two looks whether a server answers.
	readyStep = 10 * time.Millisecond
	// stopTime is what a server gets to end by itself.
	stopTime = 2 * time.Second
)

// program is how one kind of server is run.
type program struct {
	// names are its possible file names, with or without a folder.
	names []string
	// users are the users that it may run as when the harness is root; the first one that
	// exists is taken.
	users []string
	// debian is the package that has it.
	debian string
	// spec says how to start it, from its path, a port and a password.
	spec func(path string, port int, password string) (proc.Spec, error)
	// url is where it then is.
	url func(port int, password string) string
}

func programs() map[store.Kind]program {
	return map[store.Kind]program{store.Redis: redisProgram(), store.Postgres: postgresProgram()}
}

// Missing says what a kind of store needs that is not installed, "" if nothing.
func Missing(kind store.Kind) string {
	p, needed := programs()[kind]
	if !needed {
		return ""
	}
	if _, err := p.find(); err != nil {
		return err.Error()
	}
	return ""
}

// find returns the program's path: of several versions the newest.
func (p program) find() (string, error) {
	for _, name := range p.names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
		found, err := filepath.Glob(name)
		if err != nil {
			return "", fmt.Errorf("look for %s: %w", name, err)
		}
		if len(found) > 0 {
			return slices.MaxFunc(found, byVersion), nil
		}
	}
	return "", fmt.Errorf("%s is not installed: 'apt-get install %s', or name a server that runs with store_url", p.names[0], p.debian)
}

// byVersion compares paths of Debian's PostgreSQL, /usr/lib/postgresql/15/bin/….
func byVersion(a, b string) int {
	version := func(path string) int {
		n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		if err != nil {
			return 0 // a name without a version is older than any with one
		}
		return n
	}
	return version(a) - version(b)
}

// runAs returns the user that the program runs as, "" for the harness's own.
func (p program) runAs() (string, error) {
	if os.Geteuid() != 0 {
		return "", nil
	}
	for _, name := range p.users {
		if _, err := user.Lookup(name); err == nil {
			return name, nil
		}
	}
	return "", fmt.Errorf("root must not run it, and there is no user of %v: create one", p.users)
}

// server is a server that the harness started.
type server struct {
	*proc.Process
	port    int
	url     string
	version string
}

// start starts a server and waits until it answers.
func (p program) start(ctx context.Context, kind store.Kind, starter *proc.Starter, cpus []int) (*server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	path, err := p.find()
	if err != nil {
		return nil, err
	}
	for range startAttempts {
		var s *server
		var port int
		if port, err = proc.FreePort(); err != nil {
			return nil, err
		}
		if s, err = p.launch(ctx, path, starter, cpus, port, randomName()); err != nil {
			return nil, err
		}
		if err = s.await(ctx, kind); err == nil {
			return s, nil
		}
		ended := s.failure() != ""
		if stopErr := s.Stop(stopTime); stopErr != nil {
			return nil, errors.Join(err, stopErr)
		}
		if !ended || ctx.Err() != nil { // only one that lost its port is tried again
			break
		}
	}
	return nil, err
}

func (p program) launch(ctx context.Context, path string, starter *proc.Starter, cpus []int, port int, password string) (*server, error) {
	spec, err := p.spec(path, port, password)
	if err != nil {
		return nil, err
	}
	if spec.User, err = p.runAs(); err != nil {
		return nil, err
	}
	spec.CPUs, spec.Foreign, spec.TempDir = cpus, true, true
	process, err := starter.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	return &server{Process: process, port: port, url: p.url(port, password)}, nil
}

// await waits until the server answers.
func (s *server) await(ctx context.Context, kind store.Kind) (err error) {
	tick := time.NewTicker(readyStep)
	defer tick.Stop()
	for {
		if s.version, err = store.Ping(ctx, store.Place{Kind: kind, URL: s.url}); err == nil {
			return nil
		}
		select {
		case <-s.Done():
			return fmt.Errorf("it ended before it was ready: %s", s.failure())
		case <-ctx.Done():
			return fmt.Errorf("it was not ready within %v: %w", startTime, err)
		case <-tick.C:
		}
	}
}

// failure says how the server ended, "" while it runs.
func (s *server) failure() string {
	select {
	case <-s.Done():
		if err := s.Err(); err != nil {
			return err.Error()
		}
		return "it ended by itself"
	default:
		return ""
	}
}
