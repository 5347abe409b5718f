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
		l.renew()
		l.hold(func() { ended.Store(true) })
		for range 10 {
			time.Sleep(protocol.LeaseFor)
			l.renew()
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
		l.renew()
		time.Sleep(time.Minute)
	})
}

// A worker's loop, which waits for nothing but its leases, hears those before it queues them.
func TestLeaseIsHeardAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &guest{inbox: newInbox()}
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
