package conform

import (
	"context"
	"errors"
	"fmt"
	"time"

	"authbench/internal/measure/load"
)

// longestExamination bounds an examination as a whole. An honest server is through in a
// minute or two, most of which cases wait; one that answers good requests and hangs at
// each hostile one would hold it up for an hour.
const longestExamination = 15 * time.Minute

var errLongest = fmt.Errorf("the examination has not ended within %v: the server answers late, or not at all", longestExamination)

// bounded is ctx until the examination must have ended.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, longestExamination, errLongest)
}

// unanswered says why a request got no answer. Where that was for time, it sends a plain
// request: a server that does not answer that one either has stalled, and is not asked
// any more, so that an examination does not wait for it at each of its cases.
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

// late reports whether an exchange ended because its time was over.
func late(err error) bool { return errors.Is(err, context.DeadlineExceeded) }
