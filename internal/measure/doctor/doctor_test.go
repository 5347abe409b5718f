package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/judge/gate"
)

func find(t *testing.T, findings []Finding, name string) Finding {
	t.Helper()
	for _, f := range findings {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no finding %q in %+v", name, findings)
	return Finding{}
}

// files writes a machine's files.
func files(t *testing.T, content map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range content {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestMachine(t *testing.T) {
	const thp, governor = "sys/kernel/mm/transparent_hugepage/enabled", "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
	good := Machine(bench.Host{CPUs: 4, MemoryBytes: 8 << 30}, 1<<20, files(t, map[string]string{thp: "always [madvise] never\n", governor: "performance\n"}))
	bad := Machine(bench.Host{CPUs: 1, CPUQuota: 0.5, MemoryBytes: 1 << 30}, 1024, files(t, map[string]string{thp: "[always] madvise never\n", governor: "powersave\n"}))
	for name, level := range map[string]Level{
		"CPUs": Advice, "CPU quota": Unfit, "memory": Advice, "open files": Advice, "transparent huge pages": Advice, "frequency governor": Advice,
	} {
		if f := find(t, good, name); f.Level != Good || f.Remedy != "" {
			t.Errorf("%+v; want it good", f)
		}
		if f := find(t, bad, name); f.Level != level || f.Remedy == "" || f.Area != areaMachine {
			t.Errorf("%+v; want %s with a remedy", f, level)
		}
	}
	for _, f := range good {
		if f.Name == "turbo" {
			t.Error("a setting that this machine does not have is judged")
		}
	}
}

func TestJudgements(t *testing.T) {
	for _, c := range []struct {
		what string
		got  Finding
		want Level
	}{
		{"punctual", Pacing(0.1, 50), Good},
		{"late", Pacing(0.1, 500), Advice},
		{"far too late", Pacing(0.1, 1500), Unfit},
		{"the whole standstill", judgeFreeze(150_400), Good},
		{"requests that were not sent meanwhile", judgeFreeze(400), Unfit},
		{"a standstill that lasts", judgeFreeze(190_000), Unfit},
		{"Pollaczek and Khinchine", judgeQueue(3000, QueueService), Good},
		{"a queue that was not seen", judgeQueue(2100, QueueService), Advice},
		{"a queue behind another", judgeQueue(3700, QueueService), Advice},
	} {
		if c.got.Level != c.want || (c.want == Good) != (c.got.Remedy == "") {
			t.Errorf("%s: %+v; want %s", c.what, c.got, c.want)
		}
	}
}

// Requests wait until the standstill's end, and between two not at all.
func TestStandstill(t *testing.T) {
	for at, want := range map[time.Duration]time.Duration{
		0: 0, 799: 0, 800: 200, 999: 1, 1000: 0, 3900: 100,
	} {
		if got := standstill(at*time.Millisecond, time.Second, 200*time.Millisecond); got != want*time.Millisecond {
			t.Errorf("at %d ms: %v, want %d ms", at, got, want)
		}
	}
}

func TestServerAnswers(t *testing.T) {
	asked := make(chan struct{}, 1)
	s, err := serve(func() {
		select {
		case asked <- struct{}{}:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := measure(t.Context(), s.addr(), anyCPU, bench.Constant, 200, 50*time.Millisecond)
	if err != nil || found.Requests == 0 || found.Statuses[200] != found.Requests {
		t.Errorf("%+v, %v", found, err)
	}
	<-asked
	s.close()
	if _, err := measure(t.Context(), s.addr(), anyCPU, bench.Constant, 200, 50*time.Millisecond); err == nil {
		t.Error("a server that is closed was measured")
	}
}

// The more launches, the smaller what is seen, and the longer it takes.
func TestFloors(t *testing.T) {
	floors := Floors([]gate.Cell{
		{Metric: "cpu_us_per_request", Target: 0.03, LaunchSD: 0.02}, {Metric: "response_p99_us", Target: 0.1, Reason: "too few samples"},
	}, 3)
	if len(floors) != 2 || len(floors[0].Sees) < 3 || len(floors[1].Sees) != 0 || floors[1].Reason == "" {
		t.Fatalf("%+v", floors)
	}
	for i, s := range floors[0].Sees {
		if s.Minutes != 3*float64(s.Launches)/60 || s.Smallest <= 0 {
			t.Errorf("%+v", s)
		}
		if i > 0 && (s.Smallest > floors[0].Sees[i-1].Smallest || s.Minutes <= floors[0].Sees[i-1].Minutes) {
			t.Errorf("%+v after %+v", s, floors[0].Sees[i-1])
		}
	}
	if last := floors[0].Sees[len(floors[0].Sees)-1]; last.Launches != gate.LastLook {
		t.Errorf("the last look is missing: %+v", last)
	}
}

// A noisy latency is advice; a machine on which the CPU time cannot be gated is unfit.
func TestNoise(t *testing.T) {
	quiet, loud := Floor{Metric: gate.MetricCPU, Target: 0.03, LaunchSD: 0.02}, Floor{Metric: gate.MetricP99, Target: 0.1, LaunchSD: 0.6}
	some := Noise([]Floor{quiet, loud, {Metric: gate.MetricP50, Reason: "too few samples"}})
	if some[0].Level != Good || some[1].Level != Advice || some[2].Level != Advice {
		t.Errorf("%+v", some)
	}
	for _, f := range []Floor{{Metric: gate.MetricCPU, Target: 0.03, LaunchSD: 0.2}, {Metric: gate.MetricCPU, Reason: "no CPU clock"}} {
		d := Document{Findings: Noise([]Floor{f, loud})}
		if d.Settle(); d.Fit {
			t.Errorf("%+v", d)
		}
	}
	d := Document{Findings: some}
	if d.Settle(); !d.Fit || d.Version != DocumentVersion {
		t.Errorf("%+v", d)
	}
}

// The queue's wait is judged by the CPU time that its requests took.
func TestQueue(t *testing.T) {
	s, err := serve(func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	gone := errors.New("gone")
	if _, err := Queue(t.Context(), s.addr(), anyCPU, func() (time.Duration, error) { return 0, gone }); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}
