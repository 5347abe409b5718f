package validity

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/bench"
)

// fleet returns workers of whom nothing is doubtful.
func fleet(n int) (out []FleetWorker) {
	for k := range n {
		out = append(out, FleetWorker{Name: fmt.Sprintf("w%d", k), ClockError: 100 * time.Microsecond, Due: 100, Owned: 100, Identical: true})
	}
	return out
}

func TestFleet(t *testing.T) {
	own := func(level bench.Level, text string) []bench.Warning {
		return []bench.Warning{{Code: CodeLag, Level: level, Text: text}, {Code: CodeGeneratorLimit, Level: bench.Info, Text: "a note"}}
	}
	for _, c := range []struct {
		name   string
		change func([]FleetWorker, *FleetConditions)
		want   []string
		says   string
	}{
		{name: "good", change: func([]FleetWorker, *FleetConditions) {}},
		{name: "lost", change: func(w []FleetWorker, _ *FleetConditions) { w[1] = FleetWorker{Name: "w1", Lost: true} }, want: []string{"worker_lost void"}, says: "1 of 8 workers (w1)"},
		{name: "all lost", change: func(w []FleetWorker, _ *FleetConditions) {
			for k := range w {
				w[k].Lost = true
			}
		}, want: []string{"worker_lost void"}, says: "8 of 8 workers (w0, w1, w2, w3, w4 and 3 more)"},
		{name: "gone", change: func(w []FleetWorker, _ *FleetConditions) { w[3].Ended = "the target is gone" }, want: []string{"worker_lost void"}, says: "(w3) ended early"},
		{name: "broken off", change: func(_ []FleetWorker, c *FleetConditions) { c.Stopped = "w1 was silent for 3 s" }, want: []string{"fleet_stopped void"}, says: "silent"},
		{name: "another schedule", change: func(w []FleetWorker, _ *FleetConditions) { w[2].Identical, w[2].Due = false, 99 }, want: []string{"schedule_identity void"}, says: "w2 counted 99 requests, of 100"},
		{name: "another schedule, interrupted", change: func(w []FleetWorker, c *FleetConditions) { w[2].Identical, c.Identity = false, false }},
		{name: "deltas", change: func(w []FleetWorker, _ *FleetConditions) { w[2].Deltas = "delta 3 of 9 is not there" }, want: []string{"incomplete_deltas void"}, says: "delta 3 of 9 is not there of w2"},
		{name: "clock", change: func(w []FleetWorker, _ *FleetConditions) { w[2].ClockError = 5 * time.Millisecond }},
		{name: "bad clock", change: func(w []FleetWorker, _ *FleetConditions) { w[2].ClockError = 6 * time.Millisecond }, want: []string{"clock_error suspicious"}, says: "w2 may be off by 6ms (at most 5ms)"},
		{name: "wild clock", change: func(w []FleetWorker, _ *FleetConditions) { w[2].ClockError = 51 * time.Millisecond }, want: []string{"clock_error void"}, says: "at most 50ms"},
		{name: "constant arrivals", change: func(_ []FleetWorker, c *FleetConditions) { c.Gap = 201 * time.Microsecond }},
		{name: "close constant arrivals", change: func(_ []FleetWorker, c *FleetConditions) { c.Gap = 200 * time.Microsecond }, want: []string{"constant_arrivals_shifted suspicious"}, says: "poisson"},
		{name: "one late", change: func(w []FleetWorker, _ *FleetConditions) { w[4].Own = own(bench.Void, "late by a lot") }, want: []string{"lag void"}, says: "worker w4: late by a lot"},
		{name: "several late", change: func(w []FleetWorker, _ *FleetConditions) {
			w[0].Own, w[4].Own = own(bench.Suspicious, "late"), own(bench.Void, "late by a lot")
		}, want: []string{"lag void"}, says: "2 of 8 workers (w0, w4), as w4: late by a lot"},
	} {
		t.Run(c.name, func(t *testing.T) {
			workers, conditions := fleet(8), FleetConditions{Identity: true}
			c.change(workers, &conditions)
			var got []string
			text := ""
			for _, w := range Fleet(workers, conditions) {
				got, text = append(got, w.Code+" "+string(w.Level)), text+w.Text+"\n"
			}
			if !slices.Equal(got, c.want) || !strings.Contains(text, c.says) {
				t.Errorf("%v, want %v with %q:\n%s", got, c.want, c.says, text)
			}
		})
	}
	if got := Fleet(fleet(1), FleetConditions{Identity: true, Gap: time.Microsecond}); len(got) > 0 {
		t.Errorf("one worker's arrivals come from one clock: %v", got)
	}
}
