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
	mu    sync.Mutex  // guards what follows
	timer *time.Timer // nil while there is no load
	clock protocol.Reading
}

const leashFor = protocol.LeaseFor + 2*tickEvery

// hold begins a load, which end ends.
func (l *leash) hold(end func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(leashFor, end)
}

// know takes note of the coordinator's clock.
func (l *leash) know(r protocol.Reading) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock = r
}

// renew takes note of a lease that is heard now. An old one has been over for long.
func (l *leash) renew(m protocol.Lease, now time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if left := leashFor - (now - l.clock.Given(m, now)); l.timer != nil && left > 0 {
		l.timer.Reset(left)
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
