package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"

	"authbench/internal/result"
)

// LoadTestCSV writes how a load test went over time: one line per interval, below a line
// of names. Times are in µs, of the headline; a cell is empty where there is no figure.
func LoadTestCSV(w io.Writer, s *result.LoadTest) error {
	out := csv.NewWriter(w)
	write := func(cells ...string) { _ = out.Write(cells) } // its error comes with Flush
	write("from_s", "length_s", "asked_rps", "sent", "answers", "unexpected", "errors", "throughput_rps",
		"mean_us", "p50_us", "p90_us", "p95_us", "p99_us", "p999_us", "max_us")
	for _, i := range s.Intervals {
		asked, sent := "", ""
		if s.Rate != nil {
			asked, sent = decimal(i.Asked), strconv.FormatInt(i.Sent, 10)
		}
		cells := []string{decimal(i.From), decimal(i.Length), asked, sent, strconv.FormatInt(i.Answers, 10),
			strconv.FormatInt(i.Unexpected, 10), strconv.FormatInt(i.Errors, 10), decimal(i.Throughput())}
		if d := i.Times; d != nil {
			for _, v := range []float64{d.Mean, d.P50, d.P90, d.P95, d.P99, d.P999, d.Max} {
				cells = append(cells, decimal(v))
			}
		} else {
			cells = append(cells, make([]string, 7)...)
		}
		write(cells...)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the intervals: %w", err)
	}
	return nil
}

// decimal is a number with at most three decimals: a time in µs as exact as the clock.
func decimal(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e3)/1e3, 'f', -1, 64)
}
