package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"authbench/internal/result"
)

// Files are published together or not at all, and over none.
func TestNewFiles(t *testing.T) {
	dir := t.TempDir()
	open := func() newFiles {
		t.Helper()
		var files newFiles
		for _, name := range []string{"a", "b"} {
			f, err := createNew(filepath.Join(dir, name), 0o640)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString("new"); err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		return files
	}
	names := func() string {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, e := range entries {
			out = append(out, e.Name())
		}
		return strings.Join(out, " ")
	}
	open().discard()
	if err := open().publish(os.ErrDeadlineExceeded); !errors.Is(err, os.ErrDeadlineExceeded) || names() != "" {
		t.Errorf("%v; left: %q", err, names())
	}
	files := open()
	if err := os.WriteFile(filepath.Join(dir, "b"), []byte("mine"), 0o600); err != nil { // meanwhile
		t.Fatal(err)
	}
	if err := files.publish(nil); !errors.Is(err, result.ErrExists) || names() != "b" {
		t.Errorf("%v; left: %q", err, names())
	}
	if text, err := os.ReadFile(filepath.Join(dir, "b")); string(text) != "mine" {
		t.Errorf("overwritten by %q (%v)", text, err)
	}
	if err := os.Remove(filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	if err := open().publish(nil); err != nil || names() != "a b" {
		t.Errorf("%v; left: %q", err, names())
	}
	if info, err := os.Stat(filepath.Join(dir, "a")); err != nil || info.Mode() != 0o640 || info.Size() != 3 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := createNew(filepath.Join(dir, "a"), 0o640); !errors.Is(err, result.ErrExists) || names() != "a b" {
		t.Errorf("%v; left: %q", err, names())
	}
}
