package proc

import (
	"net"
	"net/netip"
	"path/filepath"
	"testing"
)

// A process listens if it does, or a child of its: not if somebody else does, or nobody.
func TestListens(t *testing.T) {
	p := start(t, starter(t), "listener", Spec{Foreign: true, TempDir: true})
	its := appears(t, filepath.Join(p.TempDir(), "port"))
	for _, network := range []struct{ name, address string }{{"tcp4", "127.0.0.1:0"}, {"tcp4", "0.0.0.0:0"}, {"tcp", "[::]:0"}} {
		mine, err := net.Listen(network.name, network.address)
		if err != nil {
			t.Skip(err) // no IPv6 here
		}
		port := mine.Addr().(*net.TCPAddr).Port
		for of, want := range map[int]bool{its: true, port: false} {
			at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(of))
			if got, err := p.Listens(at); err != nil || got != want {
				t.Errorf("beside a listener at %s: at %v: %v, %v; want %v", network.address, at, got, err, want)
			}
		}
		if err := mine.Close(); err != nil {
			t.Fatal(err)
		}
		at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
		if got, err := p.Listens(at); err != nil || got {
			t.Errorf("where nobody listens: %v, %v", got, err)
		}
	}
}
