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
	// unread is what is wrong with the first line, until the second, its copy, is read.
	unread error
}

// NewFollower returns a follower that has read nothing. Errors name the file as path
// says.
func NewFollower(path string) *Follower { return &Follower{path: path} }

// Follow reads what was added since the last time. r is the whole file, size its
// size now. A line that is not whole yet is left for the next time.
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
		if errors.Is(err, io.EOF) { // whatever precedes it has no line end: torn
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

// add takes the next line. One that is not what was written is noted and left out; the
// first one only if its copy follows.
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

// footerWindow is how much of a file's end holds its footer, which has a reason of
// at most some lines, for sure.
const footerWindow = 64 << 10

// Peek returns a file's header and, if the run has ended, its footer, without what
// lies between. Errors name the file as path says.
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
