package advice

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
)

func estimateOf(v float64) analysis.Estimate {
	lo, hi := 0.9*v, 1.1*v
	return analysis.Estimate{Value: v, Lo: &lo, Hi: &hi, N: 10}
}

// arm has a closed load with a CPU time, and an open one with a median and a p99, µs.
func arm(name, method string, params map[string]any, cpu float64, tied string, median, p99 float64) analysis.Arm {
	return analysis.Arm{
		Name: name, Method: method, Params: params, Status: analysis.ArmOK,
		Facts:       factsOf(method, params),
		Conformance: &bench.Conformance{Passed: 90, Safe: true},
		Metrics:     map[string]analysis.Estimate{"memory_bytes": estimateOf(8 << 20)},
		Loads: []analysis.Load{
			{Name: "open", Kind: bench.Open, Rate: 1000, Metrics: map[string]analysis.Estimate{
				"cpu_us_per_request": estimateOf(3 * cpu), "response_p50_us": estimateOf(median), "response_p99_us": estimateOf(p99)},
				Ties: map[string]string{"cpu_us_per_request": tied}},
			{Name: "closed", Kind: bench.Closed, Metrics: map[string]analysis.Estimate{"cpu_us_per_request": estimateOf(cpu), "throughput_rps": estimateOf(1e6 / cpu)},
				Ties: map[string]string{"cpu_us_per_request": tied}},
		},
	}
}

func factsOf(method string, params map[string]any) bench.Facts {
	return result.FactsOf(bench.Header{}, bench.Arm{Method: bench.Method{ID: method, Params: params}})
}

// respecify gives an arm other parameters.
func respecify(a *analysis.Arm, params map[string]any) {
	a.Params, a.Facts = params, factsOf(a.Method, params)
}

// sample is a result with an API key in memory and in Redis, and two tokens.
func sample() *analysis.Summary {
	redis := arm("redis", "apikey", map[string]any{"store": "redis", "latency": "100us"}, 60, "c", 300, 900)
	redis.Metrics["store_lookups_per_request"] = estimateOf(2)
	return &analysis.Summary{
		Scenario: "stores", Validity: result.Valid, Baseline: "none", Launches: 10,
		Protocol: bench.Protocol{Launches: 10, Rounds: 8, Slice: bench.Duration(100 * time.Millisecond)},
		Arms: []analysis.Arm{
			arm("none", "none", nil, 10, "a", 90, 200),
			redis,
			arm("memory", "apikey", nil, 12, "b", 100, 300),
			arm("hs256", "jwt", map[string]any{"alg": "HS256"}, 12.1, "b", 101, 310),
			arm("denylist", "jwt", map[string]any{"alg": "EdDSA", "revocation": "denylist"}, 80, "d", 180, 500),
		},
	}
}

func need() Need { return Need{Rate: 10_000, Replicas: 1, TokenLifetime: DefaultTokenLifetime} }

func advised(t *testing.T, s *analysis.Summary, n Need) *Advice {
	t.Helper()
	a, err := Advise(s, n, "results/a b")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func order(a *Advice) string {
	var out []string
	for _, o := range a.Options {
		out = append(out, o.Arm+" "+string(o.Fit))
	}
	return strings.Join(out, ", ")
}

func option(t *testing.T, a *Advice, name string) Option {
	t.Helper()
	i := slices.IndexFunc(a.Options, func(o Option) bool { return o.Arm == name })
	if i < 0 {
		t.Fatalf("no option %s in %s", name, order(a))
	}
	return a.Options[i]
}

func TestCheapestFirstAndTiesNamed(t *testing.T) {
	a := advised(t, sample(), need())
	if got, want := order(a), "memory meets, hs256 meets, redis meets, denylist meets"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if want := "memory takes least CPU: 12.0 µs (10.8 – 13.2 µs) per request at saturation, not told apart from hs256."; !strings.Contains(a.Answer[0], want) {
		t.Errorf("got %q, want %q in it", a.Answer[0], want)
	}
	redis := option(t, a, "redis")
	if redis.Cores != 0.6 {
		t.Errorf("60 µs at 10,000 a second keep %g CPUs busy, want 0.6", redis.Cores)
	}
	// One CPU is the difference between 12 and 60 µs at 20,833 requests a second.
	if !strings.Contains(a.Turns[0], "redis costs one CPU more than memory from 20.8 k/s on") {
		t.Errorf("got %q", a.Turns[0])
	}
}

func TestDifferenceThatDoesNotMatter(t *testing.T) {
	n := need()
	n.Rate = 100
	if got := advised(t, sample(), n).Answer[1]; !strings.Contains(got, "does not matter") {
		t.Errorf("0.0068 CPUs in all, and: %s", got)
	}
	if got := advised(t, sample(), need()).Answer[1]; strings.Contains(got, "does not matter") {
		t.Errorf("0.68 CPUs in all, and: %s", got)
	}
}

func TestPrice(t *testing.T) {
	n := need()
	n.CoreHour = 0.36
	// A million requests of 60 µs take a minute.
	if got := option(t, advised(t, sample(), n), "redis").Price; got < 0.005999 || got > 0.006001 {
		t.Errorf("got %g, want 0.006", got)
	}
}

func TestStoreRoundTripMovesResponseTimesAlone(t *testing.T) {
	n := need()
	rtt := 600 * time.Microsecond
	n.StoreRoundTrip = &rtt
	a := advised(t, sample(), n)
	redis := option(t, a, "redis")
	if *redis.Median != 300+2*500 || *redis.P99 != 900+2*500 {
		t.Errorf("two look-ups, each 500 µs farther: got %g and %g µs, want 1300 and 1900", *redis.Median, *redis.P99)
	}
	if redis.CPU.Value != 60 {
		t.Errorf("distance costs no CPU time, got %g µs", redis.CPU.Value)
	}
	if m := option(t, a, "memory"); *m.Median != 100 {
		t.Errorf("memory has no distance, got %g µs", *m.Median)
	}
}

func TestRevocation(t *testing.T) {
	lag := 10 * time.Second
	for _, c := range []struct {
		name     string
		replicas int
		change   func(*Need, *analysis.Summary)
		want     string
	}{
		{"one server", 1, func(*Need, *analysis.Summary) {}, "memory meets, redis meets, denylist meets, hs256 misses"},
		{"replicas with a memory each", 3, func(*Need, *analysis.Summary) {}, "redis meets, memory open, denylist open, hs256 misses"},
		{"short tokens", 3, func(n *Need, _ *analysis.Summary) { n.TokenLifetime = 5 * time.Second }, "hs256 meets, redis meets, memory open, denylist open"},
		{"a cache that believes too long", 1, func(_ *Need, s *analysis.Summary) {
			respecify(&s.Arms[1], map[string]any{"store": "redis", "cache_size": 100, "cache_ttl": "1m"})
		}, "memory meets, denylist meets, hs256 misses, redis misses"},
		{"replicas that ask for the denylist", 3, func(_ *Need, s *analysis.Summary) {
			s.Arms[4].Facts.RevocationLag = int64(lag)
		}, "redis meets, denylist meets, memory open, hs256 misses"},
		{"replicas that ask too rarely", 3, func(_ *Need, s *analysis.Summary) {
			s.Arms[4].Facts.RevocationLag = int64(lag + 1)
		}, "redis meets, memory open, hs256 misses, denylist misses"},
		{"replicas that ask the issuer, as measured on one", 3, func(_ *Need, s *analysis.Summary) {
			s.Arms[2].Facts = bench.Facts{Asks: bench.AskedIssuer, Revocation: bench.RevokedByIssuer, Step: s.Arms[2].Facts.Step}
			s.Arms[2].Metrics["revoked_works_us"] = estimateOf(2e6)
		}, "memory meets, redis meets, denylist open, hs256 misses"},
		{"measured on replicas that authbench told", 3, func(_ *Need, s *analysis.Summary) {
			for _, i := range []int{2, 4} {
				s.Arms[i].Replicas, s.Arms[i].Metrics["revoked_works_us"] = 3, estimateOf(0)
			}
		}, "redis meets, memory open, denylist open, hs256 misses"},
		{"replicas that hear from the issuer", 3, func(_ *Need, s *analysis.Summary) {
			s.Arms[4].Facts.RevocationBound = int64(3 * time.Second)
		}, "redis meets, denylist meets, memory open, hs256 misses"},
		{"measured, against the design", 1, func(_ *Need, s *analysis.Summary) {
			respecify(&s.Arms[1], map[string]any{"store": "redis", "cache_size": 100, "cache_ttl": "1m"})
			s.Arms[1].Metrics["revoked_works_us"] = estimateOf(2e6)
		}, "memory meets, redis meets, denylist meets, hs256 misses"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, s := need(), sample()
			n.RevocationLag, n.Replicas = &lag, c.replicas
			c.change(&n, s)
			if got := order(advised(t, s, n)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	n := need()
	n.RevocationLag = &lag
	if got := strings.Join(advised(t, sample(), n).Turns, "\n"); !strings.Contains(got, "hs256 would do if a revoked credential may work for 15m, or if tokens are valid for 10s at most (--token-lifetime).") {
		t.Errorf("nothing says what would let hs256 in: %s", got)
	}
}

func TestLatency(t *testing.T) {
	n := need()
	n.P99 = 400 * time.Microsecond
	s := sample()
	delete(s.Arms[4].Loads[0].Metrics, "response_p99_us")
	if got, want := order(advised(t, s, n)), "memory meets, hs256 meets, denylist open, redis misses"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// An interval that holds the limit, of 270 to 330 µs here, decides nothing.
	n.P99 = 320 * time.Microsecond
	a := advised(t, s, n)
	if got, want := order(a), "memory open, hs256 open, denylist open, redis misses"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := a.Options[0].Checks[1].Text, "300 µs (270 – 330 µs), measured at 1.00 k/s for one server; the interval holds the limit"; strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnsafeArmsAndInstrumentsAreNoOptions(t *testing.T) {
	s := sample()
	s.Arms[2].Status = analysis.ArmShown
	s.Arms[3].Status = analysis.ArmUnsafe
	s.Arms[4].Conformance = nil
	if got, want := order(advised(t, s, need())), "redis meets, denylist open"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBreakEvensAreToldWithTheirIntervals(t *testing.T) {
	s := sample()
	never, lo, hi := -80.0, -90.0, -70.0
	s.BreakEvens = []analysis.BreakEven{
		{Arm: "hs256", Series: []string{"redis"}, RoundTrip: analysis.Estimate{Value: never, Lo: &lo, Hi: &hi}, Farthest: 500},
		{Arm: "denylist", Series: []string{"redis"}, RoundTrip: estimateOf(700), Farthest: 500},
	}
	got := strings.Join(advised(t, s, need()).Turns, "\n")
	for _, want := range []string{"hs256 answers sooner than redis however near", "denylist answers sooner than redis once the store is 700 µs", "farther than was measured"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	s := sample()
	s.Validity = result.Invalid
	if _, err := Advise(s, need(), "results"); !errors.Is(err, errInvalid) {
		t.Errorf("an invalid result gives %v", err)
	}
	if _, err := Advise(&analysis.Summary{Validity: result.Valid}, need(), "results"); err == nil {
		t.Error("a result without arms gives advice")
	}
	negative := -time.Second
	share := 1.5
	for _, n := range []Need{
		{}, {Rate: -1, Replicas: 1, TokenLifetime: 1}, {Rate: 1, TokenLifetime: 1}, {Rate: 1, Replicas: 1},
		{Rate: 1, Replicas: 1, TokenLifetime: 1, StoreRoundTrip: &negative}, {Rate: 1, Replicas: 1, TokenLifetime: 1, RevocationLag: &negative},
		{Rate: 1, Replicas: 1, TokenLifetime: 1, BadShare: &share}, {Rate: 1, Replicas: 1, TokenLifetime: 1, CoreHour: -1},
		{Rate: 1, Replicas: 1, TokenLifetime: 1, ReplicaLag: &negative},
	} {
		if _, err := Advise(sample(), n, "results"); err == nil {
			t.Errorf("%+v is accepted", n)
		}
	}
}

// A need is read as people write it, by the command line and by the form alike.
func TestNeedIsReadAsWritten(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"rps", "5k", "--rps 5000"}, {"rps", "5.00 k/s", "--rps 5000"}, {"rps", "600/1m", "--rps 10"},
		{"replicas", "4", "--replicas 4"}, {"clients", "10k", "--clients 10000"},
		{"bad-share", "2%", "--bad-share 0.02"}, {"bad-share", "0.02", "--bad-share 0.02"},
		{"store-rtt", "500 µs", "--store-rtt 500µs"}, {"revocation-lag", "0s", "--revocation-lag 0s"},
		{"replica-lag", "1.5min", "--replica-lag 1m30s"}, {"token-lifetime", "7d", "--token-lifetime 168h"},
		{"p99", "2 ms", "--p99 2ms"}, {"core-hour", "0.04", "--core-hour 0.04"},
	} {
		n := need()
		if err := n.Set(c.name, c.text); err != nil {
			t.Errorf("%s %q: %v", c.name, c.text, err)
		} else if got := strings.Join(n.flags(), " "); !strings.Contains(got+" ", c.want+" ") {
			t.Errorf("%s %q: got %s, want %s in it", c.name, c.text, got, c.want)
		}
	}
	for _, c := range []struct{ name, text, want string }{
		{"rps", "5ms", "is not a rate, but a time"}, {"rps", "many", "write requests per second"},
		{"replicas", "2.5", "is not a whole number: write one such as 500 or 10k"}, {"clients", "some", "is not a number"},
		{"bad-share", "few", "write a number from 0 to 1, or per cent"}, {"p99", "5", `"5" has no unit: write a number with a unit`},
		{"revocation-lag", "1w", "is not a time"}, {"replica-lag", "", "is not a time"}, {"token-lifetime", "1e9h", "is too long a time"},
		{"core-hour", "$1", "is not a number"}, {"nothing", "1", "has no part"},
	} {
		n := need()
		if err := n.Set(c.name, c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: got %v, want %s", c.name, c.text, err, c.want)
		}
	}
}
