// Package crew runs the coordinator and the workers of a fleet: it ties the state machines of
// package protocol to the connections of package wire, to clocks, to the load engine and to the
// disk.
//
// What flows in: invitations, and the jobs of a load test. What flows out: load, and what it
// found.
//
//  1. [Work] is a worker. Its loop has the state machine to itself; connections, clock, load and
//     spool are goroutines, which tell it of events and are told what to do.
//  2. [Coordinate] is the coordinator, in the same way. It hands over what comes to whoever
//     started it, and adds nothing up.
//  3. A worker's [Spool] keeps what was measured on disk until the coordinator's server has it
//     on its own. [Collect] reads both after a coordinator was killed.
package crew

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"authbench/internal/fleet/protocol"
	"authbench/internal/measure/courier"
	"authbench/internal/measure/load"
)

// tickEvery is how often the state machines look at the time: well below the second in which
// they count.
const tickEvery = 100 * time.Millisecond

// epoch is the clock of a process, which all its times in messages count from.
type epoch time.Time

func (e epoch) now() time.Duration { return time.Since(time.Time(e)) }
func (e epoch) nanos() int64       { return int64(e.now()) }

// at is when the clock shows a time, as this process has times.
func (e epoch) at(t time.Duration) time.Time { return time.Time(e).Add(t) }

// inbox carries events to a loop, until the loop has ended.
type inbox struct {
	events chan any
	done   chan struct{}
}

// roomForEvents is how many may wait: a loop that has fallen behind holds up who tells it.
const roomForEvents = 1024

func newInbox() inbox { return inbox{make(chan any, roomForEvents), make(chan struct{})} }

func (i inbox) put(event any) {
	select {
	case i.events <- event:
	case <-i.done:
	}
}

// every calls a function now and then, until the context ends.
func every(ctx context.Context, pause time.Duration, f func()) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			f()
		}
	}
}

// digests are those of this program.
var digests = sync.OnceValues(func() (protocol.Digests, error) {
	build, err := buildDigest()
	return protocol.Digests{Protocol: protocol.Digest(), Build: build, Schedule: load.ScheduleDigest()}, err
})

// buildDigest says of which source this program was made, whatever system it is for. Where that
// was not committed, only the same file is the same program.
func buildDigest() (string, error) {
	b := courier.OwnBuild()
	text := fmt.Sprintln(b.Go, b.Revision, b.Options)
	if b.Revision == "" || b.Modified {
		own, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("find this program: %w", err)
		}
		content, err := os.ReadFile(own)
		if err != nil {
			return "", fmt.Errorf("read this program: %w", err)
		}
		text += string(content)
	}
	return protocol.DigestOf(text), nil
}

func system() string { return runtime.GOOS + "/" + runtime.GOARCH }
