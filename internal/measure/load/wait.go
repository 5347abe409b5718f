package load

import (
	"context"
	"time"
)

// WaitUntil waits until a time, exact to some tens of microseconds, or until the context
// ends: it reports which.
func WaitUntil(ctx context.Context, at time.Time) bool {
	if d := time.Until(at) - timerGrain; d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return false
		}
	}
	nap(time.Until(at))
	return ctx.Err() == nil
}
