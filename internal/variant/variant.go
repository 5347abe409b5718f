// Package variant makes the two sides of a gate real. What flows in is what a user
// names: a git ref, a program, a command, or nothing for the files as they are. What
// flows out are the words of a command that runs that side.
//
//  1. [Resolve] finds out which of these a name is.
//  2. A ref is checked out in a temporary worktree. [Side.Prepare] builds it, and the
//     files as they are, anew for every launch, each time with another layout of its
//     functions: the layout alone changes a program's speed by a per cent, which
//     would pass for a change of the code.
//  3. [Side.Words] is the command for the current launch; [Side.Close] removes the
//     worktree and all that was built.
package variant

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is what a side is.
type Kind string

const (
	// Ref is a commit of the repository, built.
	Ref Kind = "ref"
	// Files are those of the working tree as they are, built.
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

	words []string // of a program or a command
	build []string
	// source is where the build command runs, dir what Close removes.
	source, dir string
	worktree    bool
	builds      uint64
	current     string
}

// Resolve finds out what name is, in the git repository that holds the working
// directory. build are the words of the build command for refs and files; {output}
// and {seed} in them are replaced. An empty name stands for the files as they are.
// The caller closes the side.
func Resolve(ctx context.Context, name string, build []string) (*Side, error) {
	s := &Side{Name: name, build: build}
	if name == "" {
		s.Kind, s.Name = Files, "the files as they are"
		return s, s.findSource(ctx)
	}
	if path, ok := program(name); ok {
		s.Kind, s.words = Program, []string{path}
		return s, nil
	}
	commit, err := git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if err == nil {
		s.Kind, s.Commit = Ref, commit
		if err := s.checkOut(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
		return s, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	words, err := Words(name)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("%q names nothing: write a git ref, the path of a program, or a command", name)
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return nil, fmt.Errorf("%q is no git ref here, no program and no command (%w); is the ref fetched (git fetch --depth=…)?", name, err)
	}
	s.Kind, s.words = Command, append([]string{path}, words[1:]...)
	return s, nil
}

// program returns the absolute path of an executable file that name is the path of.
func program(name string) (string, bool) {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return "", false
	}
	path, err := filepath.Abs(name)
	return path, err == nil
}

// findSource makes the files as they are what is built.
func (s *Side) findSource(ctx context.Context) error {
	root, err := git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return fmt.Errorf("find the files to build: %w; run the gate within a git repository, or name a program", err)
	}
	s.source = root
	return s.makeDir()
}

func (s *Side) makeDir() error {
	dir, err := os.MkdirTemp("", "authbench-gate-")
	s.dir = dir
	return err
}

// checkOut makes a worktree of the commit.
func (s *Side) checkOut(ctx context.Context) error {
	if err := s.makeDir(); err != nil {
		return err
	}
	s.source, s.worktree = filepath.Join(s.dir, "source"), true
	if _, err := git(ctx, "worktree", "add", "--quiet", "--detach", s.source, s.Commit); err != nil {
		return fmt.Errorf("check out %s: %w", s.Name, err)
	}
	return nil
}

// Built reports whether the side is built by us, and Layouts whether each launch has
// a layout of its own.
func (s *Side) Built() bool { return s.source != "" }

// Layouts reports whether each launch has a layout of its own.
func (s *Side) Layouts() bool {
	return s.Built() && strings.Contains(strings.Join(s.build, " "), seedPlace)
}

// Prepare makes the program of the next launch. seed decides its layout. Where
// nothing is to be built, or nothing would differ, it does nothing.
func (s *Side) Prepare(ctx context.Context, seed uint64) error {
	if !s.Built() || s.current != "" && !s.Layouts() {
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
	if text, err := run(ctx, s.source, words); err != nil {
		return fmt.Errorf("build %s with %q: %w%s", s.Name, strings.Join(words, " "), err, indented(text))
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

// Words is the command that runs the side in this launch.
func (s *Side) Words() []string {
	if s.Built() {
		return []string{s.current}
	}
	return s.words
}

// Output runs the side with more arguments and returns what it prints on standard
// output. The error is that of a program that could not be run or failed; it comes
// with the output.
func (s *Side) Output(ctx context.Context, args ...string) ([]byte, error) {
	words := append(slices.Clone(s.Words()), args...)
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.WaitDelay = endTime
	inGroup(c)
	text, err := c.Output()
	if ctx.Err() != nil {
		endGroup(c)
		return nil, ctx.Err()
	}
	return text, err
}

// String names the side for people.
func (s *Side) String() string {
	if s.Kind == Ref {
		return fmt.Sprintf("%s (%.12s)", s.Name, s.Commit)
	}
	return s.Name
}

// cleaningTime bounds the removal of a worktree, which nothing may interrupt.
const cleaningTime = 30 * time.Second

// Close removes what the side made.
func (s *Side) Close() error {
	if s.dir == "" {
		return nil
	}
	if !s.worktree {
		return os.RemoveAll(s.dir)
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleaningTime)
	defer cancel()
	_, err := git(ctx, "worktree", "remove", "--force", s.source)
	err = errors.Join(err, os.RemoveAll(s.dir))
	if err != nil {
		// An interruption left half of it. Without its files git forgets the rest.
		_, err = git(ctx, "worktree", "prune")
	}
	return err
}

// git runs git in the working directory and returns what it prints, without the last
// line's end.
func git(ctx context.Context, args ...string) (string, error) {
	text, err := run(ctx, "", append([]string{"git"}, args...))
	if err != nil {
		return "", fmt.Errorf("git %s: %w%s", args[0], err, indented(text))
	}
	return strings.TrimSuffix(text, "\n"), nil
}

// endTime is what a command that was told to end may take for it. The go command
// removes its temporary files in a few milliseconds.
const endTime = 2 * time.Second

// run runs a command to its end, or until ctx ends. It returns what it printed.
func run(ctx context.Context, dir string, words []string) (string, error) {
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Dir = dir
	c.WaitDelay = endTime
	inGroup(c)
	text, err := c.CombinedOutput()
	if ctx.Err() != nil {
		endGroup(c)
		return "", ctx.Err()
	}
	return string(text), err
}

// mostOutput of a failed command is shown: its end, where the reason stands.
const mostOutput = 2000

// indented is a command's output below an error.
func indented(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	if len(text) > mostOutput {
		text = "…" + strings.ToValidUTF8(text[len(text)-mostOutput:], "")
	}
	return "\n  " + strings.ReplaceAll(text, "\n", "\n  ")
}
