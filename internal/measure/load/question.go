package load

import "bytes"

// question is what a request says about its answer and its connection.
type question struct {
	// head: it is a HEAD request, whose answer has no body.
	head bool
	// close: no other request follows on the connection (RFC 9112 §9.6).
	close bool
	// upgrade: the answer may be a change of the protocol (RFC 9110 §7.8).
	upgrade bool
	// idempotent: it may be sent again if the connection ends before any answer
	// (RFC 9110 §9.2.2).
	idempotent bool
}

// newQuestion reads the head of a request, as it is sent. It looks at no more
// than it needs, because the examiner sends malformed requests as well.
func newQuestion(request []byte) question {
	head, _, _ := bytes.Cut(request, []byte("\r\n\r\n"))
	first, fields, _ := bytes.Cut(head, []byte("\r\n"))
	method, _, _ := bytes.Cut(first, []byte(" "))
	q := question{head: string(method) == "HEAD"}
	switch string(method) {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		q.idempotent = true
	}
	keeps := !bytes.HasSuffix(first, []byte(" HTTP/1.0"))
	for line := range bytes.SplitSeq(fields, []byte("\r\n")) {
		name, value, err := splitField(line)
		switch {
		case err != nil:
		case equalFold(name, "connection"):
			ends, alive := connection(value)
			q.close, keeps = q.close || ends, keeps || alive
		case equalFold(name, "upgrade"):
			q.upgrade = true
		}
	}
	q.close = q.close || !keeps
	return q
}
