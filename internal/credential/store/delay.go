package store

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// delays counts what was added to round trips: timers are late, and what is compared
// is the time that it really was.
type delays struct{ count, sum atomic.Int64 }

func (d *delays) delayed() (int64, time.Duration) {
	return d.count.Load(), time.Duration(d.sum.Load())
}

// dialer returns what connects to a server. With a latency, every answer comes so
// much later: as if the server were in another rack, or another region.
func dialer(latency time.Duration, d *delays) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		tcp, ok := conn.(*net.TCPConn)
		if err != nil || latency == 0 || !ok {
			return conn, err
		}
		wait, err := newAlarm()
		if err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return &distant{TCPConn: tcp, latency: latency, alarm: wait, delays: d}, nil
	}
}

// distant is a connection with a round trip of its own: what comes first after
// something was sent is handed over later. The drivers send a request whole and then
// read: one exchange, one round trip.
//
// A proxy process would keep the cost of waiting out of the server's CPU time, and
// add two passes through the kernel to every exchange, on the same CPU. Waiting here
// costs the server a system call and a wake-up of a goroutine.
type distant struct {
	*net.TCPConn
	latency time.Duration
	alarm   *alarm
	asked   atomic.Bool
	*delays
}

func (d *distant) Write(p []byte) (int, error) {
	d.asked.Store(true)
	return d.TCPConn.Write(p)
}

func (d *distant) Read(p []byte) (int, error) {
	n, err := d.TCPConn.Read(p)
	if n > 0 && d.asked.Swap(false) {
		arrived := time.Now()
		if broken := d.alarm.wait(d.latency); broken != nil {
			return 0, broken
		}
		d.count.Add(1)
		d.sum.Add(time.Since(arrived).Nanoseconds())
	}
	return n, err
}

func (d *distant) Close() error { return errors.Join(d.TCPConn.Close(), d.alarm.close()) }
