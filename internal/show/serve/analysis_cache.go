package serve

import (
	"fmt"
	"os"
	"path"
	"slices"
	"sync"
	"time"

	"authbench/internal/judge/analysis"
	"authbench/internal/result"
)

// shelf keeps the results that were opened last.
type shelf struct {
	root *os.Root
	// mu guards books, and is held while a result is analysed: one at a time, as each
	// may take seconds and hundreds of megabytes.
	mu    sync.Mutex
	books []*book // the one that was used last is the last
}

// book is a result with all that it says.
type book struct {
	id       string
	file     stamp
	run      *result.Run
	analysis *analysis.Analysis
	read     time.Time
	took     time.Duration
}

const (
	// mostBooks: a comparison needs two.
	mostBooks = 4
	// analysisShare bounds what a run pays for being looked at while it goes on: one in
	// so many parts of its time. Its report may be behind by as much.
	analysisShare = 20
)

// open returns a result read whole.
func (s *shelf) open(e *entry) (*book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := slices.IndexFunc(s.books, func(b *book) bool { return b.id == e.id }); at >= 0 {
		b := s.books[at]
		s.books = slices.Delete(s.books, at, at+1)
		if b.file == e.at.result || !e.footer && time.Since(b.read) < analysisShare*b.took {
			s.books = append(s.books, b)
			return b, nil
		}
	}
	b, err := readBook(s.root, e)
	if err != nil {
		return nil, err
	}
	s.books = append(s.books, b)
	if len(s.books) > mostBooks {
		s.books = slices.Delete(s.books, 0, 1)
	}
	return b, nil
}

func readBook(root *os.Root, e *entry) (*book, error) {
	b := &book{id: e.id, file: e.at.result, read: time.Now()}
	name := path.Join(e.id, result.FileName)
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if b.run, err = result.Parse(name, f); err != nil {
		return nil, err
	}
	if b.analysis, err = analysis.Analyze(b.run); err != nil {
		return nil, fmt.Errorf("analyse %s: %w", name, err)
	}
	b.took = time.Since(b.read)
	return b, nil
}
