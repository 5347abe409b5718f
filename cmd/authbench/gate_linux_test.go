package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Ctrl-C ends a gate and the build that it waits for, reports on what was measured,
// and leaves neither a process nor a worktree.
func TestGateInterrupted(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]string{
		"while it measures": `printf "#!/bin/sh\nexport ` + beMain + `=1\nexec ` + os.Args[0] + ` \"\$@\"\n" > "$0"; chmod +x "$0"`,
		"while it builds":   `touch builds; sleep 300`,
	} {
		t.Run(name, func(t *testing.T) {
			repository := gitRepository(t)
			dir := filepath.Join(t.TempDir(), "out")
			h := startIn(t, repository, "gate", "--base", "HEAD", "--build", `sh -c '`+strings.ReplaceAll(build, `'`, `'\''`)+`' {output}`, "--out", dir, tinyGate(t))
			if name == "while it builds" {
				h.untilBuilds("builds")
			} else {
				h.untilMeasured(dir)
			}
			children := descendants(t, h.Process.Pid)
			if err := h.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			if code := h.code(); code != "130" {
				t.Errorf("exit code %s, want 130\n%s", code, h.stderr.String())
			}
			untilGone(t, children)
			untilEmpty(t, h.tmp)
			if list := git(t, repository, "worktree", "list"); strings.Count(list, "\n") != 1 {
				t.Errorf("worktrees are left:\n%s", list)
			}
			if measured := strings.Contains(h.stdout.String(), "INCONCLUSIVE"); measured != (name == "while it measures") {
				t.Errorf("printed:\n%s", h.stdout.String())
			}
		})
	}
}

// untilBuilds waits until the builds of both sides, each in a worktree of its own, have
// made a file.
func (h *harness) untilBuilds(file string) {
	h.t.Helper()
	until(h.t, "it builds", func() bool {
		made, err := filepath.Glob(filepath.Join(h.tmp, "*", "source", file))
		return err == nil && len(made) == 2
	})
}

// gitRepository makes a repository with one commit.
func gitRepository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "init", "--quiet")
	git(t, dir, "add", ".")
	git(t, dir, "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "-m", "first")
	return dir
}

// git runs git in a folder.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("git", args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// tinyGate writes a scenario whose launches take a moment.
func tinyGate(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.yaml")
	if err := os.WriteFile(path, []byte(`question: Does a gate work?
baseline: apikey
rounds: 1
slice: 20ms
settle: 5ms
warmup: 20ms
population: {credentials: 40, bad_share: 0.2}
loads:
  - {name: open, kind: open, connections: 8, rate: 4000}
arms:
  - {name: apikey, method: {id: apikey}}
`), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
