package store

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// Dialer connects to a server as if it were as far away as Latency says, in another rack
// or another region: every answer comes so much later. It counts what it added: timers are
// late, and what is compared is the time that it really was.
type Dialer struct {
	Latency    time.Duration
	count, sum atomic.Int64
}

// Delayed returns how many answers were held up, and for how long in all.
func (d *Dialer) Delayed() (int64, time.Duration) {
	return d.count.Load(), time.Duration(d.sum.Load())
}

// Dial connects.
func (d *Dialer) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	tcp, ok := conn.(*net.TCPConn)
	if err != nil || d.Latency == 0 || !ok {
		return conn, err
	}
	wait, err := newAlarm()
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &distant{TCPConn: tcp, alarm: wait, dialer: d}, nil
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
	alarm  *alarm
	asked  atomic.Bool
	dialer *Dialer
}

func (d *distant) Write(p []byte) (int, error) {
	d.asked.Store(true)
	return d.TCPConn.Write(p)
}

func (d *distant) Read(p []byte) (int, error) {
	n, err := d.TCPConn.Read(p)
	if n > 0 && d.asked.Swap(false) {
		arrived := time.Now()
		if broken := d.alarm.wait(d.dialer.Latency); broken != nil {
			return 0, broken
		}
		d.dialer.count.Add(1)
		d.dialer.sum.Add(time.Since(arrived).Nanoseconds())
	}
	return n, err
}

func (d *distant) Close() error { return errors.Join(d.TCPConn.Close(), d.alarm.close()) }
