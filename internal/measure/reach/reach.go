// Package reach finds the address at which a server answers, and connects to it. What
// flows in: a site, as a user names a server, or the addresses at which one may listen.
// What flows out: the address to send to.
//
//  1. [Addresses] looks a name up, and keeps what is on this machine: the address that
//     is dialled must be, whatever its name.
//  2. [First] tries them one after the other, because "localhost" is two and few servers
//     listen on both.
//  3. [Dial] connects to one.
package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"authbench/bench"
)

// ErrRemote says that load would leave this machine.
var ErrRemote = errors.New("not a loopback address")

// Addresses returns where a site may answer, at least one address, those of IPv4 first
// where the resolver has no other order. Unless allowed to leave this machine, it leaves
// out what is elsewhere, and fails with [ErrRemote] if nothing is left.
func Addresses(ctx context.Context, s bench.Site, allowRemote bool) ([]bench.Address, error) {
	if s.Socket != "" {
		return []bench.Address{{Socket: s.Socket}}, nil
	}
	found, err := lookUp(ctx, s.Name)
	if err != nil {
		return nil, err
	}
	var out []bench.Address
	for _, ip := range found {
		if a := (bench.Address{TCP: netip.AddrPortFrom(ip.Unmap(), s.Port)}); allowRemote || a.IsLocal() {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s is at %v: %w", s.Name, found[0], ErrRemote)
	}
	return out, nil
}

// Loopback returns where a server of this machine may listen on a port.
func Loopback(port uint16) []bench.Address {
	var out []bench.Address
	for _, ip := range loopback() {
		out = append(out, bench.Address{TCP: netip.AddrPortFrom(ip, port)})
	}
	return out
}

func loopback() []netip.Addr {
	return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
}

// lookUp returns at least one address. Names below localhost are this machine's, both
// ways, whatever the resolver knows of them (RFC 6761 §6.3).
func lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return loopback(), nil
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fmt.Errorf("find the server: %w", err)
	}
	return addrs, nil
}

// tryTime bounds the look at one of several addresses.
const tryTime = time.Second

// First returns the first address that a look finds good. Its error names each that was
// tried, and wraps what was wrong with it.
func First(ctx context.Context, addrs []bench.Address, look func(context.Context, bench.Address) error) (bench.Address, error) {
	var wrong failures
	for _, a := range addrs {
		tryCtx, cancel := context.WithTimeout(ctx, tryTime)
		err := look(tryCtx, a)
		cancel()
		if err == nil {
			return a, nil
		}
		wrong = append(wrong, fmt.Errorf("at %v: %w", a, err))
	}
	return bench.Address{}, wrong
}

// failures are the errors of several addresses, on one line.
type failures []error

func (f failures) Error() string {
	var texts []string
	for _, err := range f {
		texts = append(texts, err.Error())
	}
	return strings.Join(texts, "; ")
}

func (f failures) Unwrap() []error { return f }

// Listens looks whether somebody accepts connections at an address.
func Listens(ctx context.Context, a bench.Address) error {
	conn, err := Dial(ctx, a)
	if err != nil {
		return Cause(err)
	}
	return conn.Close()
}

// Cause is what the system said of an attempt to connect, without the address, which
// the caller names.
func Cause(err error) error {
	var system syscall.Errno
	if errors.As(err, &system) {
		return system
	}
	return err
}

// fullPause is the pause before a full backlog is looked at again.
const fullPause = 10 * time.Millisecond

// Dial connects to an address. While a Unix socket's backlog is full it tries again: the
// kernel does not wait for room there, as it does for TCP.
func Dial(ctx context.Context, a bench.Address) (net.Conn, error) {
	for {
		conn, err := new(net.Dialer).DialContext(ctx, a.Network(), a.String())
		if !errors.Is(err, syscall.EAGAIN) {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(fullPause):
		}
	}
}
