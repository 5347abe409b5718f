// Package consent decides whether a worker may send load to a server. Whoever holds an
// invitation, stolen or not, must not be able to turn workers against somebody: so each worker
// asks its own owner, and the target.
//
// What flows in are a job, the addresses of its server, and what the owner of the worker allows
// ([Policy]). What flows out is an error, or nothing.
//
//  1. A job is refused whose rate is above what the owner allows, and one that has none if the
//     owner names a rate.
//  2. An address must be in one of the networks, and at the port, that the owner names. Those
//     of this machine are no exception: what listens there may trust whoever is on it. Unix
//     sockets, which no network has, are refused.
//  3. The server itself must consent ([Ask]), before the load and during it: there is a document
//     at a path that only who runs the server can put there.
//  4. No request may name that document: one that writes it would consent for its owner.
//  5. Workers that the coordinator starts on its own machine send what their user has asked
//     for: the servers of this machine are free to them.
//
// Rejected: consent that comes through the coordinator. It would come from whoever holds the
// invitations, and prove nothing about the target.
package consent

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/text/unit"
)

// Target is where the owner of a worker lets load go: a network, and a port of it.
type Target struct {
	Network netip.Prefix
	Port    uint16
}

// ParseTarget reads CIDR:PORT or ADDRESS:PORT, such as 10.0.0.0/24:8080 or [2001:db8::/64]:443.
func ParseTarget(text string) (Target, error) {
	remedy := fmt.Errorf("%q: write a network and a port, such as 10.0.0.0/24:8080 or [2001:db8::/64]:443", text)
	at := strings.LastIndex(text, ":")
	if at < 0 {
		return Target{}, remedy
	}
	port, err := strconv.ParseUint(text[at+1:], 10, 16)
	if err != nil || port == 0 {
		return Target{}, remedy
	}
	network := text[:at]
	inner, bracketed := strings.CutPrefix(network, "[")
	if bracketed {
		if network, bracketed = strings.CutSuffix(inner, "]"); !bracketed {
			return Target{}, remedy
		}
	} else if strings.Contains(network, ":") {
		return Target{}, remedy // which colon comes before the port could not be told
	}
	t := Target{Port: uint16(port)}
	if address, err := netip.ParseAddr(network); err == nil && address.Zone() == "" {
		t.Network = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen())
		return t, nil
	}
	if t.Network, err = netip.ParsePrefix(network); err != nil {
		return Target{}, remedy
	}
	if t.Network != t.Network.Masked() {
		return Target{}, fmt.Errorf("%q: the network is %v; write that", text, t.Network.Masked())
	}
	return t, nil
}

func (t Target) String() string { return fmt.Sprintf("[%v]:%d", t.Network, t.Port) }

// Policy is what the owner of a worker allows.
type Policy struct {
	// Targets are where load may go.
	Targets []Target
	// MaxRate is the highest rate of this worker, in requests per second; 0 for any.
	MaxRate float64
	// ConsentPort is the port of the target's address where its consent is asked for; 0 for
	// that of the load.
	ConsentPort uint16
	// Local says that the coordinator started the worker, on its own machine: load may go to
	// servers there. Own says that its user lets the load go anywhere.
	Local, Own bool
}

// CheckRate reports whether a worker may send its part of a load whose highest rate is peak, 0
// for a closed one.
func (p Policy) CheckRate(peak float64, part load.Part) error {
	own := peak / float64(part.Of)
	switch {
	case p.MaxRate == 0:
		return nil
	case peak == 0:
		return errors.New("the load is closed and has no rate, and this worker was started with --max-rate: give the load a --rate, or leave --max-rate out")
	case own > p.MaxRate:
		return fmt.Errorf("its part is %s, and this worker was started with --max-rate %s", unit.Rate(own), unit.Plain(p.MaxRate, 0))
	}
	return nil
}

// errElsewhere is refused whatever the target says.
var errElsewhere = errors.New("this worker's owner does not allow load to go there: start it with --allow-target NETWORK:PORT")

// CheckAddress reports whether load may go to an address, and whether its server must consent.
func (p Policy) CheckAddress(a bench.Address) (ask bool, err error) {
	switch {
	case p.Own, p.Local && a.IsLocal():
		return false, nil
	case a.Socket != "":
		return false, fmt.Errorf("%v: a worker with an invitation sends load to no Unix socket: let the server listen at a port of TCP", a)
	}
	address := a.TCP.Addr().Unmap().WithZone("")
	for _, t := range p.Targets {
		if t.Port == a.Port() && t.Network.Contains(address) {
			return true, nil
		}
	}
	return false, fmt.Errorf("%v: %w", a, errElsewhere)
}
