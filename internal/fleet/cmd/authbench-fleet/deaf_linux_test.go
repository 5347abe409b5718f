package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// fullPipe is one that takes nothing more, and its other end.
func fullPipe(t *testing.T) (read, write *os.File) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close() })
	if err := write.SetWriteDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := write.Write(make([]byte, 4<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("fill a pipe: %v", err)
	}
	return read, write
}

// A worker whose words nobody reads begins as any other, and stops as any other when its
// coordinator is killed.
func TestNobodyReadsWhatAWorkerSays(t *testing.T) {
	f := newFleet(t, 0)
	f.consents.Store(true)
	read, write := fullPipe(t)
	worker := exec.Command(f.this, append([]string{"worker", "--invitation", filepath.Join(f.directory, "w1.json"), "--spool", filepath.Join(f.directory, "spool"), "--keep", "0s"}, f.allow()...)...)
	worker.Env = append(os.Environ(), beMain+"=1")
	worker.Stderr = write
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = worker.Process.Kill() })
	write.Close()
	load, said := f.load("--allow-remote", "--rate", "300", "-d", "10m")
	await(t, "load is sent", func() bool { return f.asked.Load() > 50 })
	for pid, words := range children(t, load.Process.Pid) {
		if slices.Contains(words, "coordinate") {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	if code := ends(t, load); code != exitRuntime {
		t.Errorf("exit %d: %s", code, said)
	}
	await(t, "the load has stopped", func() bool {
		before := f.asked.Load()
		time.Sleep(3 * time.Second)
		return f.asked.Load() == before
	})
	go io.Copy(io.Discard, read) // it ends with the worker
	if code := ends(t, worker); code != exitRuntime {
		t.Errorf("the worker: exit %d", code)
	}
}
