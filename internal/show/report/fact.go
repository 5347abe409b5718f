package report

import (
	"fmt"
	"strconv"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// fact is one line about where and how a run was made.
type fact struct{ Name, Text string }

// facts lists what is needed to judge a run and to repeat it.
func facts(s *analysis.Summary) []fact {
	all := []fact{
		{"Command", usertext.CommandLine(s.Command)},
		{"Started", s.Started},
		{"Launches measured whole", unit.Count(int64(s.Launches))},
		{"Seed", strconv.FormatUint(s.Seed, 10)},
		{"Machine", machine(s)},
		{"CPUs of servers", cpuList(s.Host.ServerCPUs)},
		{"CPUs of generator", cpuList(s.Host.GeneratorCPUs)},
		{"Generator engine", s.Engine},
		{"authbench", build(s)},
	}
	var out []fact
	for _, f := range all {
		if f.Text != "" {
			out = append(out, f)
		}
	}
	return out
}

func machine(s *analysis.Summary) string {
	h := s.Host
	parts := []string{h.OS + "/" + h.Arch}
	if h.CPUModel != "" {
		parts = append(parts, h.CPUModel)
	}
	parts = append(parts, plural(h.CPUs, "CPU", "CPUs"))
	if h.CPUQuota > 0 {
		parts = append(parts, fmt.Sprintf("quota of %s of one CPU", unit.Percent(h.CPUQuota)))
	}
	if h.MemoryBytes > 0 {
		parts = append(parts, unit.Bytes(float64(h.MemoryBytes)))
	}
	if h.Kernel != "" {
		parts = append(parts, "kernel "+h.Kernel)
	}
	if h.Virtualization != "" {
		parts = append(parts, "virtualization "+h.Virtualization)
	}
	return strings.Join(parts, ", ")
}

func build(s *analysis.Summary) string {
	parts := []string{s.Build.Version}
	if s.Build.Revision != "" {
		parts = append(parts, s.Build.Revision)
	}
	if s.Build.Modified {
		parts = append(parts, "modified")
	}
	return strings.Join(append(parts, s.Build.Go), ", ")
}

func cpuList(cpus []int) string {
	words := make([]string, len(cpus))
	for i, c := range cpus {
		words[i] = strconv.Itoa(c)
	}
	return list(words)
}
