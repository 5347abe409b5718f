//go:build unix

package main

import "syscall"

// halt stops a process, which [resume] lets go on.
func halt(pid int) error { return syscall.Kill(pid, syscall.SIGSTOP) }

func resume(pid int) error { return syscall.Kill(pid, syscall.SIGCONT) }
