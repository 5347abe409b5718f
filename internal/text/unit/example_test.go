package unit_test

import (
	"fmt"

	"authbench/internal/text/unit"
)

// The uncertainty decides how many digits are shown.
func ExampleQuantity_PlusMinus() {
	fmt.Println(unit.Microseconds.PlusMinus(41.234, 0.61))
	fmt.Println(unit.Microseconds.PlusMinus(41.234, 0.0061))
	fmt.Println(unit.Nanoseconds.Format(1_270_000))
	// Output:
	// 41.2 ± 0.6 µs
	// 41.234 ± 0.006 µs
	// 1.27 ms
}

// Rates are read as other tools write them.
func ExampleQuantity_Parse() {
	for _, text := range []string{"600/1m", "5k", "5 s"} {
		rate, err := unit.PerSecond.Parse(text)
		fmt.Println(rate, err)
	}
	// Output:
	// 10 <nil>
	// 5000 <nil>
	// 0 "5 s" is not a rate, but a time: write requests per second, such as 600, 5k or 1.5M, or 600/1m
}
