package proc

import (
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// systemRoles are those of this system's tests alone.
var systemRoles = map[string]func(){"segment": segment}

// segment makes a segment of shared memory, which nobody uses, and waits to be killed.
func segment() {
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, 56, unix.IPC_CREAT|0o600)
	must(err)
	number("segment", id)
	idle()
}

// A process that is killed leaves no segment of shared memory, and takes none of
// others with it.
func TestSegmentsEnd(t *testing.T) {
	other, err := unix.SysvShmGet(unix.IPC_PRIVATE, 56, unix.IPC_CREAT|0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := unix.SysvShmCtl(other, unix.IPC_RMID, nil); err != nil {
			t.Errorf("the segment of another process: %v", err)
		}
	}()
	p := start(t, starter(t), "segment", Spec{Foreign: true, TempDir: true})
	id := appears(t, filepath.Join(p.TempDir(), "segment"))
	var seen unix.SysvShmDesc
	if _, err := unix.SysvShmCtl(id, unix.IPC_STAT, &seen); err != nil {
		t.Fatalf("there is no segment to remove: %v", err)
	}
	if err := syscall.Kill(p.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitFor(t, p)
	if _, err := unix.SysvShmCtl(id, unix.IPC_STAT, &seen); err == nil {
		t.Errorf("segment %d is still there", id)
	}
}

// Root starts a process as another user, who owns what it is given. Nobody else can.
func TestUser(t *testing.T) {
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	// It says who runs it, and whom its directory and its file belong to.
	const script = `exit $(( $(id -u) == $2 && $(stat -c %u "${1%/*}") == $2 && $(stat -c %u "$1") == $2 && $(test -r "$1"; echo $?) == 0 ))`
	spec := Spec{
		Path: "sh", Args: []string{"-c", script, "sh", "{tmp}/file", nobody.Uid},
		Foreign: true, User: "nobody", Files: map[string][]byte{"file": nil},
	}
	p, err := starter(t).Start(t.Context(), spec)
	if os.Geteuid() != 0 {
		if err == nil {
			_ = p.Stop(0)
			t.Fatal("whoever is not root became nobody")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, p)
	if p.Err() == nil || !strings.HasSuffix(p.Err().Error(), "exit status 1") {
		t.Errorf("Err: %v; it is not nobody's", p.Err())
	}
	if !gone(p.TempDir()) {
		t.Errorf("%s is still there", p.TempDir())
	}
}
