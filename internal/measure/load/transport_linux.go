package load

import "syscall"

// transport is a shard's way to the kernel. The shard decides what is sent when,
// and what an answer means; the transport moves bytes. Its five methods are what
// a socket's life and a thread's wait consist of.
//
// What comes, a transport tells the shard from within wait, and only from there:
// connected or unconnected once for each open that returned no error, then
// received for bytes, then at most one of ended and broken. It says nothing of a
// connection that the shard has dropped since, even if the kernel had it before.
type transport interface {
	// open starts to connect c, which has no socket.
	open(c *conn) syscall.Errno
	// send sends c.unsent, and takes off it what it need not come back to; the
	// rest follows by itself. The bytes stay as they are until the request is
	// answered or c is dropped.
	send(c *conn) syscall.Errno
	// drop closes c's socket, if it has one.
	drop(c *conn)
	// wait delivers what has come, or waits for it until the time until. It
	// returns early for whatever else ended the wait, and reports whether there
	// was anything. The time is now or shortly after.
	wait(how waiting, now, until int64) bool
	// close frees what the transport has open, but for the sockets.
	close() error
}

// waiting is a way to wait.
type waiting uint8

const (
	// polling only looks.
	polling waiting = iota
	// dozing sleeps without a word to Go's scheduler, whose watcher takes the
	// processor away from a thread that it finds sleeping: telling it costs a few
	// percent of a request. Preemption works all the same: its signal ends the
	// wait. The time is to be short, so that nobody depends on that.
	dozing
	// sleeping tells the scheduler, so that stopping the world never waits for
	// the thread, however long the time.
	sleeping
)
