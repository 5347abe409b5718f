package proc

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sweepOrphans ends what foreign processes left to this one: children in other
// sessions, in which none of ours starts, and all below them.
func sweepOrphans() error {
	session, err := unix.Getsid(0)
	if err != nil {
		return fmt.Errorf("read this session: %w", err)
	}
	for deadline := time.Now().Add(killTime); ; time.Sleep(killStep) {
		processes, err := tree(os.Getpid())
		if err != nil {
			return err
		}
		left := 0
		for _, p := range processes {
			if p.PPID != os.Getpid() || p.Session == session {
				continue
			}
			left++
			killDescendants(p.PID)
			_ = syscall.Kill(p.PID, syscall.SIGKILL) // fails if it has ended
			if _, err := syscall.Wait4(p.PID, nil, syscall.WNOHANG, nil); errors.Is(err, syscall.ECHILD) {
				left-- // somebody else's to wait for
			}
		}
		if left == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d processes that outlived their supervisor do not end, not even killed", left)
		}
	}
}
