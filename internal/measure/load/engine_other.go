//go:build !linux

package load

import "fmt"

// Open starts an engine.
func Open(o Options) (Engine, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if o.Name == Uring || o.Name == Epoll {
		return nil, fmt.Errorf("open the engine: %q needs Linux; use %q", o.Name, Portable)
	}
	return openPortable(), nil
}
