package proc

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownAttributes start a process that must not outlive the thread that starts it. A process group of its own keeps the terminal's Ctrl-C from it: the
// harness decides when it ends.
func ownAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// foreignAttributes start a foreign process in a session of its own. Its descendants
// cannot come into ours, so that its orphans can be told from our children. The session
// has no terminal.
func foreignAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}

// supervisorAttributes start a process that must outlive the harness.
func supervisorAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// adoptOrphans makes this process the parent of every descendant whose own has
// ended, daemons included, so that none is lost from sight.
func adoptOrphans() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("adopt orphaned processes: %w", err)
	}
	return nil
}

// affinity is a set of CPUs.
type affinity unix.CPUSet

// ownAffinity returns the calling thread's.
func ownAffinity() (*affinity, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("read the thread's CPUs: %w", err)
	}
	return (*affinity)(&set), nil
}

// restore gives the calling thread the set back. Should its CPUs have been taken
// away meanwhile, the kernel has chosen others, which is as good.
func (a *affinity) restore() { _ = unix.SchedSetaffinity(0, (*unix.CPUSet)(a)) }

// pin restricts the calling thread, and what it starts, to some CPUs; none
// leaves it alone.
func pin(cpus []int) error {
	if len(cpus) == 0 {
		return nil
	}
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("pin it to the CPUs %v: %w; choose from those that this process may use", cpus, err)
	}
	return nil
}
