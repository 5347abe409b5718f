//go:build !linux

package proc

import "net/netip"

// Listens cannot tell here: whoever listens is believed.
func (p *Process) Listens(netip.AddrPort) (bool, error) { return true, nil }
