package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// job is what a client is asked to do.
type job struct {
	url string
	// connections are kept busy in a closed load. At a rate, a client that adds
	// connections when all are taken may have up to most.
	connections, maxConnections int
	duration                    time.Duration // whole seconds
	rate                        int           // requests per second, evenly spaced; 0: closed
	dir                         string        // of the client's files
}

func (j job) seconds() string { return strconv.Itoa(int(j.duration / time.Second)) }

// command is a client's command line for a job.
type command struct {
	args []string
	// files are written into the job's directory before.
	files map[string]string
	// readBack are the arguments of a second run of the same program, which prints
	// what the first one found.
	readBack []string
}

// loads are kinds of load.
type loads uint8

const (
	closed loads = 1 << iota // each connection sends as soon as it has its answer
	open                     // at a rate
)

// client is a load generator, authbench with certain flags or a peer.
type client struct {
	// name is how tables and errors call it.
	name string
	// program is a path, or a name on the PATH.
	program string
	// install says how to come by it.
	install string
	// version are the arguments that make it print its version; none: it is a Go
	// program that carries it.
	version []string
	// loads are those that it knows.
	loads loads
	// uncounted is how long at the start of a load at a rate it does not count
	// latencies.
	uncounted time.Duration
	// optional says that it may be unable to work on this machine.
	optional bool
	// command returns how to start it.
	command func(job) command
	// read understands what it prints on standard output: a pure function, to which
	// anything unexpected is an error.
	read func([]byte) (claim, error)
	// doubtful is an exit code with which it prints all the same, 0 for none.
	doubtful int
}

// peers are the load generators that authbench is compared with.
func peers() []client {
	return []client{wrk(), wrk2(), ab(), fortio(), bombardier(), oha(), hey(), vegeta(), k6()}
}

// find returns the version that a client says it has, and where it is.
func (c client) find() (version string, err error) {
	path, err := exec.LookPath(c.program)
	if err != nil {
		return "", err
	}
	if len(c.version) == 0 {
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("read the version of %s: %w", path, err)
		}
		return info.Main.Version, nil
	}
	out, _ := exec.Command(path, c.version...).CombinedOutput() // wrk prints its version, and fails
	found := versionPattern().FindString(string(out))
	if found == "" {
		return "", fmt.Errorf("%s %s prints no version but %s", path, strings.Join(c.version, " "), lastOf(out))
	}
	return found, nil
}

// versionPattern finds the first thing that looks like a version.
func versionPattern() *regexp.Regexp { return regexp.MustCompile(`\d+(\.\d+)+[^\s\[]*`) }

// clientsFor returns the clients that know a kind of load.
func clientsFor(kind loads, clients []client) []client {
	var out []client
	for _, c := range clients {
		if c.loads&kind != 0 {
			out = append(out, c)
		}
	}
	return out
}

// isAbsent reports whether a client is just not on the PATH.
func isAbsent(err error) bool { return errors.Is(err, exec.ErrNotFound) }
