package host

import (
	"path/filepath"
	"time"

	"github.com/prometheus/procfs"

	"authbench/bench"
)

// Noise meters what the machine does beside the run. One goroutine uses it.
type Noise struct {
	root   string
	cpus   []int
	groups []group
	// pressure is the file that tells who waited for a CPU.
	pressure string
	last     reading
}

// reading is the state of the kernel's counters, all since some point in the past.
type reading struct {
	steal, total float64 // seconds, over the CPUs that we may use
	throttled    time.Duration
}

// StartNoise returns a meter that starts now.
func StartNoise() *Noise { return startNoise(root, Allowed()) }

func startNoise(root string, cpus []int) *Noise {
	n := &Noise{root: root, cpus: cpus, groups: cpuGroups(root)}
	n.pressure = pressureFile(root, n.groups)
	n.last = n.read()
	return n
}

// Read returns the noise since the last Read. It takes some hundred microseconds
// and belongs between slices. Kernels without steal accounting show none.
func (n *Noise) Read() bench.Noise {
	now := n.read()
	was := n.last
	n.last = now
	out := bench.Noise{Throttled: max(0, now.throttled-was.throttled).Nanoseconds()}
	if total := now.total - was.total; total > 0 {
		out.Steal = min(1, max(0, (now.steal-was.steal)/total))
	}
	return out
}

// Pressure returns for how long, since some point in the past, something that could
// have run waited for a CPU: of our own control group, which holds the servers and
// the generator, or, without one, of the whole machine. It does not rise where the
// kernel does not tell. It takes some ten microseconds and belongs between slices.
func (n *Noise) Pressure() time.Duration {
	return pressureTime(read(filepath.Split(n.pressure)))
}

func (n *Noise) read() reading {
	var r reading
	for _, g := range n.groups {
		r.throttled += throttledTime(read(g.dir, "cpu.stat"))
	}
	fs, err := procfs.NewFS(filepath.Join(n.root, "proc"))
	if err != nil {
		return r
	}
	stat, err := fs.Stat()
	if err != nil {
		return r
	}
	for _, cpu := range n.cpus {
		c := stat.CPU[int64(cpu)]
		r.steal += c.Steal
		// Guest time is counted in User and Nice already.
		r.total += c.User + c.Nice + c.System + c.Idle + c.Iowait + c.IRQ + c.SoftIRQ + c.Steal
	}
	return r
}
