package crew

import (
	"sync"
	"time"

	"authbench/internal/fleet/protocol"
)

// leash ends a load when no lease comes any more, whatever the loop of its worker waits for: a
// write to a connection that is dead, for one. The loop, which looks at each tick, comes first
// where nothing holds it up.
type leash struct {
	mu    sync.Mutex  // guards timer
	timer *time.Timer // nil while there is no load
}

const leashFor = protocol.LeaseFor + 2*tickEvery

// hold begins a load, which end ends.
func (l *leash) hold(end func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(leashFor, end)
}

// renew takes note of a lease.
func (l *leash) renew() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer != nil {
		l.timer.Reset(leashFor)
	}
}

// drop is called when there is no load any more.
func (l *leash) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer != nil {
		l.timer.Stop()
	}
	l.timer = nil
}
