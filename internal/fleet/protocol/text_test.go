package protocol

import (
	"testing"
	"time"
)

// While a run gathers, people read who is to come.
func TestTextNamesWhoIsToCome(t *testing.T) {
	d := Digests{"p", "b", "s"}
	c := NewCoordinator(Setup{Digests: d, Patience: time.Minute, Places: []Place{{"w1", RoleWorker, "{}"}, {"w2", RoleWorker, "{}"}, {"t1", RoleTarget, "{}"}}}, 0)
	hello := func(name, role string) func() {
		return func() {
			c.Next(0, From{name, Hello{V: Version, Instance: name, Role: role, Digests: d, Host: name, CPUs: 1}})
		}
	}
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() {}, "0 of 3 have joined"},
		{hello("w1", RoleWorker), "1 of 3 have joined; w2, t1 to come"},
		{hello("w2", RoleWorker), "2 of 3 have joined; t1 to come"},
		{hello("t1", RoleTarget), "0 of 3 are ready"},
		{func() { c.byName["w2"].Phase = Ready }, "1 of 3 are ready; w1, t1 to come"},
	} {
		step.do()
		if got := c.Text(); got != step.want {
			t.Errorf("%q, want %q", got, step.want)
		}
	}
}
