package conform

import (
	"context"
	"errors"
	"fmt"
	"time"

	"authbench/internal/measure/load"
)

// maxExamination bounds a whole examination. With an honest server it takes a minute or
// two, most of it waiting. A server that answers good requests and hangs at each hostile
// one would hold it up for an hour.
const maxExamination = 15 * time.Minute

var errTooLong = fmt.Errorf("the examination has not ended within %v: the server answers late, or not at all", maxExamination)

// withDeadline is ctx with the deadline of an examination.
func withDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, maxExamination, errTooLong)
}

// unanswered says why a request got no answer. After a timeout it sends a plain request. If
// that times out, too, the server has stalled and is sent nothing more, so that the
// examination does not wait for it at each case.
func (w *wire) unanswered(ctx context.Context, err error) error {
	err = fmt.Errorf("no answer: %w", err)
	if !isTimeout(err) || ctx.Err() != nil {
		return err
	}
	plain := w.render(Request{Method: defaultMethod, Target: "/"})
	if _, again := load.Exchange(ctx, w.addr, plain, patience); !isTimeout(again) || ctx.Err() != nil {
		return err
	}
	err = fmt.Errorf("the server stalled: it answered neither this nor a plain request within %v", patience)
	w.stalled.Store(&err)
	return err
}

// isTimeout reports whether an exchange timed out.
func isTimeout(err error) bool { return errors.Is(err, context.DeadlineExceeded) }
