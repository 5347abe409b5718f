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
			err = f.Run.add(f.lines+1, line)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", f.path, f.lines+1, err)
		}
		f.lines++
		f.bytes += int64(len(line)) + 1
	}
}

// footerWindow is how much of a file's end holds its footer, which has a reason of
// at most some lines, for sure.
const footerWindow = 64 << 10

// Peek returns a file's header and, if the run has ended, its footer, without what
// lies between. Errors name the file as path says.
func Peek(path string, r io.ReaderAt, size int64) (bench.Header, *bench.Footer, error) {
	var run Run
	line, err := readLine(bufio.NewReader(io.NewSectionReader(r, 0, size)))
	if errors.Is(err, io.EOF) {
		err = errors.New("no header: the run was cut off before it began")
	}
	if err == nil {
		err = run.add(1, line)
	}
	if err != nil {
		return bench.Header{}, nil, fmt.Errorf("%s:1: %w", path, err)
	}
	end := make([]byte, min(size, footerWindow))
	if _, err := r.ReadAt(end, size-int64(len(end))); err != nil && !errors.Is(err, io.EOF) {
		return bench.Header{}, nil, fmt.Errorf("%s: %w", path, err)
	}
	end = end[:bytes.LastIndexByte(end, '\n')+1] // the rest is torn
	last := bytes.TrimSuffix(end, []byte{'\n'})
	last = last[bytes.LastIndexByte(last, '\n')+1:]
	footer := new(bench.Footer)
	if json.Unmarshal(last, footer) != nil || footer.Kind != bench.KindFooter {
		return run.Header, nil, nil
	}
	return run.Header, footer, nil
}
