package conform

import "sync"

// cpuLock lets examinations in one process share its CPUs, and keeps the others out while a
// case meters CPU time or memory. The zero value is ready; a nil lock locks nothing.
type cpuLock struct{ mu sync.RWMutex }

// cpuMode says what may run at the same time as a piece of work.
type cpuMode int

const (
	// cpuShared: work of this mode, and of cpuUnlocked.
	cpuShared cpuMode = iota
	// cpuExclusive: only work of cpuUnlocked, because the process is metered or several
	// clients keep the CPUs busy.
	cpuExclusive
	// cpuUnlocked: anything. Such work waits for seconds and sends a request now and then, which
	// does not show in what others meter.
	cpuUnlocked
)

// acquire waits until a piece of work may begin. The caller calls release at its end.
func (l *cpuLock) acquire(m cpuMode) (release func()) {
	switch {
	case l == nil || m == cpuUnlocked:
		return func() {}
	case m == cpuExclusive:
		l.mu.Lock()
		return l.mu.Unlock
	}
	l.mu.RLock()
	return l.mu.RUnlock
}

// meteredLimits are the demands that need a measurement of the subject's process or of the time
// until its answer. Connections to where a token points are not among them, because each
// examination counts those on a port of its own.
var meteredLimits = []string{limitAlloc, limitHeap, limitTime}

// cpuMode says how a sub-case shares the process with other examinations.
func (c *Case) cpuMode(r *recipe) cpuMode {
	for _, name := range meteredLimits {
		if _, metered := c.limit(name); metered {
			return cpuExclusive
		}
	}
	m := cpuShared
	for _, s := range r.Steps {
		switch {
		case s.Flood != 0, s.Concurrent != 0:
			return cpuExclusive
		case s.Wait != 0, s.Within != nil, s.Admin != "":
			m = cpuUnlocked
		}
	}
	return m
}
