package load

import (
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls below go to the kernel without a word to Go's scheduler: a
// non-blocking call returns at once, and telling the scheduler would cost more
// than a tenth of the request. Only sleep blocks for
// long, and tells it.

// wake is the event data of a shard's eventfd; connections have their index.
const wake = -1

// openSocket starts to connect a non-blocking socket and adds it to an epoll set
// with the given event data. The connection stands, or has failed, when the first
// event comes.
//
// The set is edge-triggered: level-triggered, the kernel looks at each socket
// once more in the next wait, to find it read empty.
func openSocket(epfd int, to netip.AddrPort, data unix.EpollEvent) (int, syscall.Errno) {
	family, addr, size := sockaddr(to)
	fd, _, errno := syscall.RawSyscall(unix.SYS_SOCKET, family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if errno != 0 {
		return -1, errno
	}
	one := int32(1)
	_, _, errno = syscall.RawSyscall6(unix.SYS_SETSOCKOPT, fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, uintptr(unsafe.Pointer(&one)), unsafe.Sizeof(one), 0)
	if errno == 0 {
		data.Events = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET&(1<<32-1)
		_, _, errno = syscall.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(epfd), unix.EPOLL_CTL_ADD, fd, uintptr(unsafe.Pointer(&data)), 0, 0)
	}
	if errno == 0 {
		_, _, errno = syscall.RawSyscall(unix.SYS_CONNECT, fd, uintptr(unsafe.Pointer(&addr)), size)
	}
	if errno != 0 && errno != unix.EINPROGRESS {
		closeSocket(int(fd))
		return -1, errno
	}
	return int(fd), 0
}

// sockaddr returns an address in the kernel's form; both families fit into the
// larger one.
func sockaddr(a netip.AddrPort) (family uintptr, raw unix.RawSockaddrInet6, size uintptr) {
	port := a.Port()<<8 | a.Port()>>8 // network byte order
	ip := a.Addr().Unmap()
	if ip.Is4() {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&raw))
		*v4 = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: port, Addr: ip.As4()}
		return unix.AF_INET, raw, unsafe.Sizeof(*v4)
	}
	raw = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: port, Addr: ip.As16()}
	return unix.AF_INET6, raw, unsafe.Sizeof(raw)
}

func closeSocket(fd int) { syscall.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }

// socketError takes a socket's pending error: 0 if it is connected.
func socketError(fd int) syscall.Errno {
	var value int32
	size := uint32(unsafe.Sizeof(value))
	_, _, errno := syscall.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_ERROR, uintptr(unsafe.Pointer(&value)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return errno
	}
	return syscall.Errno(value)
}

// send writes what the socket takes. sendto and recvfrom are shorter ways to a
// socket than write and read, which pass through the file system's layer.
func send(fd int, b []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), unix.MSG_NOSIGNAL, 0, 0)
	return int(n), errno
}

// receive reads what has come; 0 is the end of the stream.
func receive(fd int, b []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
	return int(n), errno
}

// poll returns the events that there are, without waiting.
func poll(epfd int, events []unix.EpollEvent) []unix.EpollEvent {
	n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), 0, 0, 0)
	if errno != 0 {
		return nil
	}
	return events[:n]
}

// doze waits for events for at most the given time, still without telling the
// scheduler, whose watcher takes the processor away from a thread that it finds
// sleeping: telling it costs a few percent of a request. Preemption works all the
// same: its signal ends the wait. The time is to be short, so that nobody depends
// on that.
func doze(epfd int, events []unix.EpollEvent, atMost time.Duration) []unix.EpollEvent {
	timeout := unix.NsecToTimespec(int64(atMost))
	n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT2, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), uintptr(unsafe.Pointer(&timeout)), 0, 0)
	if errno != 0 {
		return nil // a signal: the caller looks at the time and comes again
	}
	return events[:n]
}

// sleep is doze for any time: the one call that tells Go's scheduler, so that
// stopping the world never waits for it.
func sleep(epfd int, events []unix.EpollEvent, atMost time.Duration) []unix.EpollEvent {
	timeout := unix.NsecToTimespec(max(0, int64(atMost)))
	n, _, errno := syscall.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), uintptr(unsafe.Pointer(&timeout)), 0, 0)
	if errno != 0 {
		return nil
	}
	return events[:n]
}

// threadCPU returns the CPU time of the calling thread.
func threadCPU() time.Duration {
	var t unix.Timespec
	syscall.RawSyscall(unix.SYS_CLOCK_GETTIME, unix.CLOCK_THREAD_CPUTIME_ID, uintptr(unsafe.Pointer(&t)), 0)
	return time.Duration(t.Nano())
}
