package host

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"authbench/bench"
)

// machine is the files of a machine, by path.
type machine map[string]string

// mount writes them below a directory that stands for the root.
func (m machine) mount(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for path, text := range m {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "proc", "7"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("7", filepath.Join(root, "proc", "self")); err != nil {
		t.Fatal(err)
	}
	return root
}

// with returns a machine that has other files, too.
func (m machine) with(other machine) machine {
	all := maps.Clone(m)
	maps.Copy(all, other)
	return all
}

// Recorded, and cut to what matters.
const (
	meminfo = "MemTotal:       24684096 kB\nMemFree:         1000000 kB\n"
	cpuinfo = "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 9R14\nflags\t\t: fpu vme %s sse\n\n"

	mountsV2     = "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
	mountsV1     = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	mountsDocker = "32 31 0:29 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n"
)

var (
	bare = machine{"proc/meminfo": meminfo, "proc/cpuinfo": fmt.Sprintf(cpuinfo, "pse")}
	vm   = machine{"proc/meminfo": meminfo, "proc/cpuinfo": fmt.Sprintf(cpuinfo, "hypervisor")}

	grouped = machine{
		"proc/7/mountinfo": mountsV2, "proc/7/cgroup": "0::/system.slice/ci.service\n",
		"sys/fs/cgroup/cpu.stat":                        "usage_usec 1\n",
		"sys/fs/cgroup/system.slice/cpu.max":            "150000 100000\n",
		"sys/fs/cgroup/system.slice/cpu.stat":           "throttled_usec 100\n",
		"sys/fs/cgroup/system.slice/ci.service/cpu.max": "max 100000\n",
	}
)

func TestDescribeFiles(t *testing.T) {
	for name, c := range map[string]struct {
		files machine
		want  bench.Host
	}{
		"nothing": {machine{}, bench.Host{}},
		"bare":    {bare, bench.Host{CPUModel: "AMD EPYC 9R14", MemoryBytes: 24684096 << 10}},
		"virtual machine": {vm.with(machine{"sys/class/dmi/id/sys_vendor": "Amazon EC2\n", "sys/class/dmi/id/product_name": "m7a.large\n"}),
			bench.Host{CPUModel: "AMD EPYC 9R14", MemoryBytes: 24684096 << 10, Virtualization: "virtual machine (m7a.large)"}},
		"virtual machine without firmware": {vm, bench.Host{CPUModel: "AMD EPYC 9R14", MemoryBytes: 24684096 << 10, Virtualization: "virtual machine"}},
		"container in a virtual machine": {vm.with(machine{".dockerenv": "", "sys/class/dmi/id/sys_vendor": "QEMU\n"}),
			bench.Host{CPUModel: "AMD EPYC 9R14", MemoryBytes: 24684096 << 10, Virtualization: "virtual machine (QEMU), container"}},
		"container": {bare.with(machine{"run/.containerenv": ""}),
			bench.Host{CPUModel: "AMD EPYC 9R14", MemoryBytes: 24684096 << 10, Virtualization: "container"}},
		"quota of a group above": {grouped, bench.Host{CPUQuota: 1.5}},
		"tightest quota": {grouped.with(machine{"sys/fs/cgroup/system.slice/ci.service/cpu.max": "50000 100000\n"}),
			bench.Host{CPUQuota: 0.5}},
		"quota, version 1": {machine{
			"proc/7/mountinfo": mountsV1, "proc/7/cgroup": "5:memory:/m\n4:cpu,cpuacct:/ci\n0::/\n",
			"sys/fs/cgroup/cpu,cpuacct/ci/cpu.cfs_quota_us":  "200000\n",
			"sys/fs/cgroup/cpu,cpuacct/ci/cpu.cfs_period_us": "100000\n",
			"sys/fs/cgroup/memory/m/cpu.cfs_quota_us":        "1\n",
			"sys/fs/cgroup/memory/m/cpu.cfs_period_us":       "1\n",
		}, bench.Host{CPUQuota: 2}},
		"part of a hierarchy": {machine{
			"proc/7/mountinfo": mountsDocker, "proc/7/cgroup": "4:cpu:/docker/abc\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "300000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
		}, bench.Host{CPUQuota: 3}},
		"outside what can be seen": {machine{
			"proc/7/mountinfo": mountsV2, "proc/7/cgroup": "0::/../../other\n", "sys/fs/cgroup/cpu.max": "100000 100000\n",
		}, bench.Host{CPUQuota: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var got bench.Host
			describeFiles(&got, c.files.mount(t))
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// cpuLine is a line of /proc/stat, in ticks.
func cpuLine(name string, user, idle, steal int) string {
	return fmt.Sprintf("%s %d 0 0 %d 0 0 0 %d 0 0\n", name, user, idle, steal)
}

func TestNoise(t *testing.T) {
	stat := func(lines ...string) string {
		return cpuLine("cpu ", 0, 0, 0) + strings.Join(lines, "") + "intr 5 1 2\nctxt 9\nbtime 1700000000\nprocesses 3\n"
	}
	root := grouped.with(machine{"proc/stat": stat(cpuLine("cpu0", 100, 100, 0), cpuLine("cpu1", 100, 100, 50), cpuLine("cpu2", 0, 0, 0))}).mount(t)
	n := startNoise(root, []int{0, 1}) // not CPU 2
	step := func(what, proc, throttled string, want bench.Noise) {
		t.Helper()
		for path, text := range map[string]string{"proc/stat": proc, "sys/fs/cgroup/system.slice/cpu.stat": throttled} {
			if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := n.Read(); got.Throttled != want.Throttled || math.Abs(got.Steal-want.Steal) > 1e-9 {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	first := stat(cpuLine("cpu0", 150, 130, 20), cpuLine("cpu1", 150, 150, 50), cpuLine("cpu2", 0, 0, 900))
	step("a tenth stolen, throttled once", first, "throttled_usec 350\n", bench.Noise{Steal: 0.1, Throttled: (250 * time.Microsecond).Nanoseconds()})
	step("no time has passed", first, "throttled_usec 350\n", bench.Noise{})
	step("counters that go back", stat(cpuLine("cpu0", 250, 130, 0), cpuLine("cpu1", 250, 150, 0)), "throttled_usec 0\n", bench.Noise{})
	step("unreadable", "", "", bench.Noise{})
}

func TestPressure(t *testing.T) {
	const of = "some avg10=0.00 avg60=0.00 avg300=0.00 total=%d\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n"
	files := machine{"proc/pressure/cpu": fmt.Sprintf(of, 1000)}
	top, own := "sys/fs/cgroup/cpu.pressure", "sys/fs/cgroup/system.slice/ci.service/cpu.pressure"
	for name, c := range map[string]struct {
		files machine
		want  time.Duration
	}{
		"nothing":         {machine{}, 0},
		"the machine":     {files, time.Millisecond},
		"no such file":    {grouped.with(files), time.Millisecond},
		"the whole group": {grouped.with(files).with(machine{top: fmt.Sprintf(of, 2000)}), 2 * time.Millisecond},
		"our own group":   {grouped.with(files).with(machine{top: fmt.Sprintf(of, 2000), own: fmt.Sprintf(of, 0)}), 0},
	} {
		if got := startNoise(c.files.mount(t), []int{0}).Pressure(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Two threads on one CPU keep each other waiting.
func TestPressureOfThisMachine(t *testing.T) {
	n := StartNoise()
	if read(filepath.Split(n.pressure)) == "" {
		t.Skip("this kernel does not tell pressure (CONFIG_PSI, psi=1)")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	var done atomic.Bool
	var spinning sync.WaitGroup
	for range 2 {
		spinning.Go(func() {
			runtime.LockOSThread() // never unlocked: the thread ends with its CPU
			var set unix.CPUSet
			set.Set(Allowed()[0])
			if err := unix.SchedSetaffinity(0, &set); err != nil {
				t.Error(err)
			}
			for !done.Load() {
			}
		})
	}
	defer spinning.Wait()
	defer done.Store(true)
	before := n.Pressure()
	for deadline := time.Now().Add(20 * time.Second); n.Pressure() == before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("two threads ran on one CPU, and nothing waited: %v", before)
		}
	}
}

func TestNoiseOfThisMachine(t *testing.T) {
	got := StartNoise().Read()
	if got.Steal < 0 || got.Steal > 1 || got.Throttled < 0 {
		t.Errorf("%+v is no noise", got)
	}
}
