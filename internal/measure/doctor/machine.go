package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/result"
	"authbench/internal/text/unit"
)

// fewestFiles is what a run with many connections takes: 10,000 connections of the
// generator's, and as many of a server's in a process of its own.
const fewestFiles = 12_000

// leastMemory is what a run of a few arms and its stores take.
const leastMemory = 2 << 30

// Machine says how the machine is set up. files is how many files a process may have
// open, root where the file systems are.
func Machine(h bench.Host, files uint64, root string) []result.Finding {
	out := []result.Finding{cpus(h), quota(h), memory(h), openFiles(files), engine()}
	for _, s := range settings {
		if f, ok := s.find(root); ok {
			out = append(out, f)
		}
	}
	return out
}

func cpus(h bench.Host) result.Finding {
	f := result.Finding{Area: result.AreaMachine, Name: "CPUs", Level: result.Fit, Found: fmt.Sprintf("%d, %s", h.CPUs, h.CPUModel)}
	if h.CPUs < 2 {
		f.Level = result.Improvable
		f.Remedy = "with one CPU, latency and throughput include the generator's own work: use a machine with two or more"
	}
	return f
}

func quota(h bench.Host) result.Finding {
	f := result.Finding{Area: result.AreaMachine, Name: "CPU quota", Level: result.Fit, Found: "none"}
	if h.CPUQuota > 0 {
		f.Found = fmt.Sprintf("%s CPUs of %d", unit.Plain(h.CPUQuota, 2), h.CPUs)
		if h.CPUQuota < float64(h.CPUs) {
			f.Level = result.Unfit
			f.Remedy = "a group that used up its quota stands still for the rest of a tenth of a second: run without a CPU limit, or with one of whole CPUs that are reserved"
		}
	}
	return f
}

func memory(h bench.Host) result.Finding {
	f := result.Finding{Area: result.AreaMachine, Name: "memory", Level: result.Fit, Found: unit.Bytes(float64(h.MemoryBytes))}
	if h.MemoryBytes > 0 && h.MemoryBytes < leastMemory {
		f.Level = result.Improvable
		f.Remedy = "less than 2 GiB: measure few arms at once, without stores"
	}
	return f
}

func openFiles(n uint64) result.Finding {
	f := result.Finding{Area: result.AreaMachine, Name: "open files", Level: result.Fit, Found: fmt.Sprintf("%d at most", n)}
	if n < fewestFiles {
		f.Level = result.Improvable
		f.Remedy = fmt.Sprintf("loads with thousands of connections need more: ulimit -n %d", 2*fewestFiles)
	}
	return f
}

// engine says what the generator works with.
func engine() result.Finding {
	f := result.Finding{Area: result.AreaMachine, Name: "generator", Level: result.Fit, Found: "io_uring"}
	e, err := load.Open(load.Options{Name: load.Auto})
	if err != nil {
		f.Level, f.Found, f.Remedy = result.Unfit, err.Error(), "the generator cannot start at all"
		return f
	}
	defer e.Close()
	switch f.Found = e.Name(); f.Found {
	case load.Portable:
		f.Level = result.Improvable
		f.Remedy = "only Linux has the fast generator, CPU figures and pinning: latencies are the language runtime's, too"
	case load.Epoll:
		f.Level = result.Improvable
		f.Remedy = "io_uring takes a tenth of CPU time less: it needs Linux 6.1, kernel.io_uring_disabled=0, and a container that lets it through"
	}
	return f
}

// setting is a file of the kernel's.
type setting struct {
	name, file string
	// value takes the setting out of the file's text.
	value func(text string) string
	good  func(value string) bool
	why   string
}

var settings = []setting{
	{
		"frequency governor", "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", strings.TrimSpace,
		func(v string) bool { return v == "performance" },
		"the CPU's speed follows the load, and differs between a busy and an idle arm: cpupower frequency-set -g performance",
	}, {
		"turbo", "sys/devices/system/cpu/intel_pstate/no_turbo", strings.TrimSpace,
		func(v string) bool { return v == "1" },
		"the CPU is faster while it is cold: echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo",
	}, {
		"clock source", "sys/devices/system/clocksource/clocksource0/current_clocksource", strings.TrimSpace,
		func(v string) bool {
			return v == "tsc" || v == "kvm-clock" || v == "arch_sys_counter" || v == "hyperv_clocksource_tsc_page"
		},
		"reading this clock is a system call: boot with clocksource=tsc",
	}, {
		"transparent huge pages", "sys/kernel/mm/transparent_hugepage/enabled", bracketed,
		func(v string) bool { return v != "always" },
		"with always, the memory of a server depends on when the kernel merges its pages: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled",
	},
}

// bracketed is the chosen one of "always [madvise] never".
func bracketed(text string) string {
	_, rest, _ := strings.Cut(text, "[")
	value, _, _ := strings.Cut(rest, "]")
	return value
}

// find reads a setting; ok is false where this machine has none of the kind.
func (s setting) find(root string) (f result.Finding, ok bool) {
	text, err := os.ReadFile(filepath.Join(root, s.file))
	if err != nil {
		return f, false
	}
	f = result.Finding{Area: result.AreaMachine, Name: s.name, Level: result.Fit, Found: s.value(string(text))}
	if !s.good(f.Found) {
		f.Level, f.Remedy = result.Improvable, s.why
	}
	return f, true
}
