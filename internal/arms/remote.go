package arms

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"time"

	"authbench/bench"
	"authbench/internal/runner"
)

// dialTime bounds the look whether a server on this machine answers.
const dialTime = 2 * time.Second

// resolve finds the loopback address of a URL, which bench has validated.
func resolve(raw string) (netip.AddrPort, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("read the target's url: %w", err)
	}
	host, port := u.Hostname(), u.Port()
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if port == "" {
		port = "80"
	}
	addr, err := netip.ParseAddrPort(net.JoinHostPort(host, port))
	if err != nil {
		return addr, fmt.Errorf("read the target's url: %w", err)
	}
	return addr, nil
}

// remote is a server that runs already, and that is not ours to start, stop or
// look into.
type remote struct{ addr netip.AddrPort }

var _ runner.Server = remote{}

func (r remote) start(ctx context.Context) (runner.Server, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", r.addr.String())
	if err != nil {
		return nil, fmt.Errorf("no server answers at the target's url: %w; start it first", err)
	}
	return r, conn.Close()
}

func (r remote) Addr() netip.AddrPort               { return r.addr }
func (r remote) Refresh() error                     { return nil }
func (r remote) CPU() (time.Duration, error)        { return 0, nil }
func (r remote) PSS() (int64, error)                { return 0, nil }
func (r remote) Counters() (*bench.Counters, error) { return nil, nil }
func (r remote) Revoke(int) error                   { return errors.ErrUnsupported }
func (r remote) Rotation() *bench.Rotation          { return nil }
func (r remote) Failure() string                    { return "" }
func (r remote) Store() runner.Meter                { return nil }
func (r remote) Stop() error                        { return nil }
