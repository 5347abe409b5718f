package load

import "fmt"

// Open starts an engine.
func Open(o Options) (Engine, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Name == Portable || o.Name != Epoll && canSleep() != nil {
		return openPortable(), nil
	}
	e, err := openEpoll(o)
	if err != nil {
		return nil, fmt.Errorf("open the engine: %w", err)
	}
	return e, nil
}
