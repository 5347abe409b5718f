package crew

import (
	"testing"

	"authbench/internal/fleet/protocol"
	"authbench/internal/measure/courier"
)

// What a guest sends is handed over, or is a fault of the run where it cannot be read. The
// coordinator reads its own events: it never waits for room among them.
func TestPass(t *testing.T) {
	fault := func(name string) any { return protocol.Fault{Why: name + " sent what cannot be read"} }
	from := func(name string, message any) any { return protocol.From{Name: name, Message: message} }
	for _, c := range []struct {
		name        string
		event, want any // nil for the same
		told        int
	}{
		{"a tick", protocol.Tick{}, nil, 0},
		{"a beat", from("w1", protocol.Beat{}), nil, 0},
		{"a delta", from("w1", protocol.Delta{Data: "{}"}), nil, 1},
		{"a final", from("w2", protocol.Final{Data: "{}"}), nil, 1},
		{"a final of nothing", from("w2", protocol.Final{}), nil, 0},
		{"a bad delta", from("w1", protocol.Delta{Data: "x"}), fault("w1"), 0},
		{"an empty delta", from("w1", protocol.Delta{}), fault("w1"), 0},
		{"a bad final", from("w2", protocol.Final{Data: "{"}), fault("w2"), 0},
		{"an agent's final", from("t1", protocol.Final{Data: `{"cpu_ns":5,"measured_ns":7}`}), nil, 0},
		{"an agent's final of nothing", from("t1", protocol.Final{}), nil, 0},
		{"an agent's delta", from("t1", protocol.Delta{Data: "{}"}), fault("t1"), 0},
		{"an agent's bad final", from("t1", protocol.Final{Data: "x"}), fault("t1"), 0},
	} {
		told := 0
		k := &Coordinator{inbox: newInbox(), index: map[string]int{"w1": 0, "w2": 1}}
		k.Tell = func(n courier.News) error {
			if p := n.Delta; n.Final != nil || p == nil || p.Worker != 0 || string(p.Data) != "{}" {
				if p = n.Final; p == nil || p.Worker != 1 || string(p.Data) != "{}" {
					t.Errorf("%s: told %+v", c.name, n)
				}
			}
			told++
			return nil
		}
		for range roomForEvents {
			k.put(protocol.Tick{})
		}
		got, err := k.pass(c.event)
		if c.want == nil {
			c.want = c.event
		}
		if err != nil || got != c.want || told != c.told || len(k.events) != roomForEvents {
			t.Errorf("%s: %+v, %v; told %d", c.name, got, err, told)
		}
		if read := k.target != nil; read != (c.name == "an agent's final") {
			t.Errorf("%s: the target is %+v", c.name, k.target)
		}
	}
}
