package protocol

import (
	"fmt"
	"slices"
)

// Text tells people how far the run is.
func (c *Coordinator) Text() string {
	all := len(c.members)
	progress := func(what string, is func(*Member) bool) (text string, done bool) {
		n := 0
		for _, m := range c.members {
			if is(m) {
				n++
			}
		}
		text = fmt.Sprintf("%d of %d %s", n, all, what)
		if who := c.absent(is, "to come"); who != "" && n > 0 {
			text += "; " + who
		}
		return text, n == all
	}
	switch c.stage {
	case gathering:
		text, done := progress("have joined", func(m *Member) bool { return m.joined })
		if done {
			text, _ = progress("are ready", func(m *Member) bool { return m.Phase == Ready })
		}
		return text
	case starting:
		return "all are ready: the load begins"
	case running:
		if slices.ContainsFunc(c.members, func(m *Member) bool { return m.Reported }) {
			text, _ := progress("have reported", func(m *Member) bool { return m.Reported })
			return text
		}
		return "load is sent"
	}
	return "stopping: " + c.why
}
