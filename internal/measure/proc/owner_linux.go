package proc

import (
	"fmt"
	"syscall"

	"github.com/prometheus/procfs"
)

// ownerMark identifies a process for good: its namespace of process ids, its id, and
// when it began. All processes that do not live have the same mark, as if they had begun
// at 0.
func ownerMark(pid int) string {
	var space syscall.Stat_t
	_ = syscall.Stat("/proc/self/ns/pid", &space) // 0 without namespaces
	var began uint64
	if p, err := procfs.NewProc(pid); err == nil {
		if stat, err := p.Stat(); err == nil {
			began = stat.Starttime
		}
	}
	return fmt.Sprintf("%d-%d-%d", space.Ino, pid, began)
}
