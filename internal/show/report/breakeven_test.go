package report

import (
	"bytes"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/judge/analysis"
)

func within(value, lo, hi float64) analysis.Estimate {
	return analysis.Estimate{Value: value, Lo: &lo, Hi: &hi, N: 10}
}

// breakEven is a run in which a store was moved.
func breakEven() *analysis.Summary {
	s := &sample().Summary
	s.Question = "How far away may the keys be?"
	cpu := within(-20, -22, -18)
	dearer := within(5, 4, 6)
	for _, b := range []analysis.BreakEven{
		{Arm: "jwt-hs256", RoundTrip: within(-40, -45, -36), CPU: &cpu},
		{Arm: "jwt-rs256", RoundTrip: within(12, -3, 25)},
		{Arm: "jwt-eddsa", RoundTrip: within(80, 70, 91), CPU: &dearer},
		{Arm: "jwt-es512", RoundTrip: within(1500, 1400, 1600), CPU: &dearer},
	} {
		b.Series, b.Load, b.Farthest = []string{"redis", "redis-1ms"}, "open", 1000
		s.BreakEvens = append(s.BreakEvens, b)
	}
	return s
}

// The first paragraph answers from which round trip on, and says that CPU time is
// another matter.
func TestBreakEvenWords(t *testing.T) {
	text := strings.ReplaceAll(wordsOf(breakEven()).Answer[0], "\u00a0", " ")
	for _, want := range []string{
		"By the p50 under the open load, what asks no store answers sooner than redis: ",
		"jwt-hs256 (by 36 – 45 µs) at any distance of the store",
		"jwt-rs256 at the latest once it is 25.0 µs away and jwt-eddsa once it is 80.0 µs (70 – 91 µs) away",
		"jwt-es512 not even at 1.00 ms.",
		"In CPU time there is no such distance",
		"Beside redis, its store included, jwt-hs256 (18 – 22 µs less) cost less; jwt-eddsa (4.0 – 6.0 µs more) and jwt-es512 (4.0 – 6.0 µs more) cost more.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the answer lacks %q:\n%s", want, text)
		}
	}
	if more := wordsOf(breakEven()).Answer[1]; !strings.Contains(more, "A request to the baseline") {
		t.Errorf("the costs do not follow: %s", more)
	}
}

func TestBreakEvenTable(t *testing.T) {
	var out bytes.Buffer
	if err := Terminal(&out, breakEven(), TerminalOptions{Width: 160}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"equal p50 at a round trip of", "at any distance", "beyond 25.0 µs at the latest", "beyond that", "only beyond 1.00 ms"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
	if got := breakEvenTableOf(&sample().Summary); len(got.Columns) != 0 {
		t.Errorf("a run that moved no store has the table %+v", got)
	}
}

// The part of the CPU time that a backend has is shown under its name, and in words.
func TestBackendShares(t *testing.T) {
	s := &sample().Summary
	s.Arms[1].Backends = []bench.Backend{{Name: "redis", About: "Redis 7.0.15, started for the run"}, {Name: "issuer", About: "the issuer, started for the run"}}
	s.Arms[1].Loads[0].Metrics["redis_cpu_us_per_request"] = within(4, 3.9, 4.1)
	s.Arms[1].Loads[0].Metrics["issuer_cpu_us_per_request"] = within(3, 2.9, 3.1)
	var out bytes.Buffer
	if err := Terminal(&out, s, TerminalOptions{Width: 400}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"of it redis", "of it issuer", "Of the CPU time, redis uses 4.00 µs (3.90 – 4.10 µs) of apikey; issuer uses 3.00 µs"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, out.String())
		}
	}
	if text := detailsOf(s)[1].Method; !strings.Contains(text, "it asks Redis 7.0.15, started for the run and the issuer, started for the run") {
		t.Errorf("the details say %s", text)
	}
	if backendShares(&sample().Summary) != "" {
		t.Error("a run without stores speaks of them")
	}
}
