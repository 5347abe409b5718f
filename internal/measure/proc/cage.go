package proc

import "os"

// Cage holds a program that nobody trusts. Its environment is an allow-list:
// [Spec.Env], PATH, LANG, and HOME and TMPDIR of its own. It may read what the harness
// may, and write to its private directory and nowhere else. It gains no rights by
// running others (sudo, for one), and, where the kernel has Landlock, it can neither
// look into processes outside the cage nor trace them.
//
// Signals pass. Rejected: to hold them back, which newer kernels can. What nobody
// notices nobody names, and a server that was killed is noticed.
type Cage struct {
	// Writable are directories that the program may write to as well.
	Writable []string
	// Memory bounds the memory that each of its processes has for itself, in bytes.
	// 0: no bound.
	Memory uint64
}

// passed are the variables that a program in a cage inherits.
var passed = []string{"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ"}

// cagedEnvironment is what a program in a cage sees beside what its spec says.
func cagedEnvironment(dir string) []string {
	env := []string{"HOME=" + dir, "TMPDIR=" + dir}
	for _, name := range passed {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	return env
}
