package crew

import (
	"testing"
	"time"

	"authbench/internal/fleet/clock"
	"authbench/internal/fleet/protocol"
)

// A clock that was set keeps the offset that it had, with a bound that no result stands.
func TestReadingOfASetClock(t *testing.T) {
	w := &guest{epoch: epoch(time.Now())}
	probe := func(ago time.Duration, offset int64) {
		t.Helper()
		at := w.nanos() - int64(ago)
		if err := w.clock.Add(clock.Probe{T1: at, T2: at + offset, T3: at + offset, T4: at + 1000}); err != nil {
			t.Fatal(err)
		}
	}
	probe(3*time.Second, 7e9)
	probe(2*time.Second, 7e9)
	before := w.reading()
	if before.Probes != 2 || before.BoundNanos >= int64(time.Second) || before.OffsetNanos < 6.9e9 || before.OffsetNanos > 7.1e9 {
		t.Fatalf("%+v", before)
	}
	probe(time.Second, 60e9)
	want := before
	want.BoundNanos = int64(protocol.ClockUnknown)
	if got := w.reading(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
