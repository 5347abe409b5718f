package trial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"time"
)

// ErrRemote says that load would leave this machine.
var ErrRemote = errors.New("not a loopback address: load stays on this machine unless told otherwise")

// ParseURL reads the URL of a server. Errors say what to write, and quote no
// password.
func ParseURL(text string) (*url.URL, error) {
	const remedy = "write an address such as http://127.0.0.1:8080/path"
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Host == "" && u.Opaque == "":
		return nil, fmt.Errorf("the URL cannot be read: %s", remedy)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("the URL's scheme is %q, not http or https: %s", u.Scheme, remedy)
	case u.User != nil:
		return nil, errors.New("the URL carries a user or password: send them as a header, -H 'Authorization: Basic …'")
	case u.Hostname() == "":
		return nil, fmt.Errorf("the URL names no host: %s", remedy)
	}
	_, err = portOf(u)
	return u, err
}

// tryTime bounds the look which of several addresses answers.
const tryTime = time.Second

// resolve finds the address to connect to: the address itself is what must be on
// this machine, whatever the name. Of a name's several addresses it is the first
// that accepts a connection, since "localhost" is two, and few servers listen on
// both.
func resolve(ctx context.Context, u *url.URL, allowRemote bool) (netip.AddrPort, error) {
	port, err := portOf(u)
	if err != nil {
		return netip.AddrPort{}, err
	}
	addrs, err := lookUp(ctx, u.Hostname())
	if err != nil {
		return netip.AddrPort{}, err
	}
	var usable []netip.AddrPort
	for _, a := range addrs {
		if a = a.Unmap(); allowRemote || a.IsLoopback() {
			usable = append(usable, netip.AddrPortFrom(a, port))
		}
	}
	if len(usable) == 0 {
		return netip.AddrPort{}, fmt.Errorf("%s is at %v: %w", u.Hostname(), addrs[0], ErrRemote)
	}
	for _, a := range usable[:len(usable)-1] {
		if answers(ctx, a) {
			return a, nil
		}
	}
	return usable[len(usable)-1], nil // if it does not answer either, connecting says why
}

// portOf returns the port of a URL, or that of its scheme.
func portOf(u *url.URL) (uint16, error) {
	text := u.Port()
	if text == "" {
		text = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return 0, fmt.Errorf("the URL's port is %q: write a number from 1 to 65535", text)
	}
	return uint16(port), nil
}

func lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fmt.Errorf("find the server: %w", err)
	}
	return addrs, nil
}

func answers(ctx context.Context, a netip.AddrPort) bool {
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", a.String())
	if err != nil {
		return false
	}
	_ = conn.Close() // it was opened only to see whether it can be
	return true
}
