package host

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/prometheus/procfs"
)

// group is one level of the control groups that may limit this process's CPU.
type group struct {
	dir string
	v2  bool
}

// cpuGroups returns the process's own group and those above it, as far as they
// can be seen: a limit at any level holds, and shows only there.
func cpuGroups(root string) []group {
	fs, err := procfs.NewFS(filepath.Join(root, "proc"))
	if err != nil {
		return nil
	}
	self, err := fs.Self()
	if err != nil {
		return nil
	}
	memberships, err := self.Cgroups()
	if err != nil {
		return nil
	}
	mounts, err := self.MountInfo()
	if err != nil {
		return nil
	}
	var out []group
	for _, m := range memberships {
		v2 := m.HierarchyID == 0
		if !v2 && !slices.Contains(m.Controllers, "cpu") {
			continue
		}
		for _, mount := range mounts {
			if holds(mount, v2) {
				out = append(out, levels(root, mount, m.Path, v2)...)
				break // the same hierarchy may be mounted twice
			}
		}
	}
	return out
}

// holds reports whether the CPU controller's hierarchy is mounted there.
func holds(mount *procfs.MountInfo, v2 bool) bool {
	if v2 {
		return mount.FSType == "cgroup2"
	}
	_, cpu := mount.SuperOptions["cpu"]
	return mount.FSType == "cgroup" && cpu
}

// levels returns the directories from the group at path up to the mount point. A
// container may see only a part of the hierarchy, whose root is mount.Root; where
// path is not below it, the mount point is all that can be seen.
func levels(root string, mount *procfs.MountInfo, path string, v2 bool) []group {
	top := filepath.Join(root, mount.MountPoint)
	below, err := filepath.Rel(mount.Root, path)
	if err != nil || !filepath.IsLocal(below) {
		below = "."
	}
	out := []group{{top, v2}}
	for dir := filepath.Join(top, below); dir != top; dir = filepath.Dir(dir) {
		out = append(out, group{dir, v2})
	}
	return out
}

// quota returns the tightest CPU limit, in CPUs, 0 for none.
func quota(root string) float64 {
	tightest := 0.0
	for _, g := range cpuGroups(root) {
		var limit float64
		if g.v2 {
			limit = quotaV2(read(g.dir, "cpu.max"))
		} else {
			limit = quotaV1(read(g.dir, "cpu.cfs_quota_us"), read(g.dir, "cpu.cfs_period_us"))
		}
		if limit > 0 && (tightest == 0 || limit < tightest) {
			tightest = limit
		}
	}
	return tightest
}

// pressureFile returns the CPU pressure file of the process's own group (the
// deepest that can be seen), or the machine's.
func pressureFile(root string, groups []group) string {
	file := filepath.Join(root, "proc", "pressure", "cpu")
	deepest := 0
	for _, g := range groups {
		own := filepath.Join(g.dir, "cpu.pressure")
		if g.v2 && len(own) > deepest && read(g.dir, "cpu.pressure") != "" {
			file, deepest = own, len(own)
		}
	}
	return file
}

// read returns a file's text, empty if it is not there: most levels have no limit.
func read(dir, name string) string {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return string(text)
}
