package variant

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                          nil,
		"  \t ":                     nil,
		"one":                       {"one"},
		" one  two\tthree\n":        {"one", "two", "three"},
		`'one two' "three four"`:    {"one two", "three four"},
		`one' two'"three "four`:     {"one twothree four"},
		`'' a ""`:                   {"", "a", ""},
		`one\ two \" \\ a\'b`:       {"one two", `"`, `\`, "a'b"},
		`'a\b' "a\"b"`:              {`a\b`, `a"b`},
		`go build "-ldflags=-s -w"`: {"go", "build", "-ldflags=-s -w"},
		`$HOME *.go ~ a;b`:          {"$HOME", "*.go", "~", "a;b"},
	} {
		got, err := Words(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
	for _, bad := range []string{`'`, `a "b`, `a\`, `"\"`} {
		if words, err := Words(bad); err == nil {
			t.Errorf("%q: %q, want an error", bad, words)
		}
	}
}

// repository makes a git repository with two commits of a script, moves there, and
// keeps temporary files where the test sees them.
func repository(t *testing.T) (tmp string) {
	t.Helper()
	t.Chdir(t.TempDir())
	tmp = t.TempDir()
	t.Setenv("TMPDIR", tmp)
	for _, name := range []string{"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"} {
		t.Setenv(name, "test@example.org")
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	call(t, "git", "init", "--quiet", "--initial-branch=main")
	for _, content := range []string{"old", "new"} {
		write(t, "program.sh", "#!/bin/sh\necho "+content+" $1\n")
		call(t, "git", "add", ".")
		call(t, "git", "commit", "--quiet", "-m", content)
	}
	call(t, "git", "tag", "older", "HEAD~1")
	return tmp
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func call(t *testing.T, words ...string) string {
	t.Helper()
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", words, err, out)
	}
	return strings.TrimSpace(string(out))
}

// copyBuild is a build that shows the seed: a copy of the script that gets it.
var copyBuild = []string{"sh", "-c", `sed "s/\$1/layout $1/" program.sh > "$0" && chmod +x "$0"`, "{output}", "{seed}"}

// checkNothingLeft insists that neither a file nor a worktree is left.
func checkNothingLeft(t *testing.T, tmp string) {
	t.Helper()
	left, err := os.ReadDir(tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the temporary directory: %v %v", left, err)
	}
	if list := call(t, "git", "worktree", "list"); strings.Count(list, "\n") != 0 {
		t.Errorf("worktrees are left:\n%s", list)
	}
}

func TestResolve(t *testing.T) {
	tmp := repository(t)
	write(t, "program.sh", "#!/bin/sh\necho changed $1\n")
	write(t, "there", "#!/bin/sh\necho there\n")
	for _, c := range []struct {
		name string
		kind Kind
		says string
	}{
		{"older", Ref, "old layout 8"},
		{"HEAD", Ref, "new layout 8"},
		{"HEAD~1", Ref, "old layout 8"},
		{call(t, "git", "rev-parse", "--short", "HEAD"), Ref, "new layout 8"},
		{"", Files, "changed layout 8"},
		{"there", Program, "there"},
		{"./there", Program, "there"},
		{"sh -c 'echo command'", Command, "command"},
	} {
		s, err := Resolve(t.Context(), c.name, copyBuild)
		if err != nil {
			t.Errorf("%q: %v", c.name, err)
			continue
		}
		if err := s.Prepare(t.Context(), 7); err != nil {
			t.Errorf("%q: %v", c.name, err)
		} else if says := call(t, s.Words()...); s.Kind != c.kind || says != c.says || s.String() == "" {
			t.Errorf("%q is a %s that says %q, want a %s that says %q", c.name, s.Kind, says, c.kind, c.says)
		}
		if (s.Commit != "") != (c.kind == Ref) || s.Built() != s.Layouts() {
			t.Errorf("%q: %+v", c.name, s)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%q: %v", c.name, err)
		}
		checkNothingLeft(t, tmp)
	}
	for name, want := range map[string]string{
		"no-such-thing": "is the ref fetched", "'open": "quote", " ": "names nothing", "--help": "no git ref", "program.sh:x": "no git ref",
	} {
		if s, err := Resolve(t.Context(), name, copyBuild); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v; want an error with %q", name, s, err, want)
		}
		checkNothingLeft(t, tmp)
	}
}

// Each launch has a layout of its own, and one program at a time; a build that knows
// no layouts is made once.
func TestPrepare(t *testing.T) {
	tmp := repository(t)
	s, err := Resolve(t.Context(), "HEAD", copyBuild)
	if err != nil {
		t.Fatal(err)
	}
	for seed, want := range []string{"new layout 1", "new layout 2", "new layout 3"} {
		if err := s.Prepare(t.Context(), uint64(seed)); err != nil {
			t.Fatal(err)
		}
		if got := call(t, s.Words()...); got != want {
			t.Errorf("seed %d: %q, want %q", seed, got, want)
		}
		if left, _ := filepath.Glob(filepath.Join(tmp, "*", "program-*")); len(left) != 1 {
			t.Errorf("programs %v", left)
		}
	}
	once, err := Resolve(t.Context(), "HEAD", []string{"cp", "program.sh", "{output}"})
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(2) {
		if err := once.Prepare(t.Context(), seed); err != nil {
			t.Fatal(err)
		}
	}
	if once.Layouts() || once.builds != 1 {
		t.Errorf("layouts %v, %d builds", once.Layouts(), once.builds)
	}
	if err := errors.Join(s.Close(), once.Close()); err != nil {
		t.Fatal(err)
	}
	checkNothingLeft(t, tmp)
}

func TestBuildFails(t *testing.T) {
	tmp := repository(t)
	for want, build := range map[string][]string{
		"no good":         {"sh", "-c", "echo no good; exit 1"},
		"left no program": {"true"},
		"executable file": {"no-such-compiler"},
	} {
		s, err := Resolve(t.Context(), "HEAD", build)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Prepare(t.Context(), 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want an error with %q", build, err, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	checkNothingLeft(t, tmp)
}

// An interruption ends the build with all that it started, and leaves nothing.
func TestInterrupted(t *testing.T) {
	tmp := repository(t)
	s, err := Resolve(t.Context(), "HEAD", []string{"sh", "-c", "sleep 1000 & echo $! > started; wait", "{output}"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Prepare(ctx, 1) }()
	var child string // which ignores an interrupt, as what a shell starts in the background does
	for ; child == ""; time.Sleep(time.Millisecond) {
		text, _ := os.ReadFile(filepath.Join(s.source, "started"))
		child = strings.TrimSpace(string(text))
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for exec.Command("kill", "-0", child).Run() == nil {
		time.Sleep(time.Millisecond) // it was killed; its end may take a moment
	}
	if _, err := Resolve(ctx, "HEAD", copyBuild); !errors.Is(err, context.Canceled) {
		t.Errorf("resolved after an interruption: %v", err)
	}
	checkNothingLeft(t, tmp)
}

func TestOutput(t *testing.T) {
	repository(t)
	s, err := Resolve(t.Context(), `sh -c 'echo said; echo noise >&2; exit "$1"' name`, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"0", "1"} {
		text, err := s.Output(t.Context(), code)
		if string(text) != "said\n" || (err != nil) != (code == "1") {
			t.Errorf("exit code %s: %q, %v", code, text, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if text, err := s.Output(ctx, "0"); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %q, %v", text, err)
	}
}

// A worktree that came into being by half, or was removed by somebody else, is
// cleaned up as well.
func TestCloseAfterHalf(t *testing.T) {
	tmp := repository(t)
	for name, spoil := range map[string]func(*Side) error{
		"its files are gone": func(s *Side) error { return os.RemoveAll(s.source) },
		"git's file is gone": func(s *Side) error { return os.Remove(filepath.Join(s.source, ".git")) },
	} {
		s, err := Resolve(t.Context(), "HEAD", copyBuild)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(spoil(s), s.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		checkNothingLeft(t, tmp)
	}
}

// The default build is one of this repository's program, with a layout by seed.
func TestDefaultBuild(t *testing.T) {
	s := Side{build: DefaultBuild, source: "."}
	if !s.Layouts() || !slices.Contains(DefaultBuild, outputPlace) {
		t.Errorf("%v", DefaultBuild)
	}
}
