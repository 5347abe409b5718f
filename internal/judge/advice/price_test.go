package advice

import (
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
)

// A request is priced by the load whose rate is the nearest to what one server gets, and the
// advice says which.
func TestPricedByTheNearestLoad(t *testing.T) {
	for _, c := range []struct {
		rate     float64
		replicas int
		cpu      float64
		at       string
	}{
		{10_000, 1, 60, "at saturation"}, {1000, 1, 180, "at 1.00 k/s"}, {10, 1, 180, "at 1.00 k/s"},
		{10_000, 10, 180, "at 1.00 k/s"}, {1e6, 10, 60, "at saturation"},
	} {
		n := need()
		n.Rate, n.Replicas = c.rate, c.replicas
		a := advised(t, sample(), n)
		redis := option(t, a, "redis")
		if redis.CPU.Value != c.cpu || redis.At != c.at || a.Near != c.rate/float64(c.replicas) {
			t.Errorf("%v requests a second on %d servers: %v µs %s, near %v, want %v µs %s", c.rate, c.replicas, redis.CPU.Value, redis.At, a.Near, c.cpu, c.at)
		}
		if !strings.Contains(a.Answer[0], "per request "+c.at) {
			t.Errorf("the answer does not say %q: %s", c.at, a.Answer[0])
		}
		// One CPU more at 20.8 k/s, where the server is busy, whatever the rate that is asked for.
		if turn := strings.Join(a.Turns, " "); c.replicas == 1 && !strings.Contains(turn, "from 20.8 k/s on") {
			t.Errorf("at %v: %s", c.rate, turn)
		}
	}
	s := sample()
	for i := range s.Arms {
		s.Arms[i].Loads = s.Arms[i].Loads[1:] // the closed load alone
	}
	if a := advised(t, s, need()); a.Near != 0 || option(t, a, "redis").At != "at saturation" {
		t.Errorf("one load: near %v", a.Near)
	}
	s = sample()
	delete(s.Arms[1].Loads[1].Metrics, "cpu_us_per_request") // not saturated, say
	if redis := option(t, advised(t, s, need()), "redis"); redis.CPU.Value != 180 || redis.At != "at 1.00 k/s" {
		t.Errorf("an arm that has one of the loads: %v µs %s", redis.CPU.Value, redis.At)
	}
}

// Which option costs less under the load by which they are not priced, stands among what would
// change the answer.
func TestOtherLoad(t *testing.T) {
	s := sample()
	s.Reversals = []analysis.Reversal{{Arm: "memory", Versus: "redis", Load: "closed", Other: "open"}, {Arm: "redis", Versus: "hs256", Load: "closed", Other: "open"}}
	for rate, want := range map[float64]string{
		10_000: "On servers that wait for requests most of the time redis costs less than memory.",
		100:    "",
	} {
		n := need()
		n.Rate = rate
		turns := strings.Join(advised(t, s, n).Turns, "\n")
		if said := strings.Contains(turns, "On servers that"); said != (want != "") || !strings.Contains(turns, want) {
			t.Errorf("at %v: %s", rate, turns)
		}
	}
	s.Reversals[0] = analysis.Reversal{Arm: "denylist", Versus: "memory", Load: "closed", Other: "open"}
	n := need()
	n.Rate = 100
	if turns := strings.Join(advised(t, s, n).Turns, "\n"); !strings.Contains(turns, "On servers that are kept busy denylist costs less than memory.") {
		t.Error(turns)
	}
}

// Clients exchange keys for tokens by the clock: at another rate other numbers of requests share
// what an exchange costs.
func TestExchangePricedByTheClock(t *testing.T) {
	s := sample()
	exchange := arm("exchange", "exchange", map[string]any{"alg": "ES256", "lifetime": "5s"}, 124, "d", 160, 400)
	exchange.Facts.Renewal = bench.Renewal{Lifetime: 5e9, After: 4e9}
	for i := range exchange.Loads {
		exchange.Loads[i].Metrics["issuer_cpu_us_per_request"] = estimateOf([]float64{40, 5}[i])
		exchange.Loads[i].Refreshes = &analysis.Refreshing{PerToken: estimateOf([]float64{4, 25}[i])}
	}
	s.Arms = append(s.Arms, exchange)
	// At saturation 8,065 requests a second share 322.6 exchanges, of 125 µs each; 119 µs are the
	// server's.
	for _, c := range []struct {
		rate    float64
		clients int
		want    float64
		says    string
	}{
		{1e6 / 124, 0, 124, "priced with 323 exchanges a second, as its clients made there; --clients says how many yours make (25 requests per token; measured at 25)"},
		{4 * 1e6 / 124, 0, 119 + 1.25, "(100 requests per token; measured at 25)"},
		{10_000, 40_000, 119 + 125, "priced with 10000 exchanges a second, as your clients make (1 requests per token; measured at 25)"},
		{1000, 0, 372, "priced with 250 exchanges a second"}, // the open load, as measured
		{500, 0, 332 + 80, "(2 requests per token; measured at 4)"},
	} {
		n := need()
		n.Rate, n.Clients = c.rate, c.clients
		got := option(t, advised(t, s, n), "exchange")
		if off := got.CPU.Value - c.want; off > 0.01 || off < -0.01 || !strings.Contains(got.Priced, c.says) || got.Tied != "" {
			t.Errorf("%v: %v µs, want %v: %s", c.rate, got.CPU.Value, c.want, got.Priced)
		}
		if width := *got.CPU.Hi - *got.CPU.Lo; width <= 0 || *got.CPU.Lo >= got.CPU.Value {
			t.Errorf("%v: the interval is %v to %v", c.rate, *got.CPU.Lo, *got.CPU.Hi)
		}
	}
	delete(s.Arms[len(s.Arms)-1].Loads[1].Metrics, "issuer_cpu_us_per_request")
	n := need()
	n.Replicas, n.TokenLifetime = 1, time.Hour
	if got := option(t, advised(t, s, n), "exchange"); got.CPU.Value != 124 || got.Priced != "its CPU time holds for 25 requests per token" {
		t.Errorf("an issuer whose CPU time is not known: %v µs: %s", got.CPU.Value, got.Priced)
	}
}
