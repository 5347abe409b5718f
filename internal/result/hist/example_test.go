package hist_test

import (
	"fmt"
	"time"

	"authbench/internal/result/hist"
)

// The histograms of two generator threads are merged, stored and read back.
func ExampleHistogram() {
	first, second := hist.New(), hist.New()
	for i := range int64(99) {
		first.Record(int64(100*time.Microsecond) + i*1000)
	}
	second.Record(int64(20 * time.Millisecond))
	first.Merge(second)

	text, err := first.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := hist.Decode(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	round := func(nanos int64) time.Duration { return time.Duration(nanos).Round(time.Microsecond) }
	fmt.Println(h.Count(), "times, p50", round(h.Quantile(0.50)), "max", round(h.Quantile(1)).Round(100*time.Microsecond))
	// Output: 100 times, p50 149µs max 20ms
}
