package load

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// A target whose connections time out may be one that closes each; one that refuses them is not.
func TestGoneSaysWhatMayBeWrong(t *testing.T) {
	for _, c := range []struct {
		why  error
		hint bool
	}{
		{fmt.Errorf("connect: %w", syscall.ETIMEDOUT), true},
		{fmt.Errorf("dial: %w", os.ErrDeadlineExceeded), true},
		{syscall.ECONNREFUSED, false},
	} {
		err := gone(c.why)
		if !errors.Is(err, ErrGone) || !errors.Is(err, c.why) || strings.Contains(err.Error(), "HTTP/1.0") != c.hint {
			t.Errorf("%v", err)
		}
	}
}
