package validity

import (
	"strings"
	"testing"

	"authbench/bench"
)

// closedRun is a run of two launches of an arm under a closed load, whose server used a
// share of its CPU in the second.
func closedRun(share float64, change func(*bench.Header, []bench.Slice)) []bench.Warning {
	h := bench.Header{
		Scenario: bench.Scenario{Arms: []bench.Arm{{Name: "jwt"}}, Loads: []bench.Load{{Name: "closed", Kind: bench.Closed, Connections: 32}}},
		Host:     bench.Host{ServerCPUs: []int{0}},
		Arms:     []bench.ArmInfo{{Name: "jwt", HasCPU: true}},
	}
	var launches []bench.Launch
	var taken []bench.Slice
	for launch := 1; launch <= 2; launch++ {
		launches = append(launches, bench.Launch{Launch: launch})
		for round := range 4 {
			used := 0.985
			if launch == 2 {
				used = share
			}
			taken = append(taken, bench.Slice{
				Arm: "jwt", Load: "closed", Launch: launch, Round: round, Attempt: 1, Counts: true, Connections: 32,
				Measured: 1e8, ServerCPU: int64(1e8 * used), Completed: 1000, Answered: 1000,
				Statuses: map[bench.Class]map[int]int64{bench.Valid: {200: 1000}},
			})
		}
	}
	if change != nil {
		change(&h, taken)
	}
	return Run(h, launches, taken)
}

func TestSaturation(t *testing.T) {
	for name, c := range map[string]struct {
		share  float64
		change func(*bench.Header, []bench.Slice)
		want   string
	}{
		"busy":      {share: 0.93},
		"disturbed": {share: 0.85, want: "unsaturated suspicious"},
		"starved":   {share: 0.22, want: "unsaturated void"},
		"a store beside it": {share: 0.5, change: func(_ *bench.Header, s []bench.Slice) {
			each(s, func(s *bench.Slice) { s.Backends = map[string]bench.BackendCPU{"redis": {CPU: 1e8 - s.ServerCPU}} })
		}},
		"two CPUs":        {share: 0.95, change: func(h *bench.Header, _ []bench.Slice) { h.Host.ServerCPUs = []int{0, 1} }, want: "unsaturated void"},
		"on others' CPUs": {share: 1.8, want: "unconfined suspicious"},
		"an open load": {share: 0.22, change: func(_ *bench.Header, s []bench.Slice) {
			each(s, func(s *bench.Slice) { s.Scheduled, s.Sent, s.Rate = 1000, 1000, 1e4 })
		}},
		"too slow for its load": {share: 0.22, change: func(_ *bench.Header, s []bench.Slice) { each(s, func(s *bench.Slice) { s.Connections = 1 }) }},
		"no CPU clock":          {share: 0.22, change: func(h *bench.Header, _ []bench.Slice) { h.Arms[0].HasCPU = false }},
		// These wait for something else; that their figures contradict each other is remarked.
		"one connection": {share: 0.22, change: func(h *bench.Header, s []bench.Slice) {
			h.Scenario.Loads[0].Connections = 1
			each(s, func(s *bench.Slice) { s.Connections = 1 })
		}, want: "unsaturated info"},
		"a store far away": {share: 0.22, change: func(h *bench.Header, _ []bench.Slice) {
			h.Scenario.Arms[0].Method.Params = bench.Params{"latency": "1ms"}
		}, want: "unsaturated info"},
		"a store of the user's": {share: 0.22, change: func(h *bench.Header, _ []bench.Slice) {
			h.Arms[0].Backends = []bench.Backend{{Name: "redis", Awaited: true}}
		}, want: "unsaturated info"},
		"a server of the user's": {share: 0.22, change: func(h *bench.Header, _ []bench.Slice) { h.Scenario.Arms[0].Target = &bench.Target{} }, want: "unsaturated info"},
	} {
		got := ""
		for _, w := range closedRun(c.share, c.change) {
			if w.Code == CodeUnsaturated || w.Code == CodeUnconfined {
				got += w.Code + " " + string(w.Level)
				if w.Arm != "jwt" || w.Load != "closed" || w.Level != bench.Info && !strings.Contains(w.Text, "cpus.server") || c.share == 0.22 && !strings.Contains(w.Text, "22 %") {
					t.Errorf("%s: %+v", name, w)
				}
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Under a closed load, too, nothing of the server's alone keeps its CPUs from it.
func TestClosedPressure(t *testing.T) {
	for name, c := range map[string]struct {
		pressure float64
		change   func(*bench.Header, []bench.Slice)
		want     bench.Level
	}{
		"quiet":   {pressure: closedPressureLimits.suspicious},
		"pressed": {pressure: 0.99, want: bench.Suspicious},
		"a store": {pressure: 0.99, change: func(h *bench.Header, _ []bench.Slice) {
			h.Arms[0].Backends = []bench.Backend{{Name: "redis", Awaited: true, HasCPU: true}}
		}},
		"replicas": {pressure: 0.99, change: func(h *bench.Header, _ []bench.Slice) { h.Scenario.Arms[0].Replicas = 3 }},
		"a user's": {pressure: 0.99, change: func(h *bench.Header, _ []bench.Slice) { h.Scenario.Arms[0].Target = &bench.Target{} }},
	} {
		var got bench.Level
		for _, w := range closedRun(0.98, func(h *bench.Header, s []bench.Slice) {
			each(s, func(s *bench.Slice) { s.Pressure = c.pressure })
			if c.change != nil {
				c.change(h, s)
			}
		}) {
			if w.Code == CodePressure {
				got = w.Level
			}
		}
		if got != c.want {
			t.Errorf("%s: level %q, want %q", name, got, c.want)
		}
	}
}

func each(taken []bench.Slice, change func(*bench.Slice)) {
	for i := range taken {
		change(&taken[i])
	}
}
