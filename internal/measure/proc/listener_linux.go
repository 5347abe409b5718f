package proc

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/prometheus/procfs"
)

// tcpListen is the state of a socket that listens, in the kernel's tables.
const tcpListen = 10

// Listens reports whether it is this process, or one that it started, that listens at a
// TCP address. Whoever else does answers in its place, and costs it nothing.
func (p *Process) Listens(at netip.AddrPort) (bool, error) {
	sockets, err := listeners(at)
	if err != nil || len(sockets) == 0 {
		return false, err
	}
	root := p.pid
	if p.supervisor != nil {
		root = p.cmd.Process.Pid
	}
	processes, err := tree(root)
	if err != nil {
		return false, err
	}
	var own []string
	for _, one := range processes {
		if process, err := procfs.NewProc(one.PID); err == nil {
			files, _ := process.FileDescriptorTargets() // it has ended since
			own = append(own, files...)
		}
	}
	return !slices.ContainsFunc(sockets, func(s string) bool { return !slices.Contains(own, s) }), nil
}

// listeners are the sockets that take connections to an address, as links in /proc name
// them: those that are bound to it, else those bound to all addresses.
func listeners(at netip.AddrPort) ([]string, error) {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return nil, fmt.Errorf("open /proc: %w", err)
	}
	lines, err := fs.NetTCP() //nolint:staticcheck // netlink, which it recommends, is a library more for one look at each start
	if err != nil {
		return nil, fmt.Errorf("look who listens at %v: %w", at, err)
	}
	if six, err := fs.NetTCP6(); err == nil { //nolint:staticcheck // as above; without IPv6 there is none
		lines = append(lines, six...)
	}
	var bound, wild []string
	for _, line := range lines {
		local, ok := netip.AddrFromSlice(line.LocalAddr)
		if !ok || line.St != tcpListen || line.LocalPort != uint64(at.Port()) {
			continue
		}
		socket := "socket:[" + strconv.FormatUint(line.Inode, 10) + "]"
		switch local = local.Unmap(); {
		case local == at.Addr().Unmap():
			bound = append(bound, socket)
		case local.IsUnspecified():
			wild = append(wild, socket)
		}
	}
	if len(bound) > 0 {
		return bound, nil
	}
	return wild, nil
}
