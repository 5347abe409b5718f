package result

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"authbench/bench"
)

// Follower reads a result file while its run goes on.
type Follower struct {
	// Run is what was read so far; its header is empty until that was written.
	Run   Run
	path  string
	lines int
	bytes int64 // of the whole lines that were read
	// unread is what is wrong with the first line, until its copy, the second line, is read.
	unread error
}

// NewFollower returns a follower that has read nothing. Errors call the file path.
func NewFollower(path string) *Follower { return &Follower{path: path} }

// Follow reads what was added since the last call. r is the whole file, size its size now. It
// leaves an incomplete last line for the next call.
func (f *Follower) Follow(r io.ReaderAt, size int64) error {
	if size < f.bytes {
		return fmt.Errorf("%s is shorter than it was: another result took its place", f.path)
	}
	return f.read(io.NewSectionReader(r, f.bytes, size-f.bytes))
}

// read adds the whole lines of r to the run.
func (f *Follower) read(r io.Reader) error {
	lines := bufio.NewReaderSize(r, 1<<16)
	for {
		line, err := readLine(lines)
		if errors.Is(err, io.EOF) { // the last line has no end: it is torn
			return nil
		}
		if err == nil {
			err = f.add(line)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", f.path, f.lines+1, err)
		}
		f.lines++
		f.bytes += int64(len(line)) + 1
	}
}

// add takes the next line. It notes a damaged line and leaves it out; a damaged header needs
// an intact copy in the second line.
func (f *Follower) add(line []byte) error {
	if len(line) == 0 {
		return nil // between the header and its copy
	}
	err := f.Run.add(line)
	switch {
	case f.lines == 0 && errors.Is(err, errDamaged):
		f.unread, err = err, nil
		f.Run.Damaged = append(f.Run.Damaged, 1)
	case f.unread != nil && (err != nil || f.Run.Header.Kind == ""):
		return f.unread
	case f.unread != nil:
		f.unread = nil
	case errors.Is(err, errDamaged):
		f.Run.Damaged = append(f.Run.Damaged, f.lines+1)
		err = nil
	}
	return err
}

// footerWindow is how many bytes at the end of a file surely hold its footer, whose reason
// has a few lines at most.
const footerWindow = 64 << 10

// Peek returns a file's header and, if the run has ended, its footer. It does not read what
// lies between. Errors call the file path.
func Peek(path string, r io.ReaderAt, size int64) (bench.Header, *bench.Footer, error) {
	f := NewFollower(path)
	for lines := bufio.NewReader(io.NewSectionReader(r, 0, size)); f.Run.Header.Kind == ""; f.lines++ {
		line, err := readLine(lines)
		if errors.Is(err, io.EOF) {
			err = f.noHeader()
		}
		if err == nil {
			err = f.add(line)
		}
		if err != nil {
			return bench.Header{}, nil, fmt.Errorf("%s:1: %w", path, err)
		}
	}
	end := make([]byte, min(size, footerWindow))
	if _, err := r.ReadAt(end, size-int64(len(end))); err != nil && !errors.Is(err, io.EOF) {
		return bench.Header{}, nil, fmt.Errorf("%s: %w", path, err)
	}
	end = end[:bytes.LastIndexByte(end, '\n')+1] // the rest is torn
	last := bytes.TrimSuffix(end, []byte{'\n'})
	last = last[bytes.LastIndexByte(last, '\n')+1:]
	footer := new(bench.Footer)
	if _, err := unseal(last); err != nil || json.Unmarshal(last, footer) != nil || footer.Kind != bench.KindFooter {
		return f.Run.Header, nil, nil
	}
	return f.Run.Header, footer, nil
}

// noHeader says why a file that has ended has none.
func (f *Follower) noHeader() error {
	if f.unread != nil {
		return f.unread
	}
	return errors.New("no header: the run was cut off before it began")
}
