package serve

import (
	"fmt"
	"os"
	"path"
	"slices"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
)

// analysisCache keeps the results that were opened last, and their analyses.
type analysisCache struct {
	root    *os.Root
	methods bench.Catalogue
	// mu guards results, and is held while a result is analysed: one at a time, as each
	// may take seconds and hundreds of megabytes.
	mu      sync.Mutex
	results []*openedResult // the one that was used last comes last
}

// openedResult is the analysis of a result that was read whole.
type openedResult struct {
	id       string
	file     fileStamp
	analysis *analysis.Analysis
	read     time.Time
	took     time.Duration
}

const (
	// mostOpened: a comparison needs two.
	mostOpened = 4
	// analysisShare bounds the cost of watching a run: one in so many parts of its time. The
	// page may be late by as much.
	analysisShare = 20
)

// open returns a result read whole.
func (c *analysisCache) open(e *entry) (*openedResult, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := slices.IndexFunc(c.results, func(r *openedResult) bool { return r.id == e.id }); at >= 0 {
		r := c.results[at]
		c.results = slices.Delete(c.results, at, at+1)
		if r.file == e.at.result || !e.footer && time.Since(r.read) < analysisShare*r.took {
			c.results = append(c.results, r)
			return r, nil
		}
	}
	r, err := readResult(c.root, c.methods, e)
	if err != nil {
		return nil, err
	}
	c.results = append(c.results, r)
	if len(c.results) > mostOpened {
		c.results = slices.Delete(c.results, 0, 1)
	}
	return r, nil
}

func readResult(root *os.Root, methods bench.Catalogue, e *entry) (*openedResult, error) {
	r := &openedResult{id: e.id, file: e.at.result, read: time.Now()}
	name := path.Join(e.id, result.FileName)
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	run, err := result.Parse(name, f)
	if err != nil {
		return nil, err
	}
	// Older results are compared with newer ones, so they get later parameters.
	run.Header.Scenario = run.Header.Scenario.Completed(methods)
	if r.analysis, err = analysis.Analyze(run); err != nil {
		return nil, fmt.Errorf("analyse %s: %w", name, err)
	}
	r.took = time.Since(r.read)
	return r, nil
}
