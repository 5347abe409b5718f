//go:build unix

package proc

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// socketpair returns both ends of a stream: ours, and the one for a child.
func socketpair() (net.Conn, *os.File, error) {
	// Between the two calls no child may be forked, or it inherits our end and
	// nobody ever sees end of file.
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, fmt.Errorf("make a socketpair: %w", err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "control socket of a child")
	ours, err := connection(fds[0])
	if err != nil {
		_ = theirs.Close()
		return nil, nil, err
	}
	return ours, theirs, nil
}

// connection takes over a socket's descriptor.
func connection(fd int) (net.Conn, error) {
	f := os.NewFile(uintptr(fd), "socket")
	if f == nil {
		return nil, fmt.Errorf("descriptor %d does not exist", fd)
	}
	defer func() { _ = f.Close() }() // FileConn has a copy of its own
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("use descriptor %d as a socket: %w", fd, err)
	}
	return c, nil
}

// wake lets a process go on that somebody has stopped.
func wake(p *os.Process) { _ = p.Signal(syscall.SIGCONT) }
