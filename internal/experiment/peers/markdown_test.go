package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/golden"
)

// fixture is a comparison with everything in it.
func fixture() *report {
	r := &report{
		Version: reportVersion, Made: time.Date(2026, 11, 25, 23, 0, 0, 0, time.UTC),
		Host: bench.Host{
			OS: "linux", Kernel: "6.18.0", CPUs: 2, CPUModel: "Model", Virtualization: "virtual machine",
			GeneratorCPUs: []int{0}, ServerCPUs: []int{1},
		},
		Clients: []tool{{"authbench", "0.1.0"}, {"wrk", "4.2.0"}},
		Absent:  []absence{{"oha", "not on the PATH: cargo install oha"}},
	}
	at := func(name string, clientNanos, serverNanos int64) visit {
		return visit{Client: name, Connections: 32, JobSeconds: 1, Seconds: 0.75, Requests: 75_000, ClientCPUNanos: 75_000 * clientNanos, ServerCPUNanos: 75_000 * serverNanos}
	}
	for i := range int64(9) {
		r.Cost = append(r.Cost,
			pair{Pinned: true, Client: at("authbench (epoll)", 7000+10*i, 7000), Wrk: at("wrk", 8000, 8000)},
			pair{Pinned: true, Client: at("k6", 64_000, 12_000+100*i), Wrk: at("wrk", 8000+i, 8000)})
	}
	r.Cost = append(r.Cost, pair{Client: at("ab", 9000, 8000), Wrk: at("wrk", 8000, 8000)})
	for _, i := range []float64{0, 1, 2} {
		ours := visit{Client: "authbench (poisson, --poll always)", Connections: 64, Rate: 10_000, JobSeconds: 4, Seconds: 3.75, Requests: 37_500, ClientCPUNanos: 3_740_000_000}
		ours.Claim = claim{Requests: 40_000, Verdict: []string{"valid", "valid", "suspicious"}[int(i)], Latency: quantiles{p50: 40 + i, p99: 120}, Lag: quantiles{p50: 0.1, p99: 25}}
		theirs := ours
		theirs.Client, theirs.Claim = "fortio", claim{Requests: 40_000, Latency: quantiles{p50: 60 - i, p99: 400}}
		r.Open = append(r.Open, ours, theirs)
	}
	r.Closed = &visit{Client: "authbench", Connections: 1, Claim: claim{Latency: quantiles{p50: 33}}}
	r.Paced = &visit{Client: "authbench", Connections: 1, Rate: 2000, Claim: claim{Latency: quantiles{p50: 41}}}
	for name, latency := range map[string]quantiles{
		"authbench": {p50: 45, p95: 100_400, p99: 180_300, p999: 198_100},
		"hey":       {p50: 100, p95: 800, p99: 2300},
	} {
		f := frozen{visit: visit{Client: name, Connections: 64, Rate: 2000, JobSeconds: 20, Claim: claim{Latency: latency}}}
		for range 10 {
			f.Stops = append(f.Stops, stop{Nanos: int64(200 * time.Millisecond)})
		}
		r.Freeze = append(r.Freeze, f)
	}
	idle := r.Freeze[0]
	idle.Client, idle.Rate, idle.Claim = "wrk", 0, claim{Latency: quantiles{p50: 500, p99: 190_000}}
	r.Freeze = append(r.Freeze, idle)
	return r
}

func TestMarkdown(t *testing.T) {
	golden.Equal(t, "testdata/tables.md", fixture().markdown())
}

// What was not measured has no table, and fewer than six pairs no interval.
func TestMarkdownOfLittle(t *testing.T) {
	r := fixture()
	r.Open, r.Freeze, r.Cost = nil, nil, r.Cost[:10]
	got := r.markdown()
	for text, want := range map[string]int{"**CPU per request**": 1, "too few pairs": 2, "**Latency": 0, "stands still": 0} {
		if n := strings.Count(got, text); n != want {
			t.Errorf("%d times %q, want %d:\n%s", n, text, want, got)
		}
	}
}

// The raw data make the same tables after they were written and read.
func TestRawData(t *testing.T) {
	var out bytes.Buffer
	if err := fixture().write(&out, "json"); err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/peers.json"
	must(os.WriteFile(path, out.Bytes(), 0o600))
	var tables, stderr bytes.Buffer
	if code := run([]string{"-from", path}, &tables, &stderr); code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	if want := fixture().markdown(); tables.String() != want {
		t.Errorf("%s\nwant\n%s", tables.String(), want)
	}
	for content, want := range map[string]string{
		`{"version": 99}`: "version 99; this program knows version 1",
		`no JSON`:         "it must be what peers -o json prints",
	} {
		must(os.WriteFile(path, []byte(content), 0o600))
		if code := run([]string{"-from", path}, &tables, &stderr); code != exitRuntime || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: exit code %d, %s", content, code, stderr.String())
		}
	}
}
