package load

// This file has what golang.org/x/sys/unix lacks of linux/io_uring.h: the structures
// that go to the kernel, and their constants.

// sqe is a submission (struct io_uring_sqe).
type sqe struct {
	opcode, flags uint8
	ioprio        uint16
	fd            int32
	offset, addr  uint64
	length        uint32
	opFlags       uint32
	userData      uint64
	bufferGroup   uint16
	personality   uint16
	fileIndex     uint32
	_             [2]uint64
}

// cqe is a completion (struct io_uring_cqe).
type cqe struct {
	userData uint64
	result   int32
	flags    uint32
}

// getEventsArg is struct io_uring_getevents_arg.
type getEventsArg struct {
	_       [2]uint64
	timeout uint64
}

// ringParams is struct io_uring_params.
type ringParams struct {
	sqEntries, cqEntries, flags uint32
	_, _, features, _           uint32
	_                           [3]uint32
	sq                          struct{ head, tail, mask, entries, flags, dropped, array, _, _, _ uint32 }
	cq                          struct{ head, tail, mask, entries, overflow, cqes, flags, _, _, _ uint32 }
}

// filesRegistration is struct io_uring_rsrc_register.
type filesRegistration struct {
	count, flags uint32
	_            [3]uint64
}

// filesUpdate is struct io_uring_files_update.
type filesUpdate struct {
	offset, _ uint32
	sockets   uint64
}

// Flags of an io_uring.
const (
	setupCQSize       = 1 << 3
	setupClamp        = 1 << 4
	setupSubmitAll    = 1 << 7 // a submission that fails does not hold up the rest
	setupTaskrunFlag  = 1 << 9 // sqTaskrun says that there is something to fetch
	setupSingleIssuer = 1 << 12
	setupDeferTaskrun = 1 << 13 // nothing interrupts the thread: it fetches

	sqOverflow = 1 << 1
	sqTaskrun  = 1 << 2

	enterGetEvents = 1 << 0
	enterExtArg    = 1 << 3
	enterAbsTimer  = 1 << 5 // by CLOCK_MONOTONIC
)

// Where its memory is mapped from.
const (
	offsetRings = 0
	offsetSQEs  = 0x10000000
)

// What may be registered with it.
const (
	registerFilesUpdate = 6
	registerFiles2      = 13
	registerBufferRing  = 22

	registerSparse = 1 << 0
)

// Operations and their flags.
const (
	opPollAdd     = 6
	opAsyncCancel = 14
	opConnect     = 16
	opClose       = 19
	opSend        = 26
	opReceive     = 27

	sqeFixedFile    = 1 << 0
	sqeBufferSelect = 1 << 5
	sqeSkipSuccess  = 1 << 6

	pollMultishot    = 1 << 0
	receivePollFirst = 1 << 0 // there is nothing yet: do not look
	receiveMultishot = 1 << 1
	cancelAll        = 1 << 0
	cancelFD         = 1 << 1
	cancelFixedFD    = 1 << 3
)

// Flags of a completion.
const (
	cqeBuffer      = 1 << 0
	cqeMore        = 1 << 1 // another follows for the same submission
	cqeNonEmpty    = 1 << 2 // the socket has more: bytes, or the end
	cqeBufferShift = 16
)
