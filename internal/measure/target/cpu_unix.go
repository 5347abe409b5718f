//go:build unix

package target

import "syscall"

// OwnCPU is this process's CPU time in nanoseconds, 0 if it cannot be read.
func OwnCPU() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
