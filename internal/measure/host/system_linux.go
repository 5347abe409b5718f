package host

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"authbench/bench"
)

// root is where the machine's file systems are; tests have recorded ones.
const root = "/"

func describeSystem(h *bench.Host) {
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		h.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	describeFiles(h, root)
}

// describeFiles fills in what the files below root tell.
func describeFiles(h *bench.Host, root string) {
	h.CPUQuota = quota(root)
	fs, err := procfs.NewFS(filepath.Join(root, "proc"))
	if err != nil {
		return
	}
	var flags []string
	if cpus, err := fs.CPUInfo(); err == nil && len(cpus) > 0 {
		h.CPUModel, flags = cpus[0].ModelName, cpus[0].Flags
	}
	if m, err := fs.Meminfo(); err == nil && m.MemTotalBytes != nil {
		h.MemoryBytes = int64(*m.MemTotalBytes)
	}
	h.Virtualization = virtualization(root, flags)
}

// virtualization says what stands between us and the hardware, as far as files
// that everybody may read tell; empty if nothing is known to.
func virtualization(root string, cpuFlags []string) string {
	var layers []string
	if slices.Contains(cpuFlags, "hypervisor") {
		layers = append(layers, machineName(root))
	}
	for _, mark := range []string{".dockerenv", "run/.containerenv"} {
		if _, err := os.Stat(filepath.Join(root, mark)); err == nil {
			layers = append(layers, "container")
			break
		}
	}
	return strings.Join(layers, ", ")
}

// machineName names a virtual machine by what its firmware says it is.
func machineName(root string) string {
	for _, file := range []string{"product_name", "sys_vendor"} {
		text, err := os.ReadFile(filepath.Join(root, "sys/class/dmi/id", file))
		if name := strings.TrimSpace(string(text)); err == nil && name != "" {
			return "virtual machine (" + name + ")"
		}
	}
	return "virtual machine"
}

// Allowed returns the CPUs that this process may use, in rising order.
func Allowed() []int {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		// More CPUs than the set holds; then nobody has restricted them.
		return upTo(runtime.NumCPU())
	}
	var cpus []int
	for cpu := range len(set) * 64 {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}
