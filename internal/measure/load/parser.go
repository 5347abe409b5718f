package load

import (
	"bytes"
	"errors"
)

// parser reads one HTTP/1.1 response (RFC 9112) from whatever pieces it comes in.
// It works line by line on the caller's bytes and keeps only an incomplete line,
// so that a response that comes whole is neither copied nor kept.
//
// It is stricter than the RFC allows where leniency would blur what the framing
// is: lines end in CRLF, no folded fields, no Transfer-Encoding but chunked, none
// beside a Content-Length, no two different lengths. Field values are not looked
// at unless they decide the framing.
type parser struct {
	progress
	partial []byte // an incomplete line
	// content is told of the fields and the body, unless it is nil.
	content *content
}

// progress is how far a response has been read. It has no pointers, so that it costs
// little to begin again.
type progress struct {
	state  parserState
	asked  question
	http10 bool
	// close says that the connection ends with this response.
	close                                  bool
	chunked, hasLength, hasEncoding, alive bool
	interim                                uint8 // responses before this one
	status                                 int
	left                                   int64 // of the body or the chunk
	headBytes                              int   // of all lines so far
}

type parserState uint8

const (
	atStatus parserState = iota
	atField
	atBody
	atChunkSize
	atChunk
	atChunkEnd
	atTrailer
	atClose // the body ends with the connection
	atEnd
)

// maxHead bounds all lines of a response together, interim ones, chunk sizes and
// trailers included; those of chunks are given back with each chunk. It is as
// large as the request heads that the built-in target reads.
const maxHead = 32 << 10

// maxLength is far beyond what a slice can transfer, and keeps sums from
// overflowing.
const maxLength = 1 << 50

// maxInterim bounds the interim responses before a final one: many times what a
// server has to say.
const maxInterim = 100

// keptLine is how much memory for incomplete lines a connection keeps. More is
// only needed by heads that are larger than those of ordinary servers.
const keptLine = 4 << 10

// One error per rule, so that none is built while a slice runs. Outcomes count
// them by their texts, which say what was wrong with a response.
var (
	errHeadTooLarge   = errors.New("response head larger than 32 KiB")
	errLineEnd        = errors.New("line does not end in CRLF")
	errStatusLine     = errors.New("malformed status line")
	errStatus         = errors.New("status below 100")
	errSwitch         = errors.New("status 101 to a request without Upgrade")
	errInterim        = errors.New("more than 100 interim responses")
	errField          = errors.New("malformed header field name")
	errFold           = errors.New("folded header field")
	errLength         = errors.New("malformed content length")
	errLengths        = errors.New("contradicting content lengths")
	errLengthEncoding = errors.New("transfer encoding beside a content length")
	errEncoding       = errors.New("transfer encoding other than chunked")
	errEncoding10     = errors.New("transfer encoding in an HTTP/1.0 response")
	errChunk          = errors.New("malformed chunk")
)

// reset prepares the parser for the answer to a request.
func (p *parser) reset(asked question) {
	p.progress = progress{asked: asked, close: asked.close}
	if p.partial = p.partial[:0]; cap(p.partial) > keptLine {
		p.partial = nil
	}
}

// feed reads from b and returns how much of it belongs to the response, and
// whether the response is whole. After an error the parser is of no use until it
// is reset.
func (p *parser) feed(b []byte) (used int, whole bool, err error) {
	rest := b
	for len(rest) > 0 && p.state != atEnd {
		switch p.state {
		case atClose:
			if p.content != nil {
				p.content.body(rest)
			}
			return len(b), false, nil
		case atBody, atChunk:
			n := min(int64(len(rest)), p.left)
			if p.content != nil {
				p.content.body(rest[:n])
			}
			rest = rest[n:]
			if p.left -= n; p.left > 0 {
				continue
			}
			p.state = atEnd
			if p.chunked {
				p.state = atChunkEnd
			}
		default:
			if rest, err = p.nextLine(rest); err != nil {
				return len(b) - len(rest), false, err
			}
		}
	}
	return len(b) - len(rest), p.state == atEnd, nil
}

// end says that the connection was closed, and returns whether that makes the
// response whole.
func (p *parser) end() bool {
	if p.state == atClose {
		p.state = atEnd
	}
	return p.state == atEnd
}

// nextLine takes one line off b, or keeps what there is of it.
func (p *parser) nextLine(b []byte) (rest []byte, err error) {
	i := bytes.IndexByte(b, '\n')
	n := i + 1
	if i < 0 {
		n = len(b)
	}
	if p.headBytes += n; p.headBytes > maxHead {
		return b, errHeadTooLarge
	}
	line := b[:n]
	if i < 0 || len(p.partial) > 0 {
		p.partial = append(p.partial, line...)
		if i < 0 {
			return nil, nil
		}
		line, p.partial = p.partial, p.partial[:0]
	}
	if len(line) < 2 || line[len(line)-2] != '\r' {
		return b, errLineEnd
	}
	return b[n:], p.line(line[:len(line)-2])
}

// line takes one line without its end.
func (p *parser) line(line []byte) error {
	switch p.state {
	case atStatus:
		return p.statusLine(line)
	case atField:
		if len(line) == 0 {
			return p.headEnds()
		}
		return p.field(line)
	case atChunkSize:
		return p.chunkSize(line)
	case atChunkEnd:
		if len(line) != 0 {
			return errChunk
		}
		p.state = atChunkSize
		return nil
	default: // atTrailer
		if len(line) == 0 {
			p.state = atEnd
			return nil
		}
		_, _, err := splitField(line)
		return err
	}
}

// statusLine reads "HTTP/1.1 200 OK" (RFC 9112 §4). The reason may be missing
// together with its space, as many servers have it.
func (p *parser) statusLine(line []byte) error {
	const shortest = len("HTTP/1.1 200")
	if len(line) < shortest || string(line[:7]) != "HTTP/1." || line[8] != ' ' ||
		len(line) > shortest && line[shortest] != ' ' {
		return errStatusLine
	}
	switch line[7] {
	case '1':
	case '0':
		p.http10 = true
	default:
		return errStatusLine
	}
	p.status = 0
	for _, c := range line[9:12] {
		if c < '0' || c > '9' {
			return errStatusLine
		}
		p.status = 10*p.status + int(c-'0')
	}
	if p.status < 100 {
		return errStatus
	}
	p.state = atField
	return nil
}

// field reads one header field; only those that decide the framing matter. They
// are told apart by length first: most need no comparison.
func (p *parser) field(line []byte) error {
	name, value, err := splitField(line)
	if err != nil {
		return err
	}
	if p.content != nil {
		p.content.field(name, value)
	}
	switch len(name) {
	case len("content-length"):
		if equalFold(name, "content-length") {
			return p.contentLength(value)
		}
	case len("transfer-encoding"):
		if equalFold(name, "transfer-encoding") {
			if p.hasEncoding || !equalFold(trim(value), "chunked") {
				return errEncoding
			}
			p.hasEncoding, p.chunked = true, true
		}
	case len("connection"):
		if equalFold(name, "connection") {
			ends, keeps := connection(value)
			p.close, p.alive = p.close || ends, p.alive || keeps
		}
	}
	return nil
}

// connection reads a list of options (RFC 9110 §7.6.1), and reports whether close
// and keep-alive are among them.
func connection(value []byte) (ends, keeps bool) {
	for len(value) > 0 {
		option := value
		if i := bytes.IndexByte(value, ','); i >= 0 {
			option, value = value[:i], value[i+1:]
		} else {
			value = nil
		}
		option = trim(option)
		ends = ends || equalFold(option, "close")
		keeps = keeps || equalFold(option, "keep-alive")
	}
	return ends, keeps
}

// contentLength reads a length, or a list of lengths that are all the same: some
// servers and proxies repeat it (RFC 9110 §8.6).
func (p *parser) contentLength(value []byte) error {
	for {
		value = trim(value)
		n, digits := int64(0), 0
		for digits < len(value) && value[digits] >= '0' && value[digits] <= '9' {
			if n > maxLength/10 {
				return errLength
			}
			n = 10*n + int64(value[digits]-'0')
			digits++
		}
		rest := trim(value[digits:])
		switch {
		case digits == 0 || len(rest) > 0 && rest[0] != ',':
			return errLength
		case p.hasLength && n != p.left:
			return errLengths
		}
		p.hasLength, p.left = true, n
		if len(rest) == 0 {
			return nil
		}
		value = rest[1:]
	}
}

// headEnds decides what follows the header fields (RFC 9112 §6.3).
func (p *parser) headEnds() error {
	if p.chunked && p.hasLength {
		return errLengthEncoding // RFC 9112 §6.3: "ought to be handled as an error"
	}
	if p.chunked && p.http10 {
		return errEncoding10 // RFC 9112 §6.1: "MUST treat the message as if the framing is faulty"
	}
	if p.http10 && !p.alive {
		p.close = true
	}
	switch {
	case p.status < 200:
		return p.interimEnds()
	case p.asked.head || p.status == 204 || p.status == 304:
		p.state = atEnd
	case p.chunked:
		p.state = atChunkSize
	case p.hasLength && p.left == 0:
		p.state = atEnd
	case p.hasLength:
		p.state = atBody
	default:
		p.close, p.state = true, atClose
	}
	return nil
}

// interimEnds prepares for the response that follows an interim one. After 101,
// which only a request with Upgrade may get (RFC 9110 §15.2.2), none follows: the
// connection is not HTTP any more.
func (p *parser) interimEnds() error {
	switch {
	case p.status == 101 && p.asked.upgrade:
		p.close, p.state = true, atEnd
		return nil
	case p.status == 101:
		return errSwitch
	case p.interim == maxInterim:
		return errInterim
	}
	if p.content != nil {
		clear(p.content.header)
	}
	p.progress = progress{asked: p.asked, close: p.asked.close, interim: p.interim + 1, headBytes: p.headBytes}
	return nil
}

// chunkSize reads a chunk's size and ignores its extensions (RFC 9112 §7.1).
func (p *parser) chunkSize(line []byte) error {
	n, digits := int64(0), 0
	for digits < len(line) {
		d := unhex(line[digits])
		if d < 0 {
			break
		}
		if n > maxLength/16 {
			return errChunk
		}
		n = 16*n + int64(d)
		digits++
	}
	rest := trim(line[digits:])
	if digits == 0 || len(rest) > 0 && rest[0] != ';' {
		return errChunk
	}
	p.left = n
	p.state = atChunk
	if n == 0 {
		p.state = atTrailer
	} else {
		// Many small chunks are a long body, not a large head.
		p.headBytes -= min(p.headBytes, len(line)+len("\r\n\r\n"))
	}
	return nil
}

// splitField splits "name: value" (RFC 9112 §5); the value still has the blanks
// around it. A name is a token right before the colon. A line that starts with a
// blank continues the line before it (obs-fold, §5.2).
func splitField(line []byte) (name, value []byte, err error) {
	for i, c := range line {
		if c == ':' && i > 0 {
			return line[:i], line[i+1:], nil
		}
		if !token[c] {
			break
		}
	}
	if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
		return nil, nil, errFold
	}
	return nil, nil, errField
}

// token are the bytes of a field name (RFC 9110 §5.6.2).
var token = func() (is [256]bool) {
	for c := range is {
		b := byte(c)
		is[c] = b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z' || bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), b) >= 0
	}
	return is
}()

// trim takes blanks off both ends; bytes.Trim is no cheaper way to skip one.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// equalFold compares with a lower-case ASCII word.
func equalFold(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i := range b {
		c := b[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
