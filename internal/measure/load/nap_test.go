package load

import (
	"testing"
	"time"
)

// A nap never ends early: a request would be sent before it is due.
func TestNapLastsAsLongAsAsked(t *testing.T) {
	for _, d := range []time.Duration{-time.Second, 0, timerGrain / 100, timerGrain / 3, timerGrain} {
		start := time.Now()
		nap(d)
		if took := time.Since(start); took < d {
			t.Errorf("a nap of %v ended after %v", d, took)
		}
	}
}
