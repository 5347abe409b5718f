package validity

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
)

// trialSlice is a good open load of one slice, with times.
func trialSlice() bench.Slice {
	s := shape{response: 60_000, lag: 200, tail: 0.1, told: 1}.slice(10_000, rand.New(rand.NewPCG(1, 2)))
	s.Attempt, s.Connections, s.Measured = 1, 64, 1e9
	s.Scheduled, s.Sent, s.Completed, s.Answered = 10_000, 10_000, 10_000, 10_000
	s.GeneratorCPU, s.GeneratorSpin = 5e8, 3e8
	return s
}

func TestTrial(t *testing.T) {
	lagging := shape{response: 60_000, lag: 30_000, tail: 0.1, told: 1}.slice(10_000, rand.New(rand.NewPCG(1, 2)))
	for _, c := range []struct {
		name       string
		slice      func(*bench.Slice)
		conditions func(*Conditions)
		want       []string
		says       string
	}{
		{name: "good"},
		{name: "a hundredth overdue", conditions: func(c *Conditions) { c.Overdue = 100 }},
		{name: "the server cannot", conditions: func(c *Conditions) { c.Overdue = 101 }, want: []string{"delivered void"}, says: "the server was the limit: all 64 connections"},
		{name: "not sent at all", slice: func(s *bench.Slice) { s.Sent -= 101 }, want: []string{"delivered void"}, says: "the server was the limit"},
		{
			name: "the generator cannot", slice: func(s *bench.Slice) { s.GeneratorCPU, s.GeneratorSpin = 9e8, 0 },
			conditions: func(c *Conditions) { c.Overdue = 5000 }, want: []string{"delivered void", "generator_cpu void"}, says: "the generator was the limit: it was busy for 90 %",
		},
		{
			name: "the generator is held up", slice: func(s *bench.Slice) { s.LateSends = 5000 },
			conditions: func(c *Conditions) { c.Overdue = 5000 }, want: []string{"delivered void", "late_sends void"}, says: "something else held it up",
		},
		{name: "two CPUs", slice: func(s *bench.Slice) { s.GeneratorCPU, s.GeneratorSpin = 9e8, 0 }, conditions: func(c *Conditions) { c.CPUs = 2 }},
		{name: "lag", slice: func(s *bench.Slice) { s.Valid.Lag = lagging.Valid.Lag }, want: []string{"lag void"}, says: "(--cpus)"},
		{name: "a law broken", slice: func(s *bench.Slice) { s.Occupancy *= 2 }, want: []string{"littles_law void"}},
		{name: "every request failed", slice: func(s *bench.Slice) {
			s.Completed, s.Answered, s.Occupancy, s.Errors = 0, 0, 0, map[string]int64{"timeout": 10_000}
		}, want: []string{"unanswered void"}, says: "no request was answered, of 10000: timeout ×10000"},
		{name: "half of them failed", slice: func(s *bench.Slice) {
			s.Completed, s.Occupancy, s.Errors = 5000, 0, map[string]int64{"timeout": 5000}
		}, want: []string{"failures suspicious"}},
		{name: "a stall", slice: func(s *bench.Slice) {
			s.Sent, s.Completed, s.Answered, s.Occupancy, s.Errors = 5000, 0, 0, 0, map[string]int64{"timeout": 5000}
		}, want: []string{"delivered void", "unanswered void"}, says: "5000 of 10000 requests that were due could not be sent in time"},
		{name: "a stall, with a late send", slice: func(s *bench.Slice) {
			s.Scheduled, s.Sent, s.LateSends, s.Completed, s.Answered, s.Occupancy, s.Errors = 20, 4, 1, 0, 0, 0, map[string]int64{"timeout": 4}
		}, want: []string{"delivered void", "late_sends void", "unanswered void"}, says: "the server was the limit"},
		{name: "malformed answers", slice: func(s *bench.Slice) {
			s.Completed, s.Occupancy, s.Errors = 9000, 0, map[string]int64{"malformed": 1000}
			s.Malformed = map[string]int64{"malformed chunk": 1, "folded header field": 999}
		}, want: []string{"failures suspicious"}, says: "malformed: folded header field ×999, malformed chunk ×1"},
		{name: "bytes that nobody asked for", slice: func(s *bench.Slice) { s.Unsolicited = 1 }, want: []string{"unsolicited suspicious"}, says: "asked for: 1, in 10000 requests"},
		{name: "a few closed on their way", slice: func(s *bench.Slice) { s.Resent = 500 }},
		{name: "closed instead of answered", slice: func(s *bench.Slice) { s.Resent = 1000 }, want: []string{"resent suspicious"}, says: "1000 of 10000 requests"},
		{name: "half with the wrong status", slice: func(s *bench.Slice) {
			s.Statuses, s.WrongVerdicts = map[bench.Class]map[int]int64{bench.Valid: {200: 5000, 500: 5000}}, 5000
		}, want: []string{"failures suspicious"}},
		{name: "a login page", slice: func(s *bench.Slice) {
			s.Statuses, s.WrongVerdicts = map[bench.Class]map[int]int64{bench.Valid: {302: 10_000}}, 10_000
		}, want: []string{"no_success void"}, says: "no request succeeded: where success was expected came 302 ×10000; mend the request or the server, or say with --expect-status"},
		{name: "all valid credentials refused", slice: func(s *bench.Slice) {
			s.Statuses, s.WrongVerdicts = map[bench.Class]map[int]int64{bench.Valid: {401: 6000, 500: 1000}, bench.Forged: {401: 3000}}, 7000
		}, want: []string{"no_success void"}, says: "came 401 ×6000, 500 ×1000;"},
		{name: "nothing due", slice: func(s *bench.Slice) {
			*s = bench.Slice{Measured: 1e9, Rate: 0.001}
		}, want: []string{"unanswered void"}, says: "no request came to an end"},
		{name: "let in", slice: func(s *bench.Slice) { s.FalseAccepts, s.WrongVerdicts = 3, 3 }, want: []string{"false_accepts void"}, says: "the server let 3 bad credentials in"},
		{name: "stolen", conditions: func(c *Conditions) { c.Noise.Steal = 0.2 }, want: []string{"steal void"}},
		{name: "a busy closed load", slice: func(s *bench.Slice) {
			*s = bench.Slice{Measured: 1e9, Completed: 10_000, Answered: 10_000, GeneratorCPU: 9e8}
		}, want: []string{"generator_limit info"}, says: "-t"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, conditions := trialSlice(), Conditions{CPUs: 1, Success: func(status int) bool { return status/100 == 2 }}
			if c.slice != nil {
				c.slice(&s)
			}
			if c.conditions != nil {
				c.conditions(&conditions)
			}
			var got []string
			var text string
			for _, w := range LoadTest(s, conditions) {
				got = append(got, w.Code+" "+string(w.Level))
				text += w.Text + "\n"
				if w.Arm != "" || w.Load != "" || w.Launch != 0 || strings.Contains(w.Text, "launch") || strings.Contains(w.Text, "cpus.generator") {
					t.Errorf("speaks of a run: %+v", w)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) || !strings.Contains(text, c.says) {
				t.Errorf("found %q, want %q with %q:\n%s", got, c.want, c.says, text)
			}
		})
	}
}
