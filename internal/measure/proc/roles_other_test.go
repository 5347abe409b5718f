//go:build unix && !linux

package proc

// systemRoles are those of this system's tests alone.
var systemRoles map[string]func()
