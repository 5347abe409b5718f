//go:build unix

package sides

import (
	"os/exec"
	"syscall"
)

// inGroup has a command, and all that it starts, end together: a build's compilers
// and linkers would outlive it. An interrupt lets it clean up.
func inGroup(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGINT) }
}

// endGroup ends what an interrupted command left behind. The number of its group is
// nobody else's while one of them lives; if none does, there is no such group.
func endGroup(c *exec.Cmd) {
	if c.Process != nil {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
	}
}
