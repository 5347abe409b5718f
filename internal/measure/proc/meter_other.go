//go:build !linux

package proc

import (
	"errors"
	"fmt"
	"time"
)

// CanMeter says that another process's CPU clock and memory can be read.
const CanMeter = false

// meter: no portable call reads another process's clock.
type meter struct{}

func newMeter(int) *meter     { return &meter{} }
func newTreeMeter(int) *meter { return &meter{} }
func (*meter) refresh() error { return nil }
func (*meter) whole() error   { return nil }
func (*meter) close()         {}
func killDescendants(int)     {}
func (*meter) pss() (int64, error) {
	return 0, fmt.Errorf("memory of another process: %w", errors.ErrUnsupported)
}
func (*meter) cpu() (time.Duration, error) {
	return 0, fmt.Errorf("CPU clock of another process: %w", errors.ErrUnsupported)
}
