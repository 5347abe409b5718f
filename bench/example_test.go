package bench_test

import (
	"fmt"
	"time"

	"authbench/bench"
)

// The plan is a pure function: equal arguments give equal steps. First every server is
// started for a launch that is not counted, the calibration.
func ExampleNext() {
	s := bench.Scenario{
		Name: "two", Baseline: "none", Protocol: bench.DefaultProtocol,
		Loads: []bench.Load{{Name: "open", Kind: bench.Open, Arrivals: bench.Poisson, Connections: 64, Utilisation: 0.5}},
		Arms:  []bench.Arm{{Name: "none"}, {Name: "jwt"}},
	}
	step := bench.Next(s, 7, bench.Outcomes{})
	fmt.Println(step.Kind, step.Launch, len(step.Visits), "servers")

	// In a launch that counts, both arms get half of what the slower one can take.
	known := bench.Outcomes{Launches: 2, Calibrations: []bench.Calibration{
		{Arm: "none", Capacity: 120_000}, {Arm: "jwt", Capacity: 20_000},
	}}
	step = bench.Next(s, 7, known)
	fmt.Println(step.Kind, step.Launch, step.Load.Name)
	for _, v := range step.Visits {
		fmt.Println(v.Rate, v.Measure >= 100*time.Millisecond, v.Seed == step.Visits[0].Seed)
	}
	// Output:
	// launch 0 2 servers
	// round 1 open
	// 10000 true true
	// 10000 true true
}

// What may be a secret is shown by its length and a digest that only the holder of the
// key could have made.
func ExampleVeil() {
	veil := bench.NewVeil([32]byte{1})
	shown := veil.Scenario(bench.Scenario{Arms: []bench.Arm{{Request: bench.RequestShape{
		Method: "GET", Path: "/orders?token=hunter2-hunter2", Headers: map[string]string{"Accept": "text/html"},
	}}}})
	r := shown.Arms[0].Request
	fmt.Println(r.Path, r.Headers["Accept"])
	fmt.Println(veil.Text("the server said: hunter2-hunter2 is no token"))
	// Output:
	// /orders?token=hidden:d7c31dba051d76bd:15 text/html
	// the server said: hidden:d7c31dba051d76bd:15 is no token
}
