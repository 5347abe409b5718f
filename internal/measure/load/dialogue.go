package load

import "time"

// dialogue is the conversation on one connection: the request under way, and what
// has come of its answer. It decides what an event on the connection means, for
// all engines alike, and has no sockets, clocks or counts: the engine tells it of
// the event and acts on its answer.
//
//  1. While no request is under way, nothing may come. The end of the connection
//     costs nothing then (RFC 9112 §9.3.1 tells clients to expect it); bytes are
//     an answer that nobody asked for, and end the connection.
//  2. Bytes that come while a request is under way are its answer. A request may
//     be answered before all of it is sent; the connection ends then.
//  3. Where sending fails, what has come is read before anything is decided: the
//     answer may be in it.
//  4. A connection that ends without a byte of answer, and has brought answers
//     before or has been idle, was probably closed while the request was on its way.
//     An idempotent request is sent once more (RFC 9112 §9.3.1), on another
//     connection. A server that closes whatever it accepts cannot hide behind that.
type dialogue struct {
	parser parser
	req    request
	asking bool // a request is under way
	cut    bool // what is left of it cannot be sent
	served int  // answers that the connection has brought
	// kind and reason say why a request failed; reason is nil unless the answer
	// was malformed.
	kind   string
	reason error
}

// fate is what an event on a connection means.
type fate uint8

const (
	// pending: the answer needs more.
	pending fate = iota
	// answered: the answer is whole, and the connection takes the next request.
	answered
	// answeredLast: the answer is whole, and the connection takes no more.
	answeredLast
	// answeredMore: the answer is whole, and more has come than belongs to it.
	answeredMore
	// answeredUnclear: the answer is whole, and something has come behind it of
	// which the engine does not know yet whether it is bytes or the end.
	answeredUnclear
	// closedIdle: the connection ended while no request was under way.
	closedIdle
	// unsolicited: bytes came that nobody asked for.
	unsolicited
	// raced: the request is to be sent again.
	raced
	// failed: the request will not be answered; kind and reason say why.
	failed
)

// ask begins a request.
func (d *dialogue) ask(q question) {
	d.parser.reset(q)
	d.asking, d.cut = true, false
}

// heard takes bytes that came. Something may have come behind them, and a part of
// the request may not be sent yet.
func (d *dialogue) heard(b []byte, behind, unsent bool) fate {
	if !d.asking {
		return unsolicited
	}
	d.req.bytesIn += int64(len(b))
	used, whole, err := d.parser.feed(b)
	if err != nil {
		return d.fail(ErrorMalformed, err)
	}
	if !whole {
		return pending
	}
	if d.forAnother() {
		return d.lost(ErrorClosed)
	}
	d.asking = false
	d.served++
	switch {
	case used < len(b):
		return answeredMore
	case unsent || d.cut || d.parser.close:
		return answeredLast
	case behind:
		return answeredUnclear
	}
	return answered
}

// forAnother reports whether the answer is to no request: a server that gives up an
// idle connection may say so (408 with close, RFC 9110 §15.5.9) while the next
// request is on its way.
func (d *dialogue) forAnother() bool {
	if d.parser.status != 408 || !d.parser.close || !d.again() {
		return false
	}
	d.req.bytesIn = 0
	return true
}

// idleLeast is for how long a connection must have been idle for its end to be that
// of an idle one, if it has brought no answer yet. Servers wait for longer before they
// close one, and a new connection on which a request fails is far younger.
const idleLeast = int64(50 * time.Millisecond)

// again reports whether the request may be sent once more if this connection fails.
func (d *dialogue) again() bool {
	used := d.served > 0 || d.req.sent-d.req.free >= idleLeast
	return used && d.parser.asked.idempotent && !d.req.resent
}

// ended takes the end of the stream.
func (d *dialogue) ended() fate {
	switch {
	case d.asking && d.parser.end():
		d.asking = false
		d.served++
		return answeredLast
	case d.cut:
		return d.lost(ErrorReset)
	}
	return d.lost(ErrorClosed)
}

// lost takes the end of a connection before the answer was whole, of a kind that
// says how it ended.
func (d *dialogue) lost(kind string) fate {
	switch {
	case !d.asking:
		return closedIdle
	case d.req.bytesIn == 0 && d.again():
		d.asking, d.req.resent = false, true
		return raced
	}
	return d.fail(kind, nil)
}

// fail ends a request without an answer.
func (d *dialogue) fail(kind string, reason error) fate {
	d.asking, d.kind, d.reason = false, kind, reason
	return failed
}
