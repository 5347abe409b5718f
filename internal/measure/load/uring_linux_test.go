package load

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestRefusal: where the process may have no io_uring, the engine of that name says
// why and what to do, and auto takes the next one.
func TestRefusal(t *testing.T) {
	const variable = "AUTHBENCH_TEST_REFUSED"
	if os.Getenv(variable) == "" {
		// A filter cannot be taken off again: it is another process's.
		cmd := exec.Command(os.Args[0], "-test.run=^TestRefusal$", "-test.v")
		cmd.Env = append(os.Environ(), variable+"=yes")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestRefusal") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	forbidRings(t)
	_, err := Open(Options{Name: Uring})
	if err == nil || !errors.Is(err, unix.EPERM) || !strings.Contains(err.Error(), "seccomp") || !strings.Contains(err.Error(), `"epoll"`) {
		t.Errorf("error %v", err)
	}
	if got := start(t, Options{}).Name(); got != Epoll {
		t.Errorf("auto is %q", got)
	}
}

// forbidRings has the kernel answer io_uring_setup with EPERM, as container
// runtimes do.
func forbidRings(t *testing.T) {
	t.Helper()
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // seccomp_data.nr
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_IO_URING_SETUP, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	runtime.LockOSThread() // for both calls
	defer runtime.UnlockOSThread()
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	// For all threads: with TSYNC the kernel sets no_new_privs on them as well.
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program))); errno != 0 {
		t.Fatalf("seccomp: %v", errno)
	}
}

func TestRefusalsNameARemedy(t *testing.T) {
	for errno, want := range map[error]string{
		unix.ENOSYS: "has none", unix.EINVAL: "6.1", unix.EPERM: "seccomp", unix.EACCES: "io_uring_disabled",
		unix.ENOMEM: "ulimit -l", unix.EMFILE: "ulimit -n",
	} {
		if got := refusal(fmt.Errorf("io_uring_setup: %w", errno)); !strings.Contains(got, want) {
			t.Errorf("%v: %q, want one with %q", errno, got, want)
		}
	}
}
