//go:build unix

package proc

import (
	"fmt"
	"syscall"
)

// RaiseFileLimit makes sure that this process may have need files open at once.
// It raises the soft limit as far as the hard one allows, and never the hard one,
// not even where it could: that limit is the administrator's.
func RaiseFileLimit(need int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	if limit.Cur >= uint64(need) {
		return nil
	}
	if limit.Max < uint64(need) {
		return fmt.Errorf("%d files must be open at once, but only %d may be: use fewer connections or arms, or raise the limit "+
			"('ulimit -n %d' as root, 'docker run --ulimit nofile=%d', LimitNOFILE=%d in a systemd unit)", need, limit.Max, need, need, need)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("raise the limit of open files to %d: %w", limit.Max, err)
	}
	return nil
}

// OpenFiles is how many files this process may have open at once, after
// [RaiseFileLimit]; 0 if that is not known.
func OpenFiles() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return limit.Max
}
