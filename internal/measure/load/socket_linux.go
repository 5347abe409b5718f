package load

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"authbench/bench"
)

// The calls below go to the kernel without a word to Go's scheduler: a
// non-blocking call returns at once, and telling the scheduler would cost more
// than a tenth of the request.

// newSocket returns a non-blocking socket that can reach an address.
func newSocket(to bench.Address) (int, syscall.Errno) {
	family, _, _ := sockaddr(to)
	fd, _, errno := syscall.RawSyscall(unix.SYS_SOCKET, family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if errno != 0 {
		return -1, errno
	}
	if family == unix.AF_UNIX {
		return int(fd), 0 // it delays nothing
	}
	one := int32(1)
	_, _, errno = syscall.RawSyscall6(unix.SYS_SETSOCKOPT, fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, uintptr(unsafe.Pointer(&one)), unsafe.Sizeof(one), 0)
	if errno != 0 {
		closeSocket(int(fd))
		return -1, errno
	}
	return int(fd), 0
}

// connect starts to connect a socket.
func connect(fd int, to bench.Address) syscall.Errno {
	_, addr, size := sockaddr(to)
	_, _, errno := syscall.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&addr)), size)
	if errno == unix.EINPROGRESS {
		return 0
	}
	return errno
}

// sockaddr returns an address in the kernel's form; the largest has room for all.
func sockaddr(a bench.Address) (family uintptr, raw unix.RawSockaddrUnix, size uintptr) {
	if a.Socket != "" {
		raw.Family = unix.AF_UNIX
		path := unsafe.Slice((*byte)(unsafe.Pointer(&raw.Path)), len(raw.Path)-1)
		n := copy(path, a.Socket)
		size = unsafe.Offsetof(raw.Path) + uintptr(n)
		if a.Socket[0] == '@' {
			path[0] = 0 // an abstract name (unix(7)), as Go's net writes it
			return unix.AF_UNIX, raw, size
		}
		return unix.AF_UNIX, raw, size + 1
	}
	port := a.Port()<<8 | a.Port()>>8 // network byte order
	ip := a.TCP.Addr().Unmap()
	if ip.Is4() {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&raw))
		*v4 = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: port, Addr: ip.As4()}
		return unix.AF_INET, raw, unsafe.Sizeof(*v4)
	}
	v6 := (*unix.RawSockaddrInet6)(unsafe.Pointer(&raw))
	*v6 = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: port, Addr: ip.As16()}
	return unix.AF_INET6, raw, unsafe.Sizeof(*v6)
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
