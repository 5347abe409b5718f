package proc

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// script runs a shell script in a cage and returns what it prints.
func script(t *testing.T, cage Cage, text string) string {
	t.Helper()
	var out bytes.Buffer
	p, err := starter(t).Start(t.Context(), Spec{Path: "sh", Args: []string{"-c", text}, Foreign: true, Cage: &cage, Stdout: &out, Env: []string{"GIVEN={tmp}/x"}})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, p)
	if err := p.Err(); err != nil {
		t.Errorf("%v; printed %q", err, out.String())
	}
	return out.String()
}

// In a cage there is what was given, and nothing that was not.
func TestCagedEnvironment(t *testing.T) {
	t.Setenv("GITHUB_ENV", "/a/file")
	t.Setenv("SECRET", "value")
	t.Setenv("LANG", "C.UTF-8")
	var names []string
	values := map[string]string{}
	for line := range strings.Lines(script(t, Cage{}, "env; readlink /proc/self/fd/1")) {
		name, value, isVariable := strings.Cut(strings.TrimSpace(line), "=")
		if !isVariable {
			if !strings.HasPrefix(line, "pipe:") {
				t.Errorf("standard output is %q, want a pipe", line)
			}
			continue
		}
		names = append(names, name)
		values[name] = value
	}
	slices.Sort(names)
	names = slices.DeleteFunc(names, func(n string) bool { return n == "_" || n == "PWD" || n == "LC_ALL" || n == "TZ" })
	if want := []string{tempDirVariable, "GIVEN", "HOME", "LANG", "PATH", "TMPDIR"}; !slices.Equal(names, want) {
		t.Errorf("variables %v, want %v", names, want)
	}
	own := values[tempDirVariable]
	if own == "" || values["HOME"] != own || values["TMPDIR"] != own || values["GIVEN"] != own+"/x" || !gone(own) {
		t.Errorf("%v; gone: %v", values, gone(own))
	}
}

func landlock() bool {
	_, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	return errno == 0
}

// A program in a cage writes to its own directories, and sees into nobody else's
// process, whoever it runs as.
func TestCageIsClosed(t *testing.T) {
	if !landlock() {
		t.Skip("this kernel has no Landlock")
	}
	outside, allowed := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "file"), []byte("as it was"), 0o666); err != nil {
		t.Fatal(err)
	}
	out := script(t, Cage{Writable: []string{allowed, filepath.Join(outside, "nothing")}}, `
		cd `+outside+`
		for attempt in 'echo x > file' 'echo x >> file' ': > new' 'rm file' 'mkdir d' 'ln -s a b' 'mv file `+allowed+`' 'cat /proc/`+pidText()+`/environ'; do
			if sh -c "$attempt" 2>/dev/null >/dev/null; then echo "could $attempt"; fi
		done
		cat file; echo
		for attempt in 'echo x > $TMPDIR/a && mkdir $TMPDIR/d && mv $TMPDIR/a $TMPDIR/d/b' 'echo x > `+allowed+`/x' 'echo x > /dev/null' 'grep -q "NoNewPrivs:.1" /proc/self/status'; do
			if ! sh -c "$attempt"; then echo "could not $attempt"; fi
		done`)
	if out != "as it was\n" {
		t.Errorf("printed:\n%s", out)
	}
	if text, err := os.ReadFile(filepath.Join(outside, "file")); err != nil || string(text) != "as it was" {
		t.Errorf("the file is %q, %v", text, err)
	}
}

func pidText() string { return strconv.Itoa(os.Getpid()) }

// Memory is bounded, and the bound is the program's alone.
func TestCagedMemory(t *testing.T) {
	out := script(t, Cage{Memory: 512 << 20}, `ulimit -d; head -c 900000000 /dev/zero | tail -c 800000000 2>/dev/null | wc -c`)
	if limit, counted, _ := strings.Cut(out, "\n"); limit != "524288" || strings.TrimSpace(counted) == "800000000" {
		t.Errorf("printed %q, want a limit of 512 MiB in KiB and a program that cannot keep 800 MB", out)
	}
}

// Who holds a caged server up ends it, so that it shows.
func TestCagedStopShows(t *testing.T) {
	p, err := starter(t).Start(t.Context(), Spec{Path: "sleep", Args: []string{"1000"}, Foreign: true, Cage: &Cage{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(p.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	waitFor(t, p)
	if err := p.Err(); err == nil || !Killed(err.Error()) {
		t.Errorf("Err: %v, want it killed", err)
	}
}

// Who kills its supervisor leaves nothing behind either: neither processes in sessions
// of their own nor the directory.
func TestSupervisorKilledByFamily(t *testing.T) {
	s := starter(t)
	p := start(t, s, "family", Spec{Foreign: true, TempDir: true})
	pids := []int{appears(t, filepath.Join(p.TempDir(), "generation0")), appears(t, filepath.Join(p.TempDir(), "generation2"))}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, p)
	if err := p.Err(); err == nil || !Killed(err.Error()) || slices.ContainsFunc(pids, alive) || !gone(p.TempDir()) {
		t.Errorf("Err: %v; alive: %v; directory gone: %v", p.Err(), slices.ContainsFunc(pids, alive), gone(p.TempDir()))
	}
}

// What a dead process left is swept, what a living one has stays, and so does what has
// nothing to do with us.
func TestSweepTemp(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	mine, err := MakeTemp()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("true")
	must(c.Run())
	dead := filepath.Join(tmp, strings.Replace(filepath.Base(mine), "-"+pidText()+"-", "-"+strconv.Itoa(c.Process.Pid)+"-", 1))
	reborn := mine[:strings.LastIndex(mine, "-")] + "9-1" // this id, of a process that began later
	others := []string{"authbench-x", "authbench-1-2-3-4", "authbench---", "other-1-2-3-4"}
	must(os.MkdirAll(filepath.Join(dead, "folder"), 0o500))
	must(os.Mkdir(reborn, 0o700))
	for _, name := range others {
		must(os.Mkdir(filepath.Join(tmp, name), 0o700))
	}
	swept, err := SweepTemp()
	slices.Sort(swept)
	want := []string{dead, reborn}
	slices.Sort(want)
	if err != nil || !slices.Equal(swept, want) || !gone(dead) || !gone(reborn) || gone(mine) {
		t.Errorf("swept %v, %v; want %v", swept, err, want)
	}
	for _, name := range others {
		if gone(filepath.Join(tmp, name)) {
			t.Errorf("%s is gone", name)
		}
	}
}

// Work that moves to a process which is started while it is measured is missed; a program
// in a cage may not do that.
func TestCagedWorkIsWhole(t *testing.T) {
	p, err := starter(t).Start(t.Context(), Spec{Path: "sh", Foreign: true, Cage: &Cage{}, Args: []string{"-c", `
		work() { i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; touch $TMPDIR/done$1; sleep 1000; }
		work 0 &
		while [ ! -e $TMPDIR/go ]; do sleep 0.05; done
		work 1 & wait`}})
	if err != nil {
		t.Fatal(err)
	}
	await(exists(filepath.Join(p.TempDir(), "done0")))
	for range 2 { // as before and after the first slice
		if err := p.Refresh(); err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(filepath.Join(p.TempDir(), "go"), nil, 0o600))
	await(exists(filepath.Join(p.TempDir(), "done1")))
	if err := p.Refresh(); err == nil || !strings.Contains(err.Error(), "started while it was measured") {
		t.Errorf("Refresh: %v, want an error", err)
	}
}
