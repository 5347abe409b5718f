//go:build !unix

package main

import "errors"

// halt fails: this system has no signal that stops a process.
func halt(int) error { return errors.ErrUnsupported }

func resume(int) error { return errors.ErrUnsupported }
