package feed

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// event is what a stream brings: an event with data, or a sign of life, which has none.
type event struct{ id, data string }

// events reads a stream of server-sent events (WHATWG HTML §9.2.5, 9.2.6), however it is cut
// into pieces. Fields retry and event are not heeded: how soon to come back is the server's
// own decision, and there is one kind of event.
type events struct {
	in      *bufio.Reader
	begun   bool // the first line was read
	afterCR bool // a line feed that comes next belongs to the line before
	line    []byte
	data    []byte
	hasData bool
	id      string // of the last event that had one
}

func newEvents(in io.Reader) *events { return &events{in: bufio.NewReader(in)} }

// errLong: an event is as long as nothing that an issuer has to say.
var errLong = errors.New("an event is too long")

// next returns the next event, or a sign of life for a comment. An event that the stream's
// end cuts off is none.
func (e *events) next() (event, error) {
	for {
		line, err := e.readLine()
		if err != nil {
			return event{}, err
		}
		switch name, value, _ := bytes.Cut(line, []byte(":")); {
		case len(line) == 0:
			if out, whole := e.dispatch(); whole {
				return out, nil
			}
		case len(name) == 0:
			return event{}, nil
		default:
			if err := e.field(string(name), bytes.TrimPrefix(value, []byte(" "))); err != nil {
				return event{}, err
			}
		}
	}
}

func (e *events) field(name string, value []byte) error {
	switch name {
	case "data":
		if e.hasData {
			e.data = append(e.data, '\n')
		}
		e.data, e.hasData = append(e.data, value...), true
		if len(e.data) > largestPage {
			return errLong
		}
	case "id":
		if bytes.IndexByte(value, 0) < 0 {
			e.id = string(value)
		}
	}
	return nil
}

// dispatch returns the event that a blank line ends. One without data is none.
func (e *events) dispatch() (event, bool) {
	out := event{e.id, string(e.data)}
	e.data, e.hasData = e.data[:0], false
	return out, out.data != ""
}

// readLine returns the next line, without what ends it: a carriage return, a line feed, or
// both. It is good until the next call.
func (e *events) readLine() ([]byte, error) {
	e.line = e.line[:0]
	for {
		b, err := e.in.ReadByte()
		if err != nil {
			return nil, err
		}
		second := b == '\n' && e.afterCR
		e.afterCR = b == '\r'
		switch {
		case second:
		case b == '\n', b == '\r':
			line := e.line
			if !e.begun {
				line, e.begun = bytes.TrimPrefix(line, []byte("\ufeff")), true
			}
			return line, nil
		case len(e.line) > largestPage:
			return nil, errLong
		default:
			e.line = append(e.line, b)
		}
	}
}
