//go:build !linux

package load

import "time"

// timerGrain is by how much Go's timers may be late: not noticeably on these systems.
const timerGrain time.Duration = 0

func nap(time.Duration) {}
