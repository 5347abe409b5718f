//go:build unix && !linux

package proc

import "syscall"

// ownAttributes: without PR_SET_PDEATHSIG a child of ours learns of the harness's
// death by end of file on its control socket.
func ownAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// foreignAttributes start a foreign process in a session of its own.
func foreignAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

func supervisorAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// adoptOrphans: a descendant that leaves the process group is out of reach here.
func adoptOrphans() error { return nil }
