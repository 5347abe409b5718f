package host

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"authbench/bench"
)

// warnCPUOverlap is the code of the warning that the scenario lets servers and
// generator share some of several CPUs.
const warnCPUOverlap = "cpu_overlap"

// AssignCPUs divides the allowed CPUs between the servers and the generator. What
// the scenario wishes stands; for the rest the generator gets one CPU, the
// highest, because the kernel's own work gathers on the lowest, and the servers
// get all others. An error says that a wish cannot be met, and what to do; a
// warning, that latency and throughput include the generator's own CPU time.
func AssignCPUs(allowed []int, wish bench.CPUs) (bench.CPUs, []bench.Warning, error) {
	allowed = sorted(allowed)
	if len(allowed) == 0 {
		return bench.CPUs{}, nil, fmt.Errorf("this process may use no CPU that is known; set cpus.server and cpus.generator")
	}
	for _, w := range []struct {
		key  string
		cpus []int
	}{{"cpus.server", wish.Server}, {"cpus.generator", wish.Generator}} {
		for _, cpu := range w.cpus {
			if !slices.Contains(allowed, cpu) {
				return bench.CPUs{}, nil, fmt.Errorf("%s names CPU %d, which this process may not use; choose from %s, or start authbench with more CPUs (taskset, cpuset)",
					w.key, cpu, list(allowed))
			}
		}
	}
	got := bench.CPUs{Server: sorted(wish.Server), Generator: sorted(wish.Generator)}
	if len(got.Generator) == 0 {
		free := without(allowed, got.Server)
		if len(free) == 0 {
			free = allowed
		}
		got.Generator = free[len(free)-1:]
	}
	if len(got.Server) == 0 {
		got.Server = without(allowed, got.Generator)
		if len(got.Server) == 0 {
			got.Server = slices.Clone(got.Generator)
		}
	}
	return got, overlap(allowed, got), nil
}

// overlap warns of CPUs that servers and generator share.
func overlap(allowed []int, c bench.CPUs) []bench.Warning {
	shared := without(c.Server, without(c.Server, c.Generator))
	if len(shared) == 0 {
		return nil
	}
	w := bench.Warning{Kind: bench.KindWarning, Code: warnCPUOverlap, Level: bench.Suspicious, Text: fmt.Sprintf(
		"servers and generator share CPU %s: latency and throughput include the generator's own CPU time; give cpus.server and cpus.generator CPUs of their own", list(shared))}
	if len(allowed) == 1 {
		w.Code = bench.WarnOneCPU
		w.Text = "there is one CPU for servers and generator: latency and throughput include the generator's own CPU time; use a machine with two CPUs or more"
	}
	return []bench.Warning{w}
}

// sorted returns a sorted copy without repetitions.
func sorted(cpus []int) []int { return slices.Compact(slices.Sorted(slices.Values(cpus))) }

// without returns the members of cpus that are not in others.
func without(cpus, others []int) []int {
	var kept []int
	for _, c := range cpus {
		if !slices.Contains(others, c) {
			kept = append(kept, c)
		}
	}
	return kept
}

// list writes sorted CPUs as the kernel does: 0-3,6.
func list(cpus []int) string {
	var parts []string
	for i := 0; i < len(cpus); {
		j := i
		for j+1 < len(cpus) && cpus[j+1] == cpus[j]+1 {
			j++
		}
		part := strconv.Itoa(cpus[i])
		if j > i {
			part += "-" + strconv.Itoa(cpus[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ",")
}

// upTo returns the CPUs from 0 to n-1.
func upTo(n int) []int {
	cpus := make([]int, n)
	for i := range cpus {
		cpus[i] = i
	}
	return cpus
}
