//go:build unix

package proc

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// A directory without a program is there until it is stopped.
func TestKeepDir(t *testing.T) {
	p, err := starter(t).KeepDir(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(p.TempDir())
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("%v, %v; want a directory of mode 0700", info, err)
	}
	if err := os.WriteFile(filepath.Join(p.TempDir(), "file"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(patience); err != nil {
		t.Fatal(err)
	}
	if !gone(p.TempDir()) || p.Err() != nil {
		t.Errorf("%s is still there, or ended badly: %v", p.TempDir(), p.Err())
	}
}
