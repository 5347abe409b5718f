package control

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds a message in bytes. The largest is a spec with the slow hashes of as
// many API keys as a large machine computes in the time that it has for them, some
// megabytes; the bound keeps a peer gone wrong from filling our memory.
const maxLine = 16 << 20

var (
	// errGone: the peer closed its end or died. A dead peer shows as end of
	// file, reset or broken pipe, depending on what was under way.
	errGone = errors.New("the other end is gone")
	// errNotJSON and errWrongType stand for what encoding/json says of a message:
	// its own errors quote the text, which may hold keys.
	errNotJSON   = errors.New("it is not JSON")
	errWrongType = errors.New("a member has the wrong type")
)

// link reads and writes messages, one JSON value per line.
type link struct {
	conn  io.ReadWriteCloser
	lines *bufio.Scanner
}

func newLink(conn io.ReadWriteCloser) *link {
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, maxLine)
	return &link{conn, lines}
}

// send writes one message.
func (l *link) send(message any) error {
	line, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode a control message: %w", err)
	}
	if len(line) >= maxLine {
		return fmt.Errorf("a control message of %d bytes exceeds the limit of %d", len(line), maxLine)
	}
	if _, err := l.conn.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return nil
}

// receive reads one message into *message.
func (l *link) receive(message any) error {
	if !l.lines.Scan() {
		switch err := l.lines.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			return fmt.Errorf("a control message exceeds the limit of %d bytes", maxLine)
		case err != nil:
			return fmt.Errorf("%w: %w", errGone, err)
		}
		return errGone
	}
	return decode(l.lines.Bytes(), message)
}

// decode reads the one JSON value of a line into *message.
func decode(line []byte, message any) error {
	err := json.Unmarshal(line, message)
	if err == nil {
		return nil
	}
	cause := errWrongType
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		cause = errNotJSON
	}
	return fmt.Errorf("a control message of %d bytes cannot be read: %w", len(line), cause)
}
