package main

import (
	"context"
	"errors"
	"strings"
)

// The exit codes, the same for every command.
const (
	exitOK          = 0
	exitCheck       = 1   // a regression or a failed check
	exitUsage       = 2   // the command line or the scenario is wrong
	exitInvalid     = 3   // the run's numbers may not be used
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

func usageError(err error) error { return &exitError{exitUsage, err} }

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
	case strings.HasPrefix(err.Error(), "unknown command"), strings.HasPrefix(err.Error(), "required flag"):
		return exitUsage // cobra has no type for them
	}
	return exitRuntime
}
