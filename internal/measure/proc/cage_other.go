//go:build !linux

package proc

// close leaves the program what this system gives it: its environment alone is its own.
func (c *Cage) close(string) error { return nil }
