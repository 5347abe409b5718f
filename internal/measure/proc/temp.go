package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// tempPrefix begins the names of temporary directories. What follows says whose they
// are: the namespace of process ids, the id, and when the process began.
const tempPrefix = "authbench-"

// MakeTemp makes a temporary directory (mode 0700) that [SweepTemp] removes when this
// process is dead and did not.
func MakeTemp() (string, error) {
	dir, err := os.MkdirTemp("", tempPrefix+ownerMark(os.Getpid())+"-")
	if err != nil {
		return "", fmt.Errorf("make a temporary directory: %w; free some space, or set TMPDIR to a directory that can be written", err)
	}
	return dir, nil
}

// SweepTemp removes the temporary directories of processes that died before they could.
// It returns those that it has removed. A process in another namespace cannot be seen
// from here: its directories stay.
func SweepTemp() ([]string, error) {
	found, err := filepath.Glob(filepath.Join(os.TempDir(), tempPrefix+"*-*-*-*"))
	if err != nil {
		return nil, fmt.Errorf("look for what dead processes left: %w", err)
	}
	space, _, _ := strings.Cut(ownerMark(os.Getpid()), "-")
	var swept []string
	var errs []error
	for _, path := range found {
		mark := strings.TrimPrefix(filepath.Base(path), tempPrefix)
		mark = mark[:strings.LastIndexByte(mark, '-')]
		parts := strings.Split(mark, "-")
		pid, err := strconv.Atoi(parts[min(1, len(parts)-1)])
		info, statErr := os.Lstat(path)
		if len(parts) != 3 || parts[0] != space || err != nil || statErr != nil || !info.IsDir() || ownerMark(pid) == mark {
			continue
		}
		if err := RemoveTemp(path); errors.Is(err, fs.ErrPermission) {
			continue // another user's
		} else if err != nil {
			errs = append(errs, err)
			continue
		}
		swept = append(swept, path)
	}
	return swept, errors.Join(errs...)
}

// RemoveTemp removes a temporary directory, folders that were made read-only included.
func RemoveTemp(dir string) error {
	err := os.RemoveAll(dir)
	if errors.Is(err, fs.ErrPermission) {
		_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if entry != nil && entry.IsDir() {
				_ = os.Chmod(path, 0o700) //nolint:gosec // a folder that cannot be entered cannot be emptied
			}
			return nil // the next attempt says what is left
		})
		err = os.RemoveAll(dir)
	}
	if err != nil {
		return fmt.Errorf("remove the temporary directory: %w", err)
	}
	return nil
}

// removeAll removes a directory, if there is one.
func removeAll(dir string) error {
	if dir == "" {
		return nil
	}
	return RemoveTemp(dir)
}
