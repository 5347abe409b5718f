//go:build !unix

package proc

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"syscall"
)

// errNoChildren: a child is given sockets, and ended with all that it started by signals
// to its group. This system has neither, and a server that outlives its run would be
// measured with the next one.
var errNoChildren = fmt.Errorf("servers cannot be started and ended safely on %s: %w; use Linux (WSL will do) or macOS. "+
	"'authbench load', 'report', 'compare' and 'serve' work here", runtime.GOOS, errors.ErrUnsupported)

// adoptOrphans fails before anything is started.
func adoptOrphans() error { return errNoChildren }

// Supervise is a supervisor's whole life; it returns the exit code.
func Supervise([]string) int {
	fmt.Fprintln(os.Stderr, "supervise:", errNoChildren)
	return 2
}

func socketpair() (net.Conn, *os.File, error) { return nil, nil, errNoChildren }

func ownAttributes() *syscall.SysProcAttr        { return nil }
func supervisorAttributes() *syscall.SysProcAttr { return nil }

// wake has nothing to do: nobody can stop a process here.
func wake(*os.Process) {}

// RaiseFileLimit has nothing to raise: memory alone limits how many files are open here.
func RaiseFileLimit(int) error { return nil }

// OpenFiles is how many files this process may have open at once; 0 if that is not known.
func OpenFiles() uint64 { return 0 }
