//go:build !linux

package store

import "time"

// alarm waits with Go's timers, which may come a millisecond late.
type alarm struct{}

func newAlarm() (*alarm, error)           { return &alarm{}, nil }
func (*alarm) wait(d time.Duration) error { time.Sleep(d); return nil }
func (*alarm) close() error               { return nil }
