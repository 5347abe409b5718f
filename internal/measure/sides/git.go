package sides

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// commit returns the commit that name stands for, "" if git knows none. A name that
// stands for several is an error: git would take one of them.
func commit(ctx context.Context, name string) (string, error) {
	found, err := git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", nil //nolint:nilerr // no ref, or no repository
	}
	meant := meanings(ctx, bare(name))
	for _, full := range meant {
		// A branch may be called like a commit, or like a tag.
		if other, err := git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", full+strings.TrimPrefix(name, bare(name))+"^{commit}"); err != nil || other != found {
			return "", fmt.Errorf("%q is ambiguous in git: write the whole of %s", name, strings.Join(meant, " or "))
		}
	}
	return found, nil
}

// bare is a revision without what is asked of it ("main~3", "v1^{commit}").
func bare(name string) string {
	end := len(name)
	for _, mark := range []string{"^", "~", "@{", ":"} {
		if i := strings.Index(name, mark); i > 0 {
			end = min(end, i)
		}
	}
	return name[:end]
}

// places are where git looks for a ref by a short name (gitrevisions(7)).
var places = []string{"refs/", "refs/tags/", "refs/heads/", "refs/remotes/"}

// meanings are the refs that a short name may stand for, and the commits that it may
// abbreviate, each by its full name.
func meanings(ctx context.Context, name string) []string {
	var out []string
	for _, place := range places {
		if _, err := git(ctx, "show-ref", "--verify", "--quiet", "--", place+name); err == nil {
			out = append(out, place+name)
		}
	}
	if isHash(name) {
		objects, err := git(ctx, "rev-parse", "--disambiguate="+name)
		for _, object := range strings.Fields(objects) {
			if kind, kindErr := git(ctx, "cat-file", "-t", object); err == nil && kindErr == nil && kind == "commit" {
				out = append(out, object)
			}
		}
	}
	return out
}

// leastHash is the shortest abbreviation that git takes.
const leastHash = 4

func isHash(name string) bool {
	return len(name) >= leastHash && strings.Trim(name, "0123456789abcdefABCDEF") == ""
}

// written is a way to write a ref that no file is called by.
func written(ctx context.Context, name string) string {
	for _, full := range meanings(ctx, name) {
		if _, taken := program(full); !taken && full != name {
			return full
		}
	}
	return name + "^{commit}"
}

// checkOut makes a worktree of a commit.
func (s *Side) checkOut(ctx context.Context, commit string) error {
	if err := s.makeDir(); err != nil {
		return err
	}
	s.source, s.worktree = filepath.Join(s.dir, "source"), true
	if _, err := git(ctx, "worktree", "add", "--quiet", "--detach", s.source, commit); err != nil {
		return fmt.Errorf("check out %s: %w", s.Name, err)
	}
	prefix, err := git(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return fmt.Errorf("find the folder in %s: %w", s.Name, err)
	}
	s.place = filepath.Join(s.source, filepath.FromSlash(prefix))
	return nil
}

const (
	// cleaningTime bounds the end of a worktree, which nothing may interrupt.
	cleaningTime = 30 * time.Second
	// endTime is what git gets to end when it is told to.
	endTime = 2 * time.Second
)

// git runs git in the working directory and returns what it prints, without the last
// line's end. Nothing that a build may have put into the repository is run.
func git(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, "git", append([]string{"-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"}, args...)...)
	c.WaitDelay = endTime
	inGroup(c)
	text, err := c.Output()
	if ctx.Err() != nil {
		endGroup(c)
		return "", ctx.Err()
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("%w%s", err, indented(string(exit.Stderr)))
	}
	if err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSuffix(string(text), "\n"), nil
}

// indented is a command's output below an error.
func indented(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	return "\n  " + strings.ReplaceAll(text, "\n", "\n  ")
}
