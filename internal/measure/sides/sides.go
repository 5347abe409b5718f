// Package sides makes the two sides of a gate real. What flows in is what a user
// names: a git ref, a program, a command, or nothing for the files as they are. What
// flows out are the words of a command that runs that side.
//
//  1. [Resolve] finds out which of these a name is. A name that git knows is a ref; a
//     program is a path with a separator. What could be either is an error: head's
//     files must not decide what base is.
//  2. A ref is checked out in a temporary worktree, and so are the files as they are,
//     but those that git ignores: no build writes to the user's files, or to the
//     repository, whose settings decide what git runs. [Side.Prepare] builds there, once,
//     or, where the build command takes a seed, anew for every launch with another layout
//     of its functions: the layout alone changes a program's speed by a per cent, which
//     would pass for a change of the code. What needs no build has none.
//  3. A build runs in a cage (see [proc.Cage]): it writes to its own directories. That
//     of an untrusted side has caches of its own, or it could put objects into those
//     that the other side is linked from.
//  4. [Side.Words] is the command for the current launch, and [Side.Dir] where a command
//     starts that runs what was checked out; [Side.Close] removes the worktree and all
//     that was built, and [Sweep] what a killed gate left.
package sides

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"authbench/internal/measure/proc"
)

// Kind is what a side is.
type Kind string

const (
	// Ref is a commit of the repository, built.
	Ref Kind = "ref"
	// Files is the working tree as it is, built.
	Files Kind = "files"
	// Program is an executable file.
	Program Kind = "program"
	// Command is a program with arguments.
	Command Kind = "command"
)

// Places in the words of a build command.
const (
	outputPlace = "{output}"
	seedPlace   = "{seed}"
)

// DefaultBuild builds authbench itself, as its Makefile does. Without symbols the
// linker takes a third of the time, of which each launch has two.
var DefaultBuild = []string{
	"env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -randlayout=" + seedPlace, "-o", outputPlace, "./cmd/authbench",
}

// Side is one of the two programs that are compared.
type Side struct {
	Kind Kind
	// Name is what the user called it, Commit the commit that a ref stands for.
	Name, Commit string
	// Untrusted says that its build must not get at what other builds use.
	Untrusted bool

	words []string // of a program or a command
	build []string // empty: nothing is built
	// source is the worktree, place the user's folder in it, dir what Close removes.
	source, place, dir string
	worktree           bool
	builds             uint64
	current            string
	environment        *environment // of builds, nil before the first
}

// Resolve finds out what name is, in the git repository that holds the working
// directory. build are the words of the build command for refs and files; {output}
// and {seed} in them are replaced. It runs in the worktree's folder that is the working
// directory here. None: nothing is built. An empty name stands for the files as they are. A
// ref is looked up once: what it points to later is of no account. The caller closes
// the side.
func Resolve(ctx context.Context, name string, build []string) (*Side, error) {
	s := &Side{Name: name, build: build}
	if name == "" {
		s.Kind, s.Name = Files, "the files as they are"
		if err := errors.Join(s.copyFiles(ctx), s.findPlace()); err != nil {
			return nil, errors.Join(err, s.Close())
		}
		return s, nil
	}
	words, err := Words(name)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("%q names nothing: write a git ref, the path of a program, or a command", name)
	}
	if strings.HasPrefix(words[0], "-") {
		return nil, fmt.Errorf("%q begins as an option does: it is no git ref, and a program of that name is written ./%s", name, words[0])
	}
	if s.Commit, err = commit(ctx, name); err != nil {
		return nil, err
	}
	path, isProgram := program(name)
	switch {
	case s.Commit != "" && isProgram:
		return nil, fmt.Errorf("%q is a git ref, and a program here: write %s for the ref, or %s for the program", name, written(ctx, name), path)
	case s.Commit != "":
		s.Kind = Ref
		if err := errors.Join(s.checkOut(ctx, s.Commit), s.findPlace()); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	case isProgram && hasSeparator(name):
		s.Kind, s.words = Program, []string{path}
	case isProgram:
		return nil, fmt.Errorf("%q is no git ref here, and a program is named by a path with a separator: write ./%s for it; is the ref fetched (git fetch --depth=…)?", name, name)
	default:
		s.Kind, s.words = Command, words
		return s, s.findCommand()
	}
	return s, nil
}

// findPlace insists that the user's folder is in the worktree.
func (s *Side) findPlace() error {
	if s.place == "" {
		return nil // it was not checked out, which is an error of its own
	}
	if info, err := os.Stat(s.place); err != nil || !info.IsDir() {
		folder, _ := filepath.Rel(s.source, s.place)
		return fmt.Errorf("%s has no folder %s, in which this command runs: commit it first, or name a ref that has it", s.Name, folder)
	}
	return nil
}

// findCommand looks the command's program up. One word alone may be a branch that was
// not fetched, and a program as well ("test"): it is taken for neither.
func (s *Side) findCommand() error {
	path, err := exec.LookPath(s.words[0])
	switch {
	case err != nil:
		return fmt.Errorf("%q is no git ref here, no program and no command; is the ref fetched (git fetch --depth=…)?", s.Name)
	case len(s.words) == 1 && !hasSeparator(s.Name):
		return fmt.Errorf("%q is no git ref here, and a program is named by a path with a separator: write %s for it; is the ref fetched (git fetch --depth=…)?", s.Name, path)
	}
	s.words = append([]string{path}, s.words[1:]...)
	return nil
}

func hasSeparator(name string) bool {
	return strings.ContainsRune(name, '/') || strings.ContainsRune(name, filepath.Separator)
}

// program returns the absolute path of an executable file that name is the path of.
func program(name string) (string, bool) {
	info, err := os.Stat(name)
	if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
		return "", false
	}
	path, err := filepath.Abs(name)
	return path, err == nil
}

func (s *Side) makeDir() (err error) {
	s.dir, err = proc.MakeTemp()
	return err
}

// Dir is the user's folder in the worktree of a ref or of the files as they are, empty
// for other sides.
func (s *Side) Dir() string { return s.place }

// Layouts reports whether each launch has a layout of its own.
func (s *Side) Layouts() bool { return s.takes(seedPlace) }

// Runs reports whether there is a program that [Side.Words] names: one that the user
// named, or that the build leaves in {output}.
func (s *Side) Runs() bool { return s.source == "" || s.takes(outputPlace) }

// Bare reports whether it is what git has, and nothing was built.
func (s *Side) Bare() bool { return s.source != "" && len(s.build) == 0 }

// takes reports whether the build command takes what stands for a place.
func (s *Side) takes(place string) bool {
	return s.source != "" && strings.Contains(strings.Join(s.build, " "), place)
}

// Prepare makes the program of the next launch. seed decides its layout. Where
// nothing is to be built, or nothing would differ, it does nothing.
func (s *Side) Prepare(ctx context.Context, starter *proc.Starter, seed uint64) error {
	if s.source == "" || len(s.build) == 0 || s.builds > 0 && !s.Layouts() {
		return nil
	}
	s.builds++
	output := filepath.Join(s.dir, "program-"+strconv.FormatUint(s.builds, 10))
	words := make([]string, len(s.build))
	for i, w := range s.build {
		// The linker takes 0 for no seed, and a number of 32 bits.
		w = strings.ReplaceAll(w, seedPlace, strconv.FormatUint(seed%(1<<31-1)+1, 10))
		words[i] = strings.ReplaceAll(w, outputPlace, output)
	}
	if err := s.make(ctx, starter, words); err != nil {
		return fmt.Errorf("build %s with %q: %w", s.Name, strings.Join(words, " "), err)
	}
	if !s.Runs() {
		return nil // what was made lies where the commands that run it look
	}
	if _, ok := program(output); !ok {
		return fmt.Errorf("build %s: %q left no program in %s", s.Name, strings.Join(words, " "), outputPlace)
	}
	previous := s.current
	s.current = output
	if previous != "" {
		return os.Remove(previous)
	}
	return nil
}

// Words is the command that runs the side in this launch, none if it does not run by
// itself.
func (s *Side) Words() []string {
	if s.current != "" {
		return []string{s.current}
	}
	return s.words
}

// String names the side for people.
func (s *Side) String() string {
	if s.Kind == Ref {
		return fmt.Sprintf("%s (%.12s)", s.Name, s.Commit)
	}
	return s.Name
}

// Close removes what the side made.
func (s *Side) Close() error {
	if s.dir == "" {
		return nil
	}
	err := proc.RemoveTemp(s.dir)
	if !s.worktree {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleaningTime)
	defer cancel()
	// Without its files git forgets the worktree.
	_, gitErr := git(ctx, "worktree", "prune")
	return errors.Join(err, gitErr)
}

// Sweep removes what sides left whose gate was killed, and returns where that was.
func Sweep(ctx context.Context) ([]string, error) {
	swept, err := proc.SweepTemp()
	if err != nil || len(swept) == 0 {
		return swept, err
	}
	// Outside of a repository there are no worktrees to forget.
	_, _ = git(ctx, "worktree", "prune")
	return swept, nil
}
