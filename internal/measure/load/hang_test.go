package load

import (
	"net"
	"testing"
)

// A server that never answers fails every connection's request of a closed load,
// though the requests were sent while settling and time out while draining.
func TestClosedLoadCountsWhatHangs(t *testing.T) {
	silent := func(*net.TCPConn, int, []byte) bool { return true }
	eachEngine(t, func(t *testing.T, e Engine) {
		c := dial(t, e, serve(t, silent), Endpoint{Connections: 3, Timeout: 5 * brief})
		out := run(t, c, Slice{Settle: brief / 2, Measure: brief})
		if out.Errors[ErrorTimeout] < 3 || out.Completed != 0 {
			t.Errorf("%d completed, errors %v; want a timeout per connection", out.Completed, out.Errors)
		}
	})
}
