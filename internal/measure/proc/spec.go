package proc

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// The environment variables that tell a child what it was given.
const (
	// controlVariable holds the number of the control socket's descriptor.
	controlVariable = "AUTHBENCH_CONTROL_FD"
	// tempDirVariable holds the path of the private directory.
	tempDirVariable = "AUTHBENCH_TMPDIR"
)

const (
	// firstExtraFile is the number that exec.Cmd gives to the first of ExtraFiles.
	firstExtraFile = 3
	// controlFile is the number of the control socket in a supervisor, whose own
	// comes first.
	controlFile = firstExtraFile + 1
)

// tempDirPlace stands for the private directory's path in arguments and in the
// values of the environment.
const tempDirPlace = "{tmp}"

// Spec says which process to start, and how.
type Spec struct {
	// Path is the program: a path, which leads from Dir if it is relative, or a name that
	// is looked up in PATH. Empty: there is none, and a supervisor keeps the private
	// directory until it is stopped, or the harness is gone.
	Path string
	Args []string
	// Env is added to the inherited environment.
	Env []string
	// CPUs are where the process and all that it starts may run. Empty: where the
	// harness runs. Systems without affinity ignore them.
	CPUs []int
	// Stdout, if there is one, gets what the process prints on standard output, all
	// of it, and the quotes of [Process.Err] hold standard error alone. It is
	// complete once Done is closed.
	Stdout io.Writer `json:"-"` // stays here: a supervisor's own output leads to it
	// Control gives the process one end of a socketpair as descriptor 3 and
	// AUTHBENCH_CONTROL_FD=3; [Process.Control] is the other end.
	Control bool
	// Foreign marks a program that is not ours: it runs under a supervisor.
	Foreign bool
	// User, of a foreign process, is who runs it and owns its private directory. Only
	// root may choose another than itself, and must for programs that refuse root.
	User string
	// TempDir gives the process a private directory (mode 0700), which is removed
	// at its end. Its path is in AUTHBENCH_TMPDIR and replaces "{tmp}" in Args and
	// Env. Foreign processes only: somebody must be left to remove it.
	TempDir bool
	// Dir is where a foreign process starts; empty: where the harness runs.
	Dir string
	// Cage, of a foreign process, holds a program that nobody trusts; it implies
	// TempDir. Nil: it may do what the harness may.
	Cage *Cage
	// Files are written into the private directory (mode 0600) before the process
	// starts, by base name. They imply TempDir.
	Files map[string][]byte
}

// check returns what is contradictory in s.
func (s Spec) check() error {
	if s.Cage != nil && !s.Foreign {
		return errors.New("only a foreign process can be put into a cage: its supervisor builds it")
	}
	if s.Dir != "" && !s.Foreign {
		return errors.New("a process of ours starts where the harness runs")
	}
	if (s.TempDir || len(s.Files) > 0) && !s.Foreign {
		return errors.New("only a foreign process can have a temporary directory: its supervisor removes it")
	}
	if s.User != "" && !s.Foreign {
		return errors.New("a process of ours runs as the harness does")
	}
	if s.Path == "" && !s.TempDir {
		return errors.New("there is neither a program nor a directory to keep")
	}
	for name := range s.Files {
		if name != filepath.Base(name) || !filepath.IsLocal(name) {
			return fmt.Errorf("file name %q: want a name without directory", name)
		}
	}
	return nil
}

// program finds the file to execute, "" if there is none.
func (s Spec) program() (string, error) {
	if s.Path == "" {
		return "", nil
	}
	path := s.Path
	if s.Dir != "" && strings.ContainsRune(filepath.ToSlash(path), '/') && !filepath.IsAbs(path) {
		path = filepath.Join(s.Dir, path)
	}
	path, err := exec.LookPath(path)
	if err != nil {
		return "", fmt.Errorf("%w; install it, or correct the path of the command", err)
	}
	return path, nil
}
