package crew

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"authbench/internal/fleet/protocol"
	"authbench/internal/fleet/wire"
)

const (
	// spoolBytes is how much may wait for the coordinator's server: with 30 KB a second more
	// than half an hour. A load whose spool is full tells of several seconds at once.
	spoolBytes = 64 << 20
	// storeAgain is the pause after an attempt that failed.
	storeAgain = 500 * time.Millisecond
	// storePatience is for how long attempts may fail that another one could mend: longer than a
	// cluster takes to elect another leader (9 s), and so short that a final which nobody takes is
	// told of within protocol.FinalGrace.
	storePatience = 10 * time.Second
	// mostTroubles bounds what is kept of errors that were told.
	mostTroubles = 16
)

// store puts messages into the run's stream.
type store interface {
	Delta(context.Context, protocol.Delta) error
	Final(context.Context, protocol.Final) error
}

// entry is a line of a spool's file: one of the two.
type entry struct {
	Delta *protocol.Delta `json:"delta,omitempty"`
	Final *protocol.Final `json:"final,omitempty"`
}

func (e entry) bytes() int {
	if e.Delta != nil {
		return len(e.Delta.Data)
	}
	return len(e.Final.Data)
}

// Spool keeps what a worker has measured, in a file, until the stream has it. It is never
// written to by a thread that sends load.
//
// It sends one entry at a time: there is one a second, and each takes some milliseconds. So
// none overtakes another, and no more than one is ever repeated.
type Spool struct {
	path string
	file *os.File
	done func() // called once, when the stream has the final
	// failed is called with the first error of each kind that an attempt to store ends with: once
	// more when that lasts.
	failed func(err error, lasts bool)

	mu      sync.Mutex // guards what follows
	change  *sync.Cond
	waiting []entry
	bytes   int
	err     error // of the file
}

// openSpool makes the file of a spool. Done is called when the stream has the final, and
// thereby all; failed as [Spool] says.
func openSpool(path string, done func(), failed func(err error, lasts bool)) (*Spool, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the spool: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the spool: %w: it has what an earlier worker measured; 'authbench-fleet collect --spool' reads it, then remove it", err)
	}
	if err != nil {
		return nil, fmt.Errorf("make the spool: %w", err)
	}
	s := &Spool{path: path, file: file, done: done, failed: failed}
	s.change = sync.NewCond(&s.mu)
	return s, nil
}

// wake has all look again at what they wait for. Without the lock it could come between a look and
// the wait, and be lost.
func (s *Spool) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change.Broadcast()
}

// put adds an entry, and waits while the spool is full, until the context ends. A final always
// finds room.
func (s *Spool) put(ctx context.Context, e entry) {
	stop := context.AfterFunc(ctx, s.wake)
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for e.Final == nil && s.bytes+e.bytes() > spoolBytes && s.bytes > 0 && ctx.Err() == nil {
		s.change.Wait()
	}
	text, err := json.Marshal(e)
	if err == nil {
		_, err = s.file.Write(append(text, '\n'))
	}
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("write the spool %s: %w", s.path, err)
	}
	s.waiting = append(s.waiting, e)
	s.bytes += e.bytes()
	s.change.Broadcast()
}

// deliver sends what waits, until the context ends or the stream has the final.
func (s *Spool) deliver(ctx context.Context, to store) {
	stop := context.AfterFunc(ctx, s.wake)
	defer stop()
	tell := troubles{told: map[string]bool{}}
	for {
		e, ok := s.next(ctx)
		if !ok {
			return
		}
		var err error
		if e.Delta != nil {
			err = to.Delta(ctx, *e.Delta)
		} else {
			err = to.Final(ctx, *e.Final)
		}
		if lasts, news := tell.heard(err, time.Now()); news && ctx.Err() == nil {
			s.failed(err, lasts)
		}
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(storeAgain):
			}
			continue
		}
		s.mu.Lock()
		s.waiting = s.waiting[1:]
		s.bytes -= e.bytes()
		s.change.Broadcast()
		s.mu.Unlock()
		if e.Final != nil {
			s.done()
			return
		}
	}
}

// troubles are the attempts to store that failed.
type troubles struct {
	told  map[string]bool
	since time.Time // zero while all is well
}

// heard takes note of how an attempt ended. News says that nobody was told of such an error, lasts
// that another attempt will not mend it.
func (t *troubles) heard(err error, now time.Time) (lasts, news bool) {
	if err == nil {
		t.since = time.Time{}
		return false, false
	}
	if t.since.IsZero() {
		t.since = now
	}
	lasts = errors.Is(err, wire.ErrRefused) || now.Sub(t.since) > storePatience
	kind := fmt.Sprint(lasts, err)
	if t.told[kind] || len(t.told) >= mostTroubles {
		return lasts, false
	}
	t.told[kind] = true
	return lasts, true
}

// next waits for an entry.
func (s *Spool) next(ctx context.Context) (entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.waiting) == 0 && ctx.Err() == nil {
		s.change.Wait()
	}
	if ctx.Err() != nil {
		return entry{}, false
	}
	return s.waiting[0], true
}

// close ends the spool, and removes its file if nobody needs it any more.
func (s *Spool) close(keep bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := errors.Join(s.err, s.file.Close())
	if keep {
		return err
	}
	return errors.Join(err, os.Remove(s.path))
}

// readSpool calls a function with each entry of a file, up to one that was not written whole.
func readSpool(path string, take func(message any)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() // it was only read
	lines := bufio.NewReader(file)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil // what is left was cut off with its worker
		}
		if err != nil {
			return err
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
		switch {
		case e.Delta != nil:
			take(*e.Delta)
		case e.Final != nil:
			take(*e.Final)
		}
	}
}
