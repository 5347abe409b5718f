package serve

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/judge/gate"
	"authbench/internal/result"
)

// index knows the results below the directory, and what a list shows of them.
type index struct {
	root    *os.Root
	mu      sync.Mutex // guards entries, and is held while files are read
	entries map[string]*entry
}

// fileStamp tells whether a file has changed.
type fileStamp struct {
	size     int64
	modified time.Time
}

// resultStamps are the stamps of a result's files; zero for one that is not there.
type resultStamps struct{ result, summary, gate fileStamp }

// entry is what is known of a result without its slices. It does not change.
type entry struct {
	// id is the result's directory, with slashes, from the root; "." for the root itself.
	id string
	// at are the stamps of its files; with equal stamps an entry is current.
	at resultStamps

	scenario, question string
	started            time.Time
	host               bench.Host
	planned            int // launches
	// footer is set once the run has ended, in any way.
	footer bool
	// summary is nil if the result was neither rendered since it changed nor opened here.
	summary *analysis.Summary
	// gate is the verdict, if the result belongs to a gate; else empty.
	gate gate.Verdict
	// unreadable says why the result cannot be read; "" if it can.
	unreadable string
}

const (
	gateName = "gate.json"
	// largestFile bounds what is read of a file that may be anything.
	largestFile = 32 << 20
)

// all brings the index up to date and returns its entries, the newest first.
func (x *index) all() ([]*entry, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	found, err := x.find()
	if err != nil {
		return nil, err
	}
	var stale []*entry
	for id, e := range found {
		if known := x.entries[id]; known != nil && known.at == e.at {
			found[id] = known
		} else {
			stale = append(stale, e)
		}
	}
	x.read(stale)
	x.entries = found
	out := make([]*entry, 0, len(found))
	for _, e := range found {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b *entry) int {
		if c := b.started.Compare(a.started); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	return out, nil
}

// one brings the index up to date and returns one entry.
func (x *index) one(id string) (*entry, error) {
	all, err := x.all()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(e *entry) bool { return e.id == id })
	if at < 0 {
		return nil, fmt.Errorf("there is no result %q: %w", id, fs.ErrNotExist)
	}
	return all[at], nil
}

// keepSummary keeps the summary of a result that was opened, unless it has changed since.
func (x *index) keepSummary(e *entry, s *analysis.Summary) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.entries[e.id] == e && e.summary == nil {
		known := *e
		known.summary = s
		x.entries[e.id] = &known
	}
}

// find returns the results in the folder, not yet read.
func (x *index) find() (map[string]*entry, error) {
	dirs, err := result.Find(x.root.FS())
	if err != nil {
		return nil, err
	}
	found := map[string]*entry{}
	for _, dir := range dirs {
		at := func(name string) fileStamp {
			info, err := x.root.Lstat(path.Join(dir, name))
			if err != nil || !info.Mode().IsRegular() { // it does not exist, or no longer
				return fileStamp{}
			}
			return fileStamp{info.Size(), info.ModTime()}
		}
		found[dir] = &entry{id: dir, at: resultStamps{at(result.FileName), at(analysis.SummaryName), at(gateName)}}
	}
	return found, nil
}

// read fills entries in, several at a time.
func (x *index) read(stale []*entry) {
	var wait sync.WaitGroup
	next := make(chan *entry)
	for range min(len(stale), runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for e := range next {
				if err := e.fill(x.root); err != nil {
					e.unreadable = err.Error()
				}
			}
		})
	}
	for _, e := range stale {
		next <- e
	}
	close(next)
	wait.Wait()
}

// fill reads the summary if it is not older than the result, else the first and the last
// record of the result.
func (e *entry) fill(root *os.Root) error {
	if e.at.summary.size > 0 && !e.at.summary.modified.Before(e.at.result.modified) {
		if err := e.fillFromSummary(root); err == nil {
			return nil
		}
	}
	name := path.Join(e.id, result.FileName)
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	header, footer, err := result.Peek(name, f, e.at.result.size)
	if err != nil {
		return err
	}
	e.scenario, e.question, e.started = header.Scenario.Name, header.Scenario.Question, header.Started
	e.host, e.planned, e.footer = header.Host, header.Scenario.Launches, footer != nil
	if e.at.gate.size > 0 {
		var d gate.Document
		if e.decode(root, gateName, &d) == nil { // else there is no verdict
			e.gate, e.planned = d.Verdict, d.Launches
		}
	}
	return nil
}

// decode reads a JSON file of the result's.
func (e *entry) decode(root *os.Root, name string, v any) error {
	f, err := root.Open(path.Join(e.id, name))
	if err != nil {
		return err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, largestFile))
	if err != nil {
		return err
	}
	return json.Unmarshal(content, v)
}

func (e *entry) fillFromSummary(root *os.Root) error {
	f, err := root.Open(path.Join(e.id, analysis.SummaryName))
	if err != nil {
		return err
	}
	defer f.Close()
	s, err := analysis.ReadSummary(f)
	if err != nil {
		return err
	}
	started, err := time.Parse(time.RFC3339, s.Started)
	if err != nil {
		return err
	}
	// What a list does not show would fill the memory.
	s.Warnings, s.Command, s.Contrasts, s.Ladders, s.BreakEvens, s.Staleness = nil, nil, nil, nil, nil, nil
	e.scenario, e.question, e.started, e.host = s.Scenario, s.Question, started, s.Host
	e.planned, e.footer, e.summary = s.Launches, true, s
	return nil
}
