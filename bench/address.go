package bench

import (
	"net"
	"net/netip"
	"strconv"
)

// Address is where a server listens: an IP address and port, or a Unix socket. The
// zero value is nowhere.
type Address struct {
	// TCP is the IP address and port; not valid for a Unix socket.
	TCP netip.AddrPort
	// Socket is the path of a Unix socket, "" for TCP.
	Socket string
}

var _ net.Addr = Address{}

// Network is what a dialer calls the kind of address.
func (a Address) Network() string {
	if a.Socket != "" {
		return "unix"
	}
	return "tcp"
}

// String is what a dialer takes.
func (a Address) String() string {
	if a.Socket != "" {
		return a.Socket
	}
	return a.TCP.String()
}

// IsLocal reports whether what is sent there stays on this machine.
func (a Address) IsLocal() bool { return a.Socket != "" || a.TCP.Addr().Unmap().IsLoopback() }

// Port is the TCP port, 0 for a Unix socket.
func (a Address) Port() uint16 { return a.TCP.Port() }

// Authority is what a request says of the server that is dialled at the address,
// where no name is known.
func (a Address) Authority() string {
	if a.Socket != "" {
		return socketAuthority
	}
	return authority(a.TCP.Addr().Unmap().String(), a.Port(), httpPort)
}

// socketAuthority stands for the server of a Unix socket, which has no name. Other
// clients (curl, Docker) send it, too.
const socketAuthority = "localhost"

// The ports of the schemes, which no Host field names.
const (
	httpPort  = 80
	httpsPort = 443
)

// authority joins a host and its port (RFC 9110 §7.2). The port of the scheme is left
// out, as every client does.
func authority(host string, port, usual uint16) string {
	switch {
	case port != usual:
		return net.JoinHostPort(host, strconv.Itoa(int(port)))
	case isIPv6(host):
		return "[" + host + "]"
	}
	return host
}

func isIPv6(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.Is6()
}
