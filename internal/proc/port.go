package proc

import (
	"fmt"
	"net"
)

// FreePort returns a TCP port that nothing listens on at 127.0.0.1. Another
// process may take it before the caller does: whoever gives it to a command must
// be ready to try again with another.
func FreePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return 0, fmt.Errorf("release port %d: %w", port, err)
	}
	return port, nil
}
