package analysis

import (
	"strings"
	"testing"

	"authbench/bench"
)

// TestBackendsCosts: the CPU time of each backend is part of the arm's, and shown apart.
func TestBackendsCosts(t *testing.T) {
	r := quick().run(t)
	const redis, issuer, planted = 5, 2, 7 // µs per request
	for i, info := range r.Header.Arms {
		r.Header.Arms[i].Backends = []bench.Backend{
			{Name: "redis", About: "Redis 7", HasCPU: info.Name == "apikey"}, {Name: "issuer", About: "the issuer", HasCPU: info.Name == "apikey"},
		}
	}
	for i := range r.Slices {
		if s := &r.Slices[i]; s.Arm == "apikey" {
			s.Backends = map[string]bench.BackendCPU{"redis": {CPU: 4000 * s.Answered, Tail: 1000 * s.Answered}, "issuer": {CPU: 2000 * s.Answered}}
		}
	}
	for i := range r.Launches {
		r.Launches[i].Arms = []bench.ArmLaunch{{Arm: "apikey", PSS: 1, BackendPSS: map[string]int64{"redis": 7 << 20, "issuer": 9 << 20}, Counters: &bench.Counters{
			Requests: 1000, Store: &bench.StoreCounters{Lookups: 900, Waits: 9},
		}}}
	}
	before := analyze(t, quick().run(t))
	after := analyze(t, r)
	for i, load := range after.Summary.Arms[1].Loads {
		was := before.Summary.Arms[1].Loads[i]
		for name, want := range map[string]float64{"redis_cpu_us_per_request": redis, "issuer_cpu_us_per_request": issuer} {
			if got := load.Metrics[name]; !near(got.Value, want) {
				t.Errorf("%s: %s is %v, want %v", load.Name, name, got.Value, want)
			}
			if _, compared := load.VersusBaseline[name]; compared {
				t.Errorf("%s: arms are compared by %s", load.Name, name)
			}
		}
		if got, want := load.Metrics["cpu_us_per_request"].Value, was.Metrics["cpu_us_per_request"].Value+planted; !near(got, want) {
			t.Errorf("%s: a request takes %v, want %v", load.Name, got, want)
		}
		if got, want := load.VersusBaseline["cpu_us_per_request"].Difference, was.VersusBaseline["cpu_us_per_request"].Difference+planted; !near(got, want) {
			t.Errorf("%s: the tax is %v, want %v", load.Name, got, want)
		}
		if _, shown := after.Summary.Arms[2].Loads[i].Metrics["redis_cpu_us_per_request"]; shown {
			t.Errorf("%s: an arm whose store is not read has its CPU time", load.Name)
		}
	}
	for name, want := range map[string]float64{"redis_memory_bytes": 7 << 20, "issuer_memory_bytes": 9 << 20, "store_lookups_per_request": 0.9, "store_wait_share": 0.01} {
		if got := after.Summary.Arms[1].Metrics[name].Value; !near(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// asks is an arm whose server asks a backend, besides an issuer that no request waits for.
func asks(b bench.Backend) bench.ArmInfo {
	return bench.ArmInfo{Backends: []bench.Backend{b, {About: "the issuer"}}}
}

// What went wrong with a store is said, with how long it was out.
func TestStoreWarnings(t *testing.T) {
	for name, c := range map[string]struct {
		info   bench.ArmInfo
		counts bench.StoreCounters // per launch, of ten
		code   string
		want   string // "" for no warning
	}{
		"all well":  {asks(bench.Backend{About: "Redis 7", Awaited: true, HasCPU: true}), bench.StoreCounters{Lookups: 1000, Waits: 10}, codePoolWaits, ""},
		"no store":  {bench.ArmInfo{}, bench.StoreCounters{}, codeStoreUnmetered, ""},
		"a file":    {asks(bench.Backend{About: "a file"}), bench.StoreCounters{Lookups: 1000}, codeStoreUnmetered, ""},
		"a user's":  {asks(bench.Backend{About: "Redis 7", Awaited: true}), bench.StoreCounters{Lookups: 1000}, codeStoreUnmetered, "CPU time of Redis 7 is not known"},
		"out":       {asks(bench.Backend{About: "Redis 7"}), bench.StoreCounters{Lookups: 1000, Unavailable: 5, Outages: 1, Outage: 2e9}, codeStoreFailed, "Redis 7 did not answer 50 of 10000 lookups; it was out for 20s in all, until lookups succeeded again (10 times): their requests were refused with 503"},
		"far away":  {asks(bench.Backend{About: "Redis 7"}), bench.StoreCounters{Lookups: 1000, Delays: 1000, Delay: 1000 * 317_000}, codeLatencyAdded, "317µs were added to each round trip"},
		"corrupt":   {asks(bench.Backend{About: "Redis 7"}), bench.StoreCounters{Lookups: 1000, Corrupt: 3}, codeStoreFailed, "30 answers could not be used"},
		"too small": {asks(bench.Backend{About: "Redis 7"}), bench.StoreCounters{Lookups: 1000, Waits: 250, Waited: 250 * 123456}, codePoolWaits, "25 % of the lookups found no connection to it free and waited for one, 123µs on average"},
	} {
		t.Run(name, func(t *testing.T) {
			r := quick().run(t)
			c.info.Name, c.info.HasCPU, c.info.Restarts = "apikey", true, true
			r.Header.Arms[1] = c.info
			for i := range r.Launches {
				r.Launches[i].Arms = []bench.ArmLaunch{{Arm: "apikey", Counters: &bench.Counters{Store: &c.counts}}}
			}
			found := ""
			for _, w := range analyze(t, r).Summary.Warnings {
				if w.Code == c.code {
					found = w.Text
				}
			}
			if (found == "") != (c.want == "") || !strings.Contains(found, c.want) {
				t.Errorf("warned %q, want %q", found, c.want)
			}
		})
	}
}
