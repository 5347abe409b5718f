package control

import (
	"fmt"
	"net"
	"os"
	"strconv"
)

// DescriptorVariable names the environment variable that tells a built-in target
// the number of its control socket's file descriptor.
const DescriptorVariable = "AUTHBENCH_CONTROL_FD"

// FromEnvironment returns this process's end of the socketpair that it inherited.
func FromEnvironment() (net.Conn, error) {
	text, set := os.LookupEnv(DescriptorVariable)
	if !set {
		return nil, fmt.Errorf("%s is not set: only the harness starts a controlled target", DescriptorVariable)
	}
	fd, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", DescriptorVariable, err)
	}
	file := os.NewFile(uintptr(fd), "control socket")
	if file == nil {
		return nil, fmt.Errorf("%s: no file descriptor %d", DescriptorVariable, fd)
	}
	defer file.Close() // FileConn works on a duplicate, closed on exec
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	return conn, nil
}
