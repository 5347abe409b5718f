package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/result"
)

func find(t *testing.T, findings []result.Finding, name string) result.Finding {
	t.Helper()
	for _, f := range findings {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no finding %q in %+v", name, findings)
	return result.Finding{}
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
	for name, level := range map[string]result.Fitness{
		"CPUs": result.Improvable, "CPU quota": result.Unfit, "memory": result.Improvable, "open files": result.Improvable, "transparent huge pages": result.Improvable, "frequency governor": result.Improvable,
	} {
		if f := find(t, good, name); f.Level != result.Fit || f.Remedy != "" {
			t.Errorf("%+v; want it good", f)
		}
		if f := find(t, bad, name); f.Level != level || f.Remedy == "" || f.Area != result.AreaMachine {
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
		got  result.Finding
		want result.Fitness
	}{
		{"punctual", Pacing(0.1, 50), result.Fit},
		{"late", Pacing(0.1, 500), result.Improvable},
		{"far too late", Pacing(0.1, 1500), result.Unfit},
		{"the whole standstill", judgeFreeze(150_400), result.Fit},
		{"requests that were not sent meanwhile", judgeFreeze(400), result.Unfit},
		{"a standstill that lasts", judgeFreeze(190_000), result.Unfit},
		{"Pollaczek and Khinchine", judgeQueue(3000, QueueService), result.Fit},
		{"a queue that was not seen", judgeQueue(2100, QueueService), result.Improvable},
		{"a queue behind another", judgeQueue(3700, QueueService), result.Improvable},
	} {
		if c.got.Level != c.want || (c.want == result.Fit) != (c.got.Remedy == "") {
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
