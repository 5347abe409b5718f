package proc

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// writing are the rights of Landlock that change a file system, by the version of its
// interface that brought them.
var writing = []uint64{
	1: unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
		unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_SYM,
	2: unix.LANDLOCK_ACCESS_FS_REFER,
	3: unix.LANDLOCK_ACCESS_FS_TRUNCATE,
}

// rootsRights are what root keeps in a cage: those over its files. With the others it
// could look into processes and lift limits.
var rootsRights = []uintptr{
	unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_FSETID, unix.CAP_SETGID, unix.CAP_SETUID, unix.CAP_KILL,
}

// close shuts the calling thread in, for good, and all that it starts.
func (c *Cage) close(dir string) error {
	if c.Memory > 0 {
		limit := unix.Rlimit{Cur: c.Memory, Max: c.Memory}
		if err := unix.Setrlimit(unix.RLIMIT_DATA, &limit); err != nil {
			return fmt.Errorf("bound its memory: %w", err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("keep it from gaining rights: %w", err)
	}
	for right := uintptr(0); right <= unix.CAP_LAST_CAP; right++ {
		if !slices.Contains(rootsRights, right) {
			// Fails for who has none, and for one that the kernel does not know.
			_ = unix.Prctl(unix.PR_CAPBSET_DROP, right, 0, 0, 0)
		}
	}
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return nil // a kernel without Landlock
	}
	var rights uint64
	for since, right := range writing {
		if uintptr(since) <= version {
			rights |= right
		}
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: rights}
	rules, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr.Handled_access_fs), 0)
	if errno != 0 {
		return fmt.Errorf("shut it in: %w", errno)
	}
	defer unix.Close(int(rules)) // nothing was written to it
	for _, path := range append([]string{dir}, c.Writable...) {
		if err := allow(int(rules), path, rights); err != nil {
			return err
		}
	}
	if err := allow(int(rules), os.DevNull, rights&(unix.LANDLOCK_ACCESS_FS_WRITE_FILE|unix.LANDLOCK_ACCESS_FS_TRUNCATE)); err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0); errno != 0 {
		return fmt.Errorf("shut it in: %w", errno)
	}
	return nil
}

// allow adds rights beneath a path to a set of rules. What is not there needs none.
func allow(rules int, path string, rights uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return &os.PathError{Op: "let it write to", Path: path, Err: err}
	}
	defer unix.Close(fd) // nothing was written to it
	beneath := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(fd)}
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(rules), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&beneath)), 0, 0, 0); errno != 0 {
		return &os.PathError{Op: "let it write to", Path: path, Err: errno}
	}
	return nil
}
