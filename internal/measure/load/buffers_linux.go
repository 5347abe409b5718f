package load

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// buffers are what an io_uring receives into: the kernel takes one when bytes
// have come, and gets it back when they are read. So thousands of connections
// that wait share a few.
type buffers struct {
	// ring names the free buffers. Its tail lies in the first one's last two
	// bytes, which have no other use.
	ring   []ringBuffer
	memory []byte // of the buffers
	mapped []byte // the ring's memory
}

// ringBuffer is struct io_uring_buf.
type ringBuffer struct {
	addr   uint64
	length uint32
	id     uint16
	tail   uint16
}

// bufferRegistration is struct io_uring_buf_reg.
type bufferRegistration struct {
	ring    uint64
	entries uint32
	group   uint16
	flags   uint16
	_       [3]uint64
}

const (
	// bufferBytes holds the answers of most servers whole; a larger one comes in
	// pieces.
	bufferBytes = 4 << 10
	// bufferStride keeps the beginnings of the buffers, which is all that a small
	// answer touches, from competing for the same few lines of a cache.
	bufferStride = bufferBytes + 3*64
	// fewestBuffers take a large answer without a pause. Beyond them there is one
	// per connection: with fewer, a closed load of 10,000 connections, which may all
	// be answered at once, cost twice as much, because the kernel ends a reception
	// when there is no buffer, and it is started again. mostBuffers are 67 MiB, of
	// which only what was used is in memory.
	fewestBuffers, mostBuffers = 32, 16 << 10
)

// newBuffers returns buffers for a number of connections, yet unknown to the
// kernel.
func newBuffers(connections int) (*buffers, error) {
	count := fewestBuffers // a power of two, as the kernel wants it
	for count < min(connections, mostBuffers) {
		count *= 2
	}
	b := &buffers{}
	var err error
	if b.mapped, err = mapMemory(count * int(unsafe.Sizeof(ringBuffer{}))); err == nil {
		b.memory, err = mapMemory(count * bufferStride)
	}
	if err != nil {
		_ = b.close()
		return nil, fmt.Errorf("map buffers: %w", err)
	}
	b.ring = unsafe.Slice((*ringBuffer)(unsafe.Pointer(unsafe.SliceData(b.mapped))), count)
	for id := range count {
		b.release(uint16(id))
	}
	return b, nil
}

// mapMemory returns memory that Go's collector does not know of.
func mapMemory(size int) ([]byte, error) {
	return unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
}

// registration is how the kernel is told of the buffers.
func (b *buffers) registration() *bufferRegistration {
	return &bufferRegistration{ring: address(b.mapped), entries: uint32(len(b.ring))}
}

// bytes are the first n of a buffer.
func (b *buffers) bytes(id uint16, n int) []byte {
	return b.memory[int(id)*bufferStride:][:n:n]
}

// release gives a buffer back to the kernel, which looks at the next system call.
func (b *buffers) release(id uint16) {
	tail := &b.ring[0].tail
	slot := &b.ring[int(*tail)&(len(b.ring)-1)]
	slot.addr, slot.length, slot.id = address(b.memory[int(id)*bufferStride:]), bufferBytes, id
	*tail++
}

// close returns the memory, which no kernel may write to any more.
func (b *buffers) close() error {
	var errs []error
	for _, m := range [][]byte{b.memory, b.mapped} {
		if m != nil {
			errs = append(errs, unix.Munmap(m))
		}
	}
	return errors.Join(errs...)
}

// address is where bytes lie that stay there: the kernel is told, Go is not.
func address(b []byte) uint64 { return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }
