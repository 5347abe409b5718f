package store

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"authbench/bench"
)

// ledger is a store that counts who asks.
type ledger struct {
	records map[uint64]Record
	err     error
	asked   int
	// open, unless nil, is waited for.
	open chan struct{}
}

func (l *ledger) Lookup(id uint64) (Record, bool, error) {
	l.asked++
	if l.open != nil {
		<-l.open
	}
	r, known := l.records[id]
	return r, known, l.err
}

// clock is a time that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

const cacheTTL = 10 * time.Second

func cachedLedger(t *testing.T, now time.Time) (*CachedRecords, *ledger, *clock) {
	t.Helper()
	below, at := &ledger{records: map[uint64]Record{
		1: {ID: 1, Subject: "lasting", Expires: now.Add(time.Hour).Unix()},
		2: {ID: 2, Subject: "ending", Expires: now.Add(3 * time.Second).Unix()},
		3: {ID: 3, Subject: "expired", Expires: now.Add(-time.Second).Unix()},
	}}, &clock{now}
	c, err := NewCachedRecords(below, 100, cacheTTL, at.now)
	if err != nil {
		t.Fatal(err)
	}
	return c, below, at
}

// TestRecordsAreRemembered: what the store knows, and what it does not, for the time
// of an entry, and no longer than a record is valid.
func TestRecordsAreRemembered(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	for _, c := range []struct {
		id    uint64
		at    time.Duration
		asked int // in all, after the second look-up
	}{
		{1, 0, 1},
		{1, cacheTTL - 1, 1},
		{1, cacheTTL, 2},
		{2, 3*time.Second - 1, 1},
		{2, 3 * time.Second, 2},
		{3, 0, 2}, // never: it is over
		{9, cacheTTL - 1, 1},
		{9, cacheTTL, 2},
	} {
		cache, below, clock := cachedLedger(t, start)
		for range 2 {
			r, known, err := cache.Lookup(c.id)
			if want := below.records[c.id]; r != want || known != (want.ID != 0) || err != nil {
				t.Errorf("id %d: %+v, %v, %v", c.id, r, known, err)
			}
			clock.at = start.Add(c.at)
		}
		if below.asked != c.asked {
			t.Errorf("id %d, again after %v: the store was asked %d times, want %d", c.id, c.at, below.asked, c.asked)
		}
	}
}

// TestErrorsAreNotRemembered: a store that is back is asked at once.
func TestErrorsAreNotRemembered(t *testing.T) {
	c, below, _ := cachedLedger(t, time.Unix(1_700_000_000, 0))
	for _, below.err = range []error{ErrUnavailable, ErrCorrupt} {
		if r, known, err := c.Lookup(1); !errors.Is(err, below.err) || known || r != (Record{}) {
			t.Errorf("%+v, %v, %v", r, known, err)
		}
	}
	below.err = nil
	if r, known, err := c.Lookup(1); r.Subject != "lasting" || !known || err != nil {
		t.Errorf("when it is back: %+v, %v, %v", r, known, err)
	}
	if _, _, err := c.Lookup(1); err != nil || below.asked != 3 {
		t.Errorf("asked %d times, %v", below.asked, err)
	}
}

// TestEqualQuestionsAreAskedOnce, the others wait for its answer.
func TestEqualQuestionsAreAskedOnce(t *testing.T) {
	for _, fault := range []error{nil, ErrUnavailable} {
		synctest.Test(t, func(t *testing.T) {
			c, below, _ := cachedLedger(t, time.Now())
			below.open, below.err = make(chan struct{}), fault
			var askers sync.WaitGroup
			for range 8 {
				askers.Go(func() {
					if r, known, err := c.Lookup(1); !errors.Is(err, fault) || known != (err == nil) || known && r.Subject != "lasting" {
						t.Errorf("%+v, %v, %v", r, known, err)
					}
				})
			}
			synctest.Wait()
			close(below.open)
			askers.Wait()
			if below.asked != 1 {
				t.Errorf("asked %d times", below.asked)
			}
			if got := c.Lookups(); got != (bench.Lookups{Misses: 8, Coalesced: 7}) {
				t.Errorf("counted %+v", got)
			}
		})
	}
}

func TestLookupsAreCounted(t *testing.T) {
	c, below, _ := cachedLedger(t, time.Unix(1_700_000_000, 0))
	filter := NewFilter(10)
	for id := range below.records {
		filter.Add(id)
	}
	filter.Add(9) // an id that passes although there is none
	f := NewFilteredRecords(c, filter)
	for _, id := range []uint64{1, 1, 1, 2, 9, 9} {
		if _, _, err := f.Lookup(id); err != nil {
			t.Fatal(err)
		}
	}
	stopped := 0
	for id := range uint64(100) {
		if !filter.mayHold(100 + id) {
			if r, known, err := f.Lookup(100 + id); r != (Record{}) || known || err != nil {
				t.Errorf("%+v, %v, %v", r, known, err)
			}
			stopped++
		}
	}
	if got, want := f.Lookups().Add(c.Lookups()), (bench.Lookups{Hits: 3, Negative: 1, Misses: 3, Filtered: int64(stopped)}); got != want || stopped == 0 {
		t.Errorf("counted %+v, want %+v", got, want)
	}
	if below.asked != 3 {
		t.Errorf("the store was asked %d times", below.asked)
	}
}

func TestCachedLookupAllocatesNothing(t *testing.T) {
	c, _, _ := cachedLedger(t, time.Unix(1_700_000_000, 0))
	filter := NewFilter(10)
	filter.Add(1)
	f := NewFilteredRecords(c, filter)
	look := func() { _, _, _ = f.Lookup(1) }
	look()
	if n := testing.AllocsPerRun(100, look); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestRecordsOfNoCache(t *testing.T) {
	if _, err := NewCachedRecords(&ledger{}, -1, cacheTTL, time.Now); err == nil {
		t.Error("there is a cache")
	}
}
