package proc

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// portTries: a port that is free at one address is taken at the other now and then.
const portTries = 20

// FreePort returns a TCP port that nothing listens on at 127.0.0.1 and ::1, where a
// command may listen. Another process may take it before the caller does: whoever gives
// it to a command must be ready to try again with another.
func FreePort() (int, error) {
	for range portTries {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return 0, fmt.Errorf("find a free port: %w", err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		taken := isTaken(port)
		if err := l.Close(); err != nil {
			return 0, fmt.Errorf("release port %d: %w", port, err)
		}
		if !taken {
			return port, nil
		}
	}
	return 0, errors.New("find a free port: each that is free at 127.0.0.1 is taken at ::1")
}

// isTaken reports whether somebody listens on a port at ::1. Without IPv6 nobody does.
func isTaken(port int) bool {
	l, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(port)))
	if err == nil {
		_ = l.Close() // it was opened only to see whether it can be
	}
	return errors.Is(err, syscall.EADDRINUSE)
}
