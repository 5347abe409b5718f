package sides

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// copyFiles makes a worktree of the last commit, and then of it what the files are now:
// those that git tracks, and new ones that it does not ignore.
func (s *Side) copyFiles(ctx context.Context) error {
	root, err := git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return fmt.Errorf("find the files to build: %w; run the gate within a git repository, or name a program", err)
	}
	if err := s.checkOut(ctx, "HEAD"); err != nil {
		return err
	}
	removed, err := git(ctx, "-C", root, "diff", "--no-renames", "--name-only", "--diff-filter=D", "-z", "HEAD")
	if err != nil {
		return fmt.Errorf("find the files that were removed: %w", err)
	}
	there, err := git(ctx, "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return fmt.Errorf("find the files to build: %w", err)
	}
	from, err := os.OpenRoot(root)
	if err != nil {
		return fmt.Errorf("read the files to build: %w", err)
	}
	defer from.Close() // only read
	to, err := os.OpenRoot(s.source)
	if err != nil {
		return fmt.Errorf("copy the files to build: %w", err)
	}
	defer to.Close() // each file was closed
	for _, path := range names(removed) {
		if err := to.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("copy the files to build: %w", err)
		}
	}
	for _, path := range names(there) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := copyFile(from, to, path); err != nil {
			return fmt.Errorf("copy the files to build: %w", err)
		}
	}
	return nil
}

// names are the paths that git lists with -z.
func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == 0 })
}

// copyFile copies a file or a symbolic link. What is neither (a submodule), or was
// removed, is left as it is; a path that leads out of either tree is an error.
func copyFile(from, to *os.Root, path string) error {
	info, err := from.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	if err != nil {
		return err
	}
	isLink := info.Mode()&fs.ModeSymlink != 0
	if !isLink && !info.Mode().IsRegular() {
		return nil
	}
	// A file may stand where a directory stood, or a link where a file stood.
	if err := errors.Join(to.RemoveAll(path), to.MkdirAll(filepath.Dir(path), 0o755)); err != nil {
		return err
	}
	if isLink {
		target, err := from.Readlink(path)
		if err != nil {
			return err
		}
		return to.Symlink(target, path)
	}
	content, err := from.ReadFile(path)
	if err != nil {
		return err
	}
	return to.WriteFile(path, content, info.Mode().Perm())
}
