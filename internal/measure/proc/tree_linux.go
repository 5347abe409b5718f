package proc

import (
	"fmt"
	"syscall"

	"github.com/prometheus/procfs"
)

// tree returns the process root and its descendants, root first. It looks at
// every process of the system: the kernel's own lists of children
// (/proc/…/children) are not built into every kernel, and skip some while others
// exit.
func tree(root int) ([]procfs.ProcStat, error) {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return nil, fmt.Errorf("open /proc: %w", err)
	}
	all, err := fs.AllProcs()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	children := map[int][]procfs.ProcStat{} // by parent
	var found []procfs.ProcStat
	for _, p := range all {
		stat, err := p.Stat()
		switch {
		case err != nil: // it has ended since
		case p.PID == root:
			found = append(found, stat)
		default:
			children[stat.PPID] = append(children[stat.PPID], stat)
		}
	}
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i].PID]...)
	}
	return found, nil
}

// killDescendants kills everything below root. Whoever escapes by forking at the
// same time is there for the next call.
func killDescendants(root int) {
	processes, err := tree(root)
	if err != nil {
		return // the process group was killed before; the next call may see more
	}
	for _, p := range processes {
		if p.PID != root {
			_ = syscall.Kill(p.PID, syscall.SIGKILL) // fails if it has ended
		}
	}
}
