package crew

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"authbench/internal/fleet/protocol"
)

// A load ends soon after its last lease, though nobody looks at its worker's loop; leases
// without a load change nothing.
func TestLeash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l leash
		var ended atomic.Bool
		began := epoch(time.Now())
		renew := func() { l.renew(protocol.Lease{At: began.nanos()}, began.now()) }
		l.know(protocol.Reading{Clock: protocol.Clock{Probes: protocol.FewestProbes}})
		renew()
		l.hold(func() { ended.Store(true) })
		for range 10 {
			time.Sleep(protocol.LeaseFor)
			renew()
		}
		time.Sleep(protocol.LeaseFor)
		if ended.Load() {
			t.Error("the load has ended with a lease")
		}
		time.Sleep(time.Second)
		if !ended.Load() {
			t.Error("the load goes on without a lease")
		}
		l.hold(func() { t.Error("what is dropped is ended") })
		l.drop()
		renew()
		time.Sleep(time.Minute)
	})
}

// Leases that waited while the worker's process stood still do not let its load go on.
func TestOldLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bound = time.Second
		for _, c := range []struct {
			name string
			age  time.Duration // of what is heard, each tenth of a second
			goes bool
		}{
			{"fresh", 0, true},
			{"as old as a lease may be", protocol.LeaseFor, true},
			{"as old as nobody can tell", protocol.LeaseFor + bound, true},
			{"older", protocol.LeaseFor + bound + time.Second, false},
			{"of an hour ago", time.Hour, false},
		} {
			var l leash
			var ended atomic.Bool
			began := epoch(time.Now().Add(-2 * time.Hour))
			l.know(protocol.Reading{Clock: protocol.Clock{Probes: protocol.FewestProbes, OffsetNanos: 7e9, BoundNanos: int64(bound)}})
			l.hold(func() { ended.Store(true) })
			for range 200 {
				time.Sleep(100 * time.Millisecond)
				now := began.now()
				l.renew(protocol.Lease{At: int64(now-c.age) + 7e9}, now)
			}
			l.drop()
			if ended.Load() == c.goes {
				t.Errorf("%s: the load has ended: %v", c.name, ended.Load())
			}
		}
	})
}

// A worker's loop, which waits for nothing but its leases, hears those before it queues them.
func TestLeaseIsHeardAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &guest{inbox: newInbox(), epoch: epoch(time.Now())}
		w.leash.hold(func() { t.Error("the load has ended with a lease") })
		for range 10 {
			time.Sleep(protocol.LeaseFor)
			w.hear(protocol.Lease{})
		}
		w.leash.drop()
		if len(w.events) != 10 {
			t.Errorf("the loop is told of %d leases", len(w.events))
		}
	})
}

// Who does not read holds up nobody; who does gets all, in order, before the worker goes.
func TestSpeaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reads := make(chan struct{})
		deaf := speak(func(string) { <-reads })
		for range 2 * roomForTexts {
			deaf.say("x")
		}
		deaf.close()
		close(reads)
		var heard string
		s := speak(func(text string) {
			time.Sleep(time.Millisecond)
			heard += text
		})
		for _, text := range []string{"a", "b", "c"} {
			s.say(text)
		}
		if s.close(); heard != "abc" {
			t.Errorf("heard %q", heard)
		}
	})
}
