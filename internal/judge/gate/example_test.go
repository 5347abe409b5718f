package gate_test

import (
	"fmt"

	"authbench/internal/judge/gate"
)

// A change after ten launches: its CPU time did not grow, and of the p99 the gate says
// what this machine does not let it rule out.
func ExampleJudge() {
	report := gate.Judge(gate.Input{Series: []gate.Series{
		{
			Arm: "jwt-es256", Metric: gate.MetricCPU, // logarithms of head over base, one per launch
			Changes: []float64{0.002, -0.004, 0.001, 0.006, -0.002, 0.003, -0.001, 0.004, -0.003, 0.005},
		},
		{
			Arm: "jwt-es256", Metric: gate.MetricP99,
			Changes: []float64{0.31, -0.12, 0.55, -0.40, 0.22, 0.48, -0.25, 0.64, -0.38, 0.17},
		},
	}})
	for _, c := range report.Cells {
		fmt.Printf("%s: %s, slow-downs ruled out from %.1f %%\n", c.Metric, c.Verdict, 100**c.RuledOut)
	}
	fmt.Println("the gate:", report.Verdict)
	// Output:
	// cpu_us_per_request: pass, slow-downs ruled out from 0.5 %
	// response_p99_us: bounded, slow-downs ruled out from 61.6 %
	// the gate: pass
}
