package protocol

import "fmt"

// Text tells people how far the run is.
func (c *Coordinator) Text() string {
	count := func(is func(*Member) bool) (n int) {
		for _, m := range c.members {
			if is(m) {
				n++
			}
		}
		return n
	}
	all := len(c.members)
	switch c.stage {
	case gathering:
		if joined := count(func(m *Member) bool { return m.joined }); joined < all {
			return fmt.Sprintf("%d of %d have joined", joined, all)
		}
		return fmt.Sprintf("%d of %d are ready", count(func(m *Member) bool { return m.Phase == Ready }), all)
	case starting:
		return "all are ready: the load begins"
	case running:
		if reported := count(func(m *Member) bool { return m.Reported }); reported > 0 {
			return fmt.Sprintf("%d of %d have reported", reported, all)
		}
		return "load is sent"
	}
	return "stopping: " + c.why
}
