package conform

import (
	"context"
	"errors"
	"fmt"
	"time"

	"authbench/internal/measure/load"
)

// longestExamination bounds a whole examination. With an honest server it takes a minute or
// two, most of it waiting. A server that answers good requests and hangs at each hostile
// one would hold it up for an hour.
const longestExamination = 15 * time.Minute

var errLongest = fmt.Errorf("the examination has not ended within %v: the server answers late, or not at all", longestExamination)

// bounded is ctx with the deadline of an examination.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, longestExamination, errLongest)
}

// unanswered says why a request got no answer. After a timeout it sends a plain request. If
// that times out, too, the server has stalled and is sent nothing more, so that the
// examination does not wait for it at each case.
func (w *wire) unanswered(ctx context.Context, err error) error {
	err = fmt.Errorf("no answer: %w", err)
	if !late(err) || ctx.Err() != nil {
		return err
	}
	plain := w.render(Request{Method: usualMethod, Target: "/"})
	if _, again := load.Exchange(ctx, w.addr, plain, patience); !late(again) || ctx.Err() != nil {
		return err
	}
	err = fmt.Errorf("the server stalled: it answered neither this nor a plain request within %v", patience)
	w.stalled.Store(&err)
	return err
}

// late reports whether an exchange timed out.
func late(err error) bool { return errors.Is(err, context.DeadlineExceeded) }
