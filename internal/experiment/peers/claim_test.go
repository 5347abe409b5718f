package main

import (
	"bytes"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// samples are outputs of real runs, shortened where they are long; oha's is made
// after its published schema. The names are those of clients.
var samples = map[string]struct {
	file string
	want claim
}{
	"authbench": {"authbench.json", claim{
		Requests: 2058, Verdict: "invalid",
		Latency: quantiles{p50: 145.279, p95: 13893.631, p99: 24756.223, p999: 27770.879},
		Lag:     quantiles{p50: 0.328, p95: 3035.135, p99: 17596.415, p999: 22003.711},
	}},
	"wrk":        {"wrk.txt", claim{Requests: 52272, Latency: quantiles{p50: 408, p99: 3750}}},
	"wrk2":       {"wrk2.txt", claim{Requests: 18456, Latency: quantiles{p50: 1200, p95: 2145, p99: 2500, p999: 2860}}},
	"ab":         {"ab.txt", claim{Requests: 54731, Latency: quantiles{p50: 0, p95: 1000, p99: 5000}}},
	"fortio":     {"fortio.json", claim{Requests: 4992, Latency: quantiles{p50: 969.545, p95: 1889.167, p99: 2233.023, p999: 2494.233}}},
	"bombardier": {"bombardier.json", claim{Requests: 5020, Latency: quantiles{p50: 695, p95: 1683, p99: 2234}}},
	"oha":        {"oha.json", claim{Requests: 5000, Latency: quantiles{p50: 210, p95: 600, p99: 1900, p999: 3100}}},
	"hey":        {"hey.txt", claim{Requests: 22936, Latency: quantiles{p50: 1200, p95: 3000, p99: 5700}}},
	"vegeta":     {"vegeta.json", claim{Requests: 5000, Latency: quantiles{p50: 219.701, p95: 610.088, p99: 1940.65}}},
	"k6":         {"k6.json", claim{Requests: 1992, Latency: quantiles{p50: 266.555, p95: 2908.003, p99: 10338.72, p999: 22455.535}}},
}

// readers are all clients by name.
func readers() map[string]client {
	out := map[string]client{}
	for _, c := range append(peers(), authbench("authbench", "authbench", flags{})) {
		out[c.name] = c
	}
	return out
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	out, err := os.ReadFile(filepath.Join("testdata", samples[name].file))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// near: the samples' numbers are written above with three decimals.
func near(a, b claim) bool {
	if a.Requests != b.Requests || a.Failed != b.Failed || a.Verdict != b.Verdict || len(a.Latency) != len(b.Latency) || len(a.Lag) != len(b.Lag) {
		return false
	}
	for q, v := range b.Latency {
		if got, ok := a.Latency[q]; !ok || math.Abs(got-v) > 1e-3 {
			return false
		}
	}
	for q, v := range b.Lag {
		if got, ok := a.Lag[q]; !ok || math.Abs(got-v) > 1e-3 {
			return false
		}
	}
	return true
}

func TestOutputs(t *testing.T) {
	for name, c := range readers() {
		s, ok := samples[name]
		if !ok {
			t.Errorf("no sample of %s", name)
			continue
		}
		got, err := c.read(sample(t, name))
		if err != nil || !near(got, s.want) {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, s.want)
		}
	}
}

// An output that lacks a line, or that ends early, is refused or says the same: it
// never becomes another figure.
func TestTornOutputs(t *testing.T) {
	for name, c := range readers() {
		whole := sample(t, name)
		refused := 0
		try := func(what string, torn []byte) {
			got, err := c.read(torn)
			if err != nil {
				refused++
			} else if !near(got, samples[name].want) {
				t.Errorf("%s, %s: %+v", name, what, got)
			}
		}
		lines := bytes.SplitAfter(whole, []byte("\n"))
		for i := range lines {
			try("without line "+string(lines[i]), bytes.Join(append(lines[:i:i], lines[i+1:]...), nil))
		}
		cuts := 0
		for n := 0; n < len(whole); n += 7 { // coprime to the widths of columns
			try("cut", whole[:n])
			cuts++
		}
		if refused < cuts/3 {
			t.Errorf("%s: only %d of %d torn outputs were refused", name, refused, len(lines)+cuts)
		}
	}
}

// What fails is counted, wherever a client says it.
func TestFailuresAreSeen(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		failed         int64
	}{
		{"wrk", "Requests/sec", "  Non-2xx or 3xx responses: 7\nRequests/sec", 7},
		{"wrk", "Requests/sec", "  Socket errors: connect 1, read 20, write 300, timeout 4000\nRequests/sec", 4321},
		{"wrk2", "Requests/sec", "  Non-2xx or 3xx responses: 7\nRequests/sec", 7},
		{"ab", "Failed requests:        0", "Failed requests:        3", 3},
		{"ab", "Keep-Alive", "Non-2xx responses:      9\nKeep-Alive", 9},
		{"fortio", `"200": 4992`, `"200": 4990, "503": 1, "-1": 1`, 2},
		{"bombardier", `"req4xx":0`, `"req4xx":5`, 5},
		{"bombardier", `"others":0`, `"others":6`, 6},
		{"oha", `"errorDistribution": {}`, `"errorDistribution": {"timeout": 2}`, 2},
		{"hey", "[200]\t22936 responses", "[200]\t22930 responses\n  [401]\t6 responses", 6},
		{"vegeta", `{"200":5000}`, `{"0":1,"200":4998,"503":1}`, 2},
		{"authbench", `"errors": {}`, `"errors": {"reset":2,"timeout":3}`, 5},
		{"authbench", `"200": 2058`, `"200": 2057, "500": 1`, 1},
		{"k6", `"failed":0`, `"failed":8`, 8},
	} {
		out := sample(t, c.name)
		if !bytes.Contains(out, []byte(c.old)) {
			t.Fatalf("%s: the sample has no %q", c.name, c.old)
		}
		got, err := readers()[c.name].read(bytes.Replace(out, []byte(c.old), []byte(c.new), 1))
		if err != nil || got.Failed != c.failed {
			t.Errorf("%s with %q: %d failed, %v; want %d", c.name, c.new, got.Failed, err, c.failed)
		}
	}
}

// Outputs that mean something else are refused, with the reason.
func TestStrangeOutputs(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"wrk", "52272 requests", "0 requests", "it counts no requests"},
		{"wrk", "408.00us", "408.00", `missing unit`},
		{"wrk", "     99%", "     50%", `2 matches`},
		{"ab", "Complete requests", "Completed", `no match of "(?m)^Complete requests`},
		{"hey", "Status code", "Error distribution:\n  [3]\ttimeout\n\nStatus code", "it lists errors"},
		{"fortio", `"Percentile": 95`, `"Percentile": 90`, "p90 in the place of p95"},
		{"bombardier", `"req2xx":5020`, `"req2xx":"many"`, "no number at result.req2xx"},
		{"bombardier", `"req2xx":5020`, `"req2xx":0.5`, "0.5 at result.req2xx is no count"},
		{"vegeta", `"95th":610088`, `"95th":-1`, "its p95 is -0.001"},
		{"vegeta", `"status_codes"`, `"codes"`, "no object at status_codes"},
		{"authbench", `"verdict"`, `"judgement"`, "no word at verdict"},
		{"authbench", `"lag_us"`, `"lateness"`, "no number at lag_us.p"},
		{"k6", `"med"`, `"median"`, "no number at latency.med"},
		{"k6", `{`, `[`, "it is not JSON"},
	} {
		_, err := readers()[c.name].read(bytes.Replace(sample(t, c.name), []byte(c.old), []byte(c.new), 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %q: %v; want %q", c.name, c.new, err, c.want)
		}
	}
}

// FuzzOutputs: whatever a client prints, it is understood whole or refused.
func FuzzOutputs(f *testing.F) {
	all := readers()
	names := slices.Sorted(maps.Keys(all))
	for i, name := range names {
		f.Add(uint8(i), sample(f, name))
	}
	f.Fuzz(func(t *testing.T, i uint8, out []byte) {
		got, err := all[names[int(i)%len(names)]].read(out)
		if err != nil {
			if !reflect.DeepEqual(got, claim{}) {
				t.Errorf("%+v with %v", got, err)
			}
			return
		}
		if got.Requests <= 0 || got.Failed < 0 || len(got.Latency) == 0 {
			t.Errorf("%+v", got)
		}
		for q, v := range got.Latency {
			if !(v >= 0) || math.IsInf(v, 0) {
				t.Errorf("%s is %v", q, v)
			}
		}
	})
}

// Every client is told where to send, from how many connections, how long, and how
// fast if it can be.
func TestCommands(t *testing.T) {
	j := job{url: "http://127.0.0.1:34567/", connections: 17, maxConnections: 23, duration: 19 * time.Second, rate: 1700}
	for name, c := range readers() {
		cmd := c.command(j)
		all := strings.Join(cmd.args, "\n")
		for _, content := range cmd.files {
			all += "\n" + content
		}
		wants := []string{j.url, "17", "19"}
		if c.loads&open != 0 && name != "hey" {
			wants = append(wants, "1700")
		}
		if name == "hey" { // per connection
			wants = append(wants, "-q\n100\n")
		}
		for _, want := range wants {
			if !strings.Contains(all, want) {
				t.Errorf("%s is not told %q: %q", name, want, all)
			}
		}
		if c.loads&closed == 0 {
			continue
		}
		j := j
		j.rate = 0
		if closed := strings.Join(c.command(j).args, "\n"); strings.Contains(closed, "1700") {
			t.Errorf("%s is given a rate for a closed load: %q", name, closed)
		}
	}
}
