package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// CanMeter says that another process's CPU clock and memory can be read.
const CanMeter = true

// meter reads the CPU clocks and the memory of one process or of a tree.
type meter struct {
	supervisor int // root of the tree, which is not part of it; 0: one process

	mu      sync.Mutex // guards the rest: the end of the process may come during a reading
	members []member
	looks   int             // refreshes so far
	young   time.Duration   // used by processes of which a refresh saw nothing, since
	line    [statBytes]byte // here, because one on the stack would escape to the heap
}

// statBytes is the longest that a stat file can be: 52 numbers and a name.
const statBytes = 1 << 10

// member is one process of a tree, as the last refresh saw it.
type member struct {
	pid    int
	began  uint64        // with pid, its identity
	clock  int32         // id of its CPU clock, 0: not part of the tree
	used   time.Duration // last reading of the clock
	base   time.Duration // of children that it had waited for at the last refresh
	reaped time.Duration // the same now
	// records is its stat file, open if reaped has been seen to grow.
	records *os.File
}

// newMeter meters one process of ours, which has no children.
func newMeter(pid int) *meter {
	return &meter{members: []member{{pid: pid, clock: clockOf(pid)}}}
}

// newTreeMeter meters what descends from a supervisor.
func newTreeMeter(supervisor int) *meter { return &meter{supervisor: supervisor} }

// clockOf returns the id of a process's CPU clock: CPUCLOCK_SCHED in the low
// bits, the pid's complement above (clock_getcpuclockid(3) computes the same).
func clockOf(pid int) int32 {
	const sched = 2
	return int32(^uint32(pid)<<3 | sched)
}

// refresh looks which processes there are.
func (m *meter) refresh() error {
	if m.supervisor == 0 {
		return nil
	}
	processes, err := tree(m.supervisor)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.looks++
	members := make([]member, len(processes))
	for i, p := range processes {
		members[i] = m.seen(p)
		if m.looks > freeLooks && !m.knows(p) {
			m.young += ticks(int(p.UTime+p.STime) + p.CUTime + p.CSTime)
		}
		if p.PID == m.supervisor {
			members[i].clock = 0 // but orphans leave their time to it
		}
	}
	m.release(members)
	m.members = members
	return nil
}

// freeLooks is how many refreshes may find new processes at work: that at the start,
// and that after the warm-up, before anything is measured.
const freeLooks = 2

// mostYoung is how much CPU time young processes may use: that of a short program, and
// of the clock's rounding.
const mostYoung = 50 * time.Millisecond

// whole reports as an error that the readings miss the work of processes that were
// started while they were taken.
func (m *meter) whole() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.young > mostYoung {
		return fmt.Errorf("%v of its CPU time was used by processes that it started while it was measured, so that the rest is not what it uses: let it start them before it is ready", m.young)
	}
	return nil
}

// knows reports whether the last refresh saw a process.
func (m *meter) knows(p procfs.ProcStat) bool {
	return slices.ContainsFunc(m.members, func(known member) bool { return known.pid == p.PID && known.began == p.Starttime })
}

// seen returns what is known of a process, updated.
func (m *meter) seen(p procfs.ProcStat) member {
	reaped := ticks(p.CUTime + p.CSTime)
	for i := range m.members {
		known := m.members[i]
		if known.pid != p.PID || known.began != p.Starttime {
			continue
		}
		if reaped > known.base && known.records == nil {
			// If that fails it has ended, and is not seen again.
			known.records, _ = os.Open(fmt.Sprintf("/proc/%d/stat", p.PID))
		}
		known.base, known.reaped = reaped, reaped
		return known
	}
	return member{pid: p.PID, began: p.Starttime, clock: clockOf(p.PID), base: reaped, reaped: reaped}
}

// release closes the files of members that are not among those kept.
func (m *meter) release(kept []member) {
	open := map[*os.File]bool{}
	for _, k := range kept {
		open[k.records] = true
	}
	for _, old := range m.members {
		if old.records != nil && !open[old.records] {
			_ = old.records.Close() // only read
		}
	}
}

func (m *meter) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.release(nil)
	m.members = nil
}

// cpu adds the members' clocks up. When a member ends, its time moves to the
// records of the one who waited for it, if these are read, and must not count
// twice; but records are rounded down, and the last reading of its clock is exact.
// So the larger of the two counts, which also keeps the sum from running back.
func (m *meter) cpu() (time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var living, ended, recorded time.Duration
	alive := false
	for i := range m.members {
		one := &m.members[i]
		if one.clock != 0 {
			var now unix.Timespec
			if unix.ClockGettime(one.clock, &now) != nil {
				ended += one.used + one.reaped
				continue
			}
			one.used = time.Duration(now.Nano())
			alive = true
		}
		if one.records != nil {
			m.readReaped(one)
		}
		living += one.used + one.base
		recorded += one.reaped - one.base
	}
	if !alive {
		return 0, fmt.Errorf("read the CPU clock: %w", errEnded)
	}
	return living + max(ended, recorded), nil
}

// readReaped reads the time of the children that one has waited for. If it fails
// one has ended, and keeps its last reading.
func (m *meter) readReaped(one *member) {
	n, err := one.records.ReadAt(m.line[:], 0)
	if n == 0 && err != nil {
		return
	}
	if t, ok := reapedTicks(m.line[:n]); ok {
		one.reaped = ticks(t)
	}
}

// ticks converts the kernel's unit for times in /proc, which is 1/100 s whatever
// the kernel's own ticks are (USER_HZ).
func ticks(n int) time.Duration { return time.Duration(n) * (time.Second / 100) }

// reapedTicks returns the sum of cutime and cstime, fields 16 and 17 of a stat
// file (proc_pid_stat(5)). By hand, unlike everything else here, because it runs
// on the generator's thread and must not allocate.
func reapedTicks(stat []byte) (int, bool) {
	const first, last = 16, 17
	// The name, field 2, may hold anything, parentheses and blanks included.
	end := len(stat) - 1
	for end >= 0 && stat[end] != ')' {
		end--
	}
	if end < 0 {
		return 0, false
	}
	sum, number, field, digits := 0, 0, 2, false
	for _, c := range stat[end+1:] {
		switch {
		case c == ' ':
			if field >= first && field <= last {
				if !digits {
					return 0, false
				}
				sum += number
			}
			if field == last {
				return sum, true
			}
			number, digits = 0, false
			field++
		case c >= '0' && c <= '9':
			number, digits = number*10+int(c-'0'), true
		case field >= first:
			return 0, false
		}
	}
	return 0, false
}

// pss adds the members' memory up.
func (m *meter) pss() (int64, error) {
	if err := m.refresh(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var sum int64
	for _, one := range m.members {
		if one.pid == m.supervisor {
			continue
		}
		n, err := pssOf(one.pid)
		switch {
		case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH):
			// It has ended since.
		case err != nil:
			return 0, fmt.Errorf("read the memory of process %s: %w", strconv.Itoa(one.pid), err)
		}
		sum += n
	}
	return sum, nil
}

func pssOf(pid int) (int64, error) {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return 0, err
	}
	rollup, err := p.ProcSMapsRollup()
	if err != nil {
		return 0, err
	}
	return int64(rollup.Pss), nil
}
