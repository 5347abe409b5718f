package usertext

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// byteOrderMark is that of UTF-8, which some editors put before the text.
const byteOrderMark = "\xef\xbb\xbf"

// NewReader returns the text of a file that a user wrote: without a byte order mark,
// and with every line ended by "\n", whether the file has "\r\n" or "\r". UTF-16 and
// UTF-32 are refused, with the file's name and what to do. A last line without an end
// stays without.
func NewReader(name string, r io.Reader) io.Reader {
	return &reader{name: name, in: bufio.NewReader(r)}
}

// reader keeps one byte back: whether a "\n" follows a "\r".
type reader struct {
	name   string
	in     *bufio.Reader
	begun  bool
	wasCR  bool
	failed error
}

// Read implements [io.Reader].
func (r *reader) Read(p []byte) (int, error) {
	if !r.begun {
		r.begun = true
		r.failed = r.begin()
	}
	if r.failed != nil {
		return 0, r.failed
	}
	n := 0
	for n == 0 && len(p) > 0 {
		raw, err := r.in.Read(p)
		for _, c := range p[:raw] {
			if c == '\n' && r.wasCR {
				r.wasCR = false
				continue // it belongs to the "\r" before it
			}
			if r.wasCR = c == '\r'; r.wasCR {
				c = '\n'
			}
			p[n] = c
			n++
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// begin looks at the first bytes.
func (r *reader) begin() error {
	head, err := r.in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	text := string(head)
	switch {
	case strings.HasPrefix(text, byteOrderMark):
		_, err = r.in.Discard(len(byteOrderMark))
		return err
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"), text == "\x00\x00\xfe\xff", isWide(text):
		return fmt.Errorf("%s:1:1: the file is UTF-16 or UTF-32: save it as UTF-8", r.name)
	}
	return nil
}

// isWide reports whether a text without a byte order mark begins with two ASCII
// characters of UTF-16, or one of UTF-32: no other text has such zeros.
func isWide(head string) bool {
	if len(head) < 4 {
		return len(head) == 2 && (head[0] == 0) != (head[1] == 0)
	}
	zeros := strings.Count(head, "\x00")
	return zeros == 3 || zeros == 2 && (head[0] == 0) == (head[2] == 0)
}

// ReadAll reads a whole file that a user wrote; see [NewReader].
func ReadAll(name string, r io.Reader) ([]byte, error) { return io.ReadAll(NewReader(name, r)) }
