package main

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"authbench/internal/result"
	"authbench/internal/result/limit"
)

// The exit codes, the same for every command.
const (
	exitOK          = 0
	exitCheck       = 1   // a regression or a failed check
	exitUsage       = 2   // the command line, or a file that it names, is wrong
	exitInvalid     = 3   // the run's numbers may not be used, or are suspicious under --strict
	exitRuntime     = 4   // something failed on the way
	exitInterrupted = 130 // as shells report a process that SIGINT ended
)

// exitError carries an exit code.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// commandVerdict is what a command found that decides its exit code.
type commandVerdict struct {
	// failed are the checks that failed; they count even if the figures are invalid.
	failed []string
	limits []limit.Judged
	// invalid and suspicious say why the figures are so; "" if they are not.
	invalid, suspicious string
	// strict makes suspicious figures an error.
	strict bool
}

// err is nil if all is well. A broken limit on counts is a failed check even if the figures are
// invalid, because noise does not cause an answer of 500. Other limits are not judged then.
func (j commandVerdict) err() error {
	failed := slices.Clone(j.failed)
	for _, l := range limit.Failed(j.limits) {
		if j.invalid == "" || l.Counted() {
			failed = append(failed, "--fail-on: "+l.String())
		}
	}
	switch {
	case len(failed) > 0:
		if j.invalid != "" {
			failed = append(failed, j.invalid)
		}
		return &exitError{exitCheck, errors.New(strings.Join(failed, "; "))}
	case j.invalid != "":
		return &exitError{exitInvalid, errors.New(j.invalid)}
	case j.suspicious != "" && j.strict:
		return &exitError{exitInvalid, errors.New("--strict: " + j.suspicious)}
	}
	return nil
}

// usageError marks an error of the command line, unless it is an interruption.
func usageError(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &exitError{exitUsage, err}
}

// pathError marks an error of the command line if a path cannot exist: below a file, or in a
// directory that does not exist. Missing permission, or a full disk, is no such error.
func pathError(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR) {
		return usageError(err)
	}
	return err
}

// exitCode maps the error of a command to the program's exit code.
func exitCode(err error) int {
	var exit *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return exit.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, result.ErrExists):
		return exitUsage
	case strings.HasPrefix(err.Error(), "unknown command"), strings.HasPrefix(err.Error(), "required flag"):
		return exitUsage // cobra has no type for them
	}
	return exitRuntime
}
