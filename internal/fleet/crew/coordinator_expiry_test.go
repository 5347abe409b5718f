package crew

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/fleet/protocol"
	"authbench/internal/fleet/wire"
	"authbench/internal/measure/courier"
	"authbench/internal/measure/loadtest"
)

// A run is refused whose invitations would expire before it can have ended, with the time in which
// workers join; one of which nobody knows how long it takes is stopped before they do.
func TestExpiry(t *testing.T) {
	const timeout = time.Second
	for _, c := range []struct {
		name          string
		ttl, patience time.Duration
		job           loadtest.Job
		refused       bool
	}{
		{"in time", 5 * time.Minute, time.Minute, loadtest.Job{Duration: bench.Duration(time.Minute)}, false},
		{"a long load", 5 * time.Minute, time.Minute, loadtest.Job{Duration: bench.Duration(5 * time.Minute)}, true},
		{"a long patience", 5 * time.Minute, 4 * time.Minute, loadtest.Job{Duration: bench.Duration(time.Minute)}, true},
		{"a number of requests", 5 * time.Minute, time.Minute, loadtest.Job{Requests: 1e9}, false},
		{"a number of requests, and a long patience", 5 * time.Minute, 5 * time.Minute, loadtest.Job{Requests: 1}, true},
		{"a number at a low rate", 5 * time.Minute, time.Minute, loadtest.Job{Requests: 1e6, Rate: 1}, true},
	} {
		charter, _, err := wire.Mint(wire.NewRun(), "127.0.0.1:0", "", []wire.Guest{{Name: "w1", Role: protocol.RoleWorker}}, c.ttl)
		if err != nil {
			t.Fatal(err)
		}
		k := &Coordinator{CoordinatorOptions: CoordinatorOptions{Charter: charter, Patience: c.patience}, epoch: epoch(time.Now().Add(-time.Hour))}
		c.job.Timeout = bench.Duration(timeout)
		s, err := k.setup(courier.Order{Version: courier.Version, Jobs: []loadtest.Job{c.job}})
		if (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "--ttl") {
			t.Errorf("%s: %v", c.name, err)
		}
		// An hour has passed on the coordinator's clock; a second is for the machine, and for what
		// invitations cut off.
		if err == nil && (s.Expires > time.Hour+c.ttl-protocol.StopGrace || s.Expires < time.Hour+c.ttl-protocol.StopGrace-time.Minute) {
			t.Errorf("%s: it must have ended after %v", c.name, s.Expires-time.Hour)
		}
	}
}

// What an earlier run has left stays, and who finds it learns what to do.
func TestDirectoryIsThere(t *testing.T) {
	charter, _, err := wire.Mint(wire.NewRun(), "127.0.0.1:0", "", []wire.Guest{{Name: "w1", Role: protocol.RoleWorker}}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	parent := t.TempDir()
	directory, err := NewDirectory(parent, charter)
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewDirectory(parent, charter)
	if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "authbench-fleet collect "+directory) || !strings.Contains(err.Error(), "make new invitations") {
		t.Errorf("%v", err)
	}
}
