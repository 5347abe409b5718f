package proc

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

func clock(t *testing.T, p *Process) time.Duration {
	t.Helper()
	used, err := p.CPU()
	if err != nil {
		t.Fatal(err)
	}
	return used
}

// agree compares what the meter and the process itself say was used. The meter's
// window is around the process's, which waits most of the difference.
func agree(t *testing.T, metered, reported time.Duration) {
	t.Helper()
	if r := float64(metered) / float64(reported); r < 0.95 || r > 1.25 {
		t.Errorf("metered %v, the process itself says %v: ratio %.3f", metered, reported, r)
	}
}

func TestClockOfOwnProcess(t *testing.T) {
	p := start(t, starter(t), "spinner", Spec{Control: true})
	hear, say := json.NewDecoder(p.Control()), json.NewEncoder(p.Control())
	var before, after time.Duration
	if err := hear.Decode(&before); err != nil {
		t.Fatal(err)
	}
	first := clock(t, p)
	if err := say.Encode(200 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := hear.Decode(&after); err != nil {
		t.Fatal(err)
	}
	agree(t, clock(t, p)-first, after-before)

	if n := testing.AllocsPerRun(100, func() { clock(t, p) }); n != 0 {
		t.Errorf("a reading allocates %v times, want none", n)
	}
	if pss, err := p.PSS(); err != nil || pss < 100_000 {
		t.Errorf("PSS: %d, %v; want a Go program's", pss, err)
	}
}

// The time of children that come and go between two refreshes is not lost once
// their parent is known to have such, and counts once.
func TestClockOfForkingProcess(t *testing.T) {
	p := start(t, starter(t), "forker", Spec{Foreign: true, TempDir: true})
	file := func(name string, i int) string { return filepath.Join(p.TempDir(), fmt.Sprint(name, i)) }
	appears(t, filepath.Join(p.TempDir(), "worker"))
	var used, reported [3]time.Duration
	for i := range used {
		if err := p.Refresh(); err != nil {
			t.Fatal(err)
		}
		first := clock(t, p)
		if i == 2 { // the worker, whom the refresh saw, ends instead
			if err := os.WriteFile(filepath.Join(p.TempDir(), "leave"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(file("go", i), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		reported[i] = time.Duration(appears(t, file("done", i)))
		used[i] = clock(t, p) - first
	}
	// The first time nobody could know.
	if children := reported[1] - reported[0]; used[1] < children-20*time.Millisecond {
		t.Errorf("metered %v of a tree whose short-lived children alone used %v", used[1], children)
	}
	if worker := reported[2] - reported[1]; used[2] > worker*3/4 {
		t.Errorf("metered %v when a worker ended that had used %v before: it counts twice", used[2], worker)
	}
	if n := testing.AllocsPerRun(100, func() { clock(t, p) }); n != 0 {
		t.Errorf("a reading of a tree allocates %v times, want none", n)
	}
}

// A tree is metered whole, daemons included; who has ended keeps its last reading.
func TestClockOfTree(t *testing.T) {
	p := start(t, starter(t), "family", Spec{Foreign: true, TempDir: true})
	last := appears(t, filepath.Join(p.TempDir(), "generation2"))
	appears(t, filepath.Join(p.TempDir(), "generation0"))
	if err := p.Refresh(); err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, m := range p.meter.members {
		if m.clock != 0 { // not the supervisor
			pids = append(pids, m.pid)
		}
	}
	if !slices.Contains(pids, last) || !slices.Contains(pids, p.PID()) || slices.Contains(pids, p.cmd.Process.Pid) {
		t.Errorf("metered: %v, want %d and %d, without the supervisor %d", pids, p.PID(), last, p.cmd.Process.Pid)
	}
	alone, err := pssOf(p.PID())
	if err != nil {
		t.Fatal(err)
	}
	if all, err := p.PSS(); err != nil || all < alone*5/4 {
		t.Errorf("PSS of two processes %d, %v; of one of them %d", all, err, alone)
	}
	before := clock(t, p)
	if err := unix.Kill(last, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(func() bool { return !alive(last) })
	if after := clock(t, p); after < before {
		t.Errorf("the clock went back from %v to %v", before, after)
	}
}

// A child has the CPUs that were asked for, a free signal mask, a process group
// of its own, and the timer slack of a fresh thread.
func TestAttributes(t *testing.T) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	var allowed []int
	for cpu := range len(set) * 64 {
		if set.IsSet(cpu) {
			allowed = append(allowed, cpu)
		}
	}
	s := starter(t)
	for _, cpus := range [][]int{{allowed[len(allowed)-1]}, {allowed[0]}, nil} {
		p := start(t, s, "echo", Spec{Control: true, CPUs: cpus})
		var status string
		if err := json.NewDecoder(p.Control()).Decode(&status); err != nil {
			t.Fatal(err)
		}
		if got := line(status, "SigBlk"); strings.Trim(got, "0") != "" {
			t.Errorf("blocked signals: %s, want none", got)
		}
		if group, err := unix.Getpgid(p.PID()); err != nil || group != p.PID() {
			t.Errorf("process group %d of process %d (%v), want its own", group, p.PID(), err)
		}
		want := cpus
		if want == nil {
			want = allowed
		}
		var got unix.CPUSet
		if err := unix.SchedGetaffinity(p.PID(), &got); err != nil {
			t.Fatal(err)
		}
		for _, cpu := range allowed {
			if got.IsSet(cpu) != slices.Contains(want, cpu) {
				t.Errorf("asked for %v: CPU %d allowed %v", cpus, cpu, got.IsSet(cpu))
			}
		}
	}
	if _, err := s.Start(t.Context(), self("idle", Spec{CPUs: []int{1000}})); err == nil || !strings.Contains(err.Error(), "[1000]") {
		t.Errorf("CPU 1000: %v, want an error that names it", err)
	}
}

// line returns the value of one line of a status file.
func line(status, key string) string {
	for l := range strings.Lines(status) {
		if value, found := strings.CutPrefix(l, key+":"); found {
			return strings.TrimSpace(value)
		}
	}
	return "missing"
}

// The hand-written parser against procfs.
func FuzzReapedTicks(f *testing.F) {
	own, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(own)
	f.Add([]byte("7 (a) b (c)) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 70 8 20 0 1 0 99 1 2 18446744073709551615"))
	f.Add([]byte("7 (x) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 70"))
	f.Add([]byte("7 (x) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 -70 8 9"))
	f.Fuzz(func(t *testing.T, stat []byte) {
		reapedTicks(stat) // does not panic, whatever it reads
	})
}

func TestReapedTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOfN(rapid.SampledFrom([]rune("ab )( -1")), 1, 15, -1).Draw(t, "name")
		user, system := rapid.IntRange(0, 1<<40).Draw(t, "user"), rapid.IntRange(0, 1<<40).Draw(t, "system")
		text := fmt.Sprintf("42 (%s) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 %d %d 20 0 1 0 99 1 2 18446744073709551615 %s\n",
			name, user, system, strings.Repeat("0 ", 26))
		got, ok := reapedTicks([]byte(text))
		if !ok || got != user+system {
			t.Fatalf("%q: %d, %v; want %d", text, got, ok, user+system)
		}
	})
	for _, bad := range []string{"", ")", "1 (x)", "1 (x) S 1 2 3", "1 (x) S 1 7 7 0 -1 4 1 2 3 4 5 6 -7 8 9 "} {
		if got, ok := reapedTicks([]byte(bad)); ok {
			t.Errorf("%q: %d, want a refusal", bad, got)
		}
	}
}

// procfs and the kernel agree with the parser on this very process.
func TestReapedTicksOfThisProcess(t *testing.T) {
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Fatal(err)
	}
	self, err := procfs.Self()
	if err != nil {
		t.Fatal(err)
	}
	stat, err := self.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := reapedTicks(text); !ok || got > stat.CUTime+stat.CSTime {
		t.Errorf("%d, %v; procfs, a moment later: %d", got, ok, stat.CUTime+stat.CSTime)
	}
}
