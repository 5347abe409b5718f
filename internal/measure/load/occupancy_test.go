package load

import (
	"bytes"
	"math"
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// TestOccupancy: the engine's count of the time in the system is what the response
// times add up to, of good and bad credentials together, and no less than what the
// server's delays alone amount to.
func TestOccupancy(t *testing.T) {
	const delay, requests, gap = 2 * time.Millisecond, 40, time.Second / 2000
	eachEngine(t, func(t *testing.T, e Engine) {
		slow := func(c *net.TCPConn, n int, b []byte) bool {
			time.Sleep(delay)
			if bytes.Contains(b, []byte("valid-")) {
				return always(ok)(c, n, b)
			}
			return always("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")(c, n, b)
		}
		out := few(t, dial(t, e, serve(t, slow), Endpoint{Workload: mixed(t)}), requests)
		if out.Completed != requests || out.Refused.Response.Count() == 0 {
			t.Fatalf("%d answers, %d of them refusals", out.Completed, out.Refused.Response.Count())
		}
		responses := 0.0
		for _, l := range []Latencies{out.Valid, out.Refused} {
			responses += l.Response.Mean() * float64(l.Response.Count())
		}
		// Histograms keep three digits.
		if occupancy := float64(out.Occupancy); math.Abs(occupancy/responses-1) > 0.002 {
			t.Errorf("%v in the system, by the response times %v", out.Occupancy, time.Duration(responses))
		}
		// On one connection, request i is answered after i + 1 delays.
		least := time.Duration(0)
		for i := range time.Duration(requests) {
			least += (i+1)*delay - i*gap
		}
		if out.Occupancy < least {
			t.Errorf("%v in the system, at least %v by the server's delays", out.Occupancy, least)
		}
	})
}

// TestOccupancyOfFailures: a request that fails leaves the system, too; one that
// is never sent does not enter it.
func TestOccupancyOfFailures(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		var asked atomic.Int64
		fickle := func(c *net.TCPConn, n int, b []byte) bool {
			return asked.Add(1)%3 != 0 && always(ok)(c, n, b)
		}
		// A GET would be sent again.
		out := few(t, dial(t, e, serve(t, fickle), Endpoint{Connections: 4, Workload: plain(t, "POST")}), 40)
		if out.Errors[ErrorClosed] == 0 || out.Occupancy <= 0 || out.Occupancy > time.Minute {
			t.Errorf("%v in the system, errors %v", out.Occupancy, out.Errors)
		}
		silent := func(*net.TCPConn, int, []byte) bool { return true }
		out = few(t, dial(t, e, serve(t, silent), Endpoint{Timeout: brief}), 20)
		if out.Sent == out.Scheduled || out.Occupancy < time.Duration(out.Sent)*brief || out.Occupancy > time.Minute {
			t.Errorf("%v in the system; %d of %d requests sent, each for %v", out.Occupancy, out.Sent, out.Scheduled, brief)
		}
	})
}
