package sides

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

	"authbench/internal/measure/proc"
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

// TestMain makes this binary the supervisor of builds.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == proc.SuperviseArg {
		os.Exit(proc.Supervise(os.Args[2:]))
	}
	os.Exit(m.Run())
}

func starter(t *testing.T) *proc.Starter {
	t.Helper()
	s, err := proc.NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
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
		{"./there", Program, "there"},
		{"sh -c 'echo command'", Command, "command"},
	} {
		s, err := Resolve(t.Context(), c.name, copyBuild)
		if err != nil {
			t.Errorf("%q: %v", c.name, err)
			continue
		}
		if err := s.Prepare(t.Context(), starter(t), 7); err != nil {
			t.Errorf("%q: %v", c.name, err)
		} else if says := call(t, s.Words()...); s.Kind != c.kind || says != c.says || s.String() == "" {
			t.Errorf("%q is a %s that says %q, want a %s that says %q", c.name, s.Kind, says, c.kind, c.says)
		}
		if (s.Commit != "") != (c.kind == Ref) || (s.Dir() != "") != s.Layouts() {
			t.Errorf("%q: %+v", c.name, s)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%q: %v", c.name, err)
		}
		checkNothingLeft(t, tmp)
	}
	for name, want := range map[string]string{
		"no-such-thing": "is the ref fetched", "'open": "quote", " ": "names nothing", "program.sh:x": "no git ref",
		"--help": "./--help", "--upload-pack=./there": "begins as an option", "-x y": "./-x",
		"there": "write ./there", "sh": "path with a separator", "false": "path with a separator",
	} {
		if s, err := Resolve(t.Context(), name, copyBuild); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v; want an error with %q", name, s, err, want)
		}
		checkNothingLeft(t, tmp)
	}
}

// What a change adds to the tree, or to the repository, does not decide what a name
// stands for.
func TestAmbiguous(t *testing.T) {
	tmp := repository(t)
	old, now := call(t, "git", "rev-parse", "older"), call(t, "git", "rev-parse", "HEAD")
	short := old[:7]
	if err := os.MkdirAll("refs/heads", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"main", old, short, "refs/heads/main", "older"} {
		write(t, name, "#!/bin/sh\necho head\n")
		_, err := Resolve(t.Context(), name, copyBuild)
		if path, _ := filepath.Abs(name); err == nil || !strings.Contains(err.Error(), "git ref, and a program") || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v; want an error that says how to write the program", name, err)
			continue
		}
		// As the error says to write the ref.
		_, rest, _ := strings.Cut(err.Error(), "write ")
		as, _, _ := strings.Cut(rest, " for the ref")
		checkKind(t, as, Ref)
		checkKind(t, "./"+name, Program)
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	// Refs of one name, and of another commit's.
	for name, ref := range map[string]string{"main": "refs/tags/main", "older": "refs/heads/older", short: "refs/heads/" + short, "HEAD": "refs/heads/HEAD"} {
		other := old
		if call(t, "git", "rev-parse", name) == old {
			other = now
		}
		call(t, "git", "update-ref", ref, other)
		for _, asked := range []string{name, name + "^{commit}"} {
			if s, err := Resolve(t.Context(), asked, copyBuild); err == nil || !strings.Contains(err.Error(), "ambiguous") || !strings.Contains(err.Error(), ref) {
				t.Errorf("%q: %+v, %v; want it ambiguous", asked, s, err)
			}
		}
		call(t, "git", "update-ref", "-d", ref)
	}
	checkNothingLeft(t, tmp)
}

func checkKind(t *testing.T, name string, want Kind) {
	t.Helper()
	s, err := Resolve(t.Context(), name, copyBuild)
	if err != nil || s.Kind != want {
		t.Errorf("%q: %+v, %v; want a %s", name, s, err, want)
		return
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A ref that moves afterwards is what it was.
func TestRefMoves(t *testing.T) {
	tmp := repository(t)
	s, err := Resolve(t.Context(), "main", copyBuild)
	if err != nil {
		t.Fatal(err)
	}
	call(t, "git", "update-ref", "refs/heads/main", call(t, "git", "rev-parse", "older"))
	if err := s.Prepare(t.Context(), starter(t), 7); err != nil {
		t.Fatal(err)
	}
	if got := call(t, s.Words()...); got != "new layout 8" {
		t.Errorf("got %q, want the commit that main was", got)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	checkNothingLeft(t, tmp)
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
		if err := s.Prepare(t.Context(), starter(t), uint64(seed)); err != nil {
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
		if err := once.Prepare(t.Context(), starter(t), seed); err != nil {
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
		"left no program": {"true", "{output}"},
		"executable file": {"no-such-compiler"},
	} {
		s, err := Resolve(t.Context(), "HEAD", build)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Prepare(t.Context(), starter(t), 1); err == nil || !strings.Contains(err.Error(), want) {
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
	building := starter(t)
	ended := make(chan error)
	go func() { ended <- s.Prepare(ctx, building, 1) }()
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
