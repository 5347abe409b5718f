package store

import (
	"encoding/binary"
	"strings"
	"time"

	"authbench/bench"
)

// CachedRecords is a store with a cache before it, which remembers records, and that an id
// is unknown, for a while (see [CachedAnswers]).
type CachedRecords struct {
	answers *CachedAnswers[uint64, found]
}

var _ Records = (*CachedRecords)(nil)

// found is what the store said of an id.
type found struct {
	record Record
	known  bool
}

// NewCachedRecords puts a cache of at most size entries before a store. An entry lives
// for ttl by the clock now, and no longer than its record is valid.
func NewCachedRecords(below Records, size int, ttl time.Duration, now func() time.Time) (*CachedRecords, error) {
	answers, err := NewCachedAnswers(AnswerCache[uint64, found]{
		Size: size, TTL: ttl, Now: now,
		Ask: func(id uint64, _ []byte) (found, error) {
			record, known, err := below.Lookup(id)
			if err != nil {
				return found{}, err
			}
			record.Subject, record.Tenant, record.Hash = strings.Clone(record.Subject), strings.Clone(record.Tenant), strings.Clone(record.Hash)
			return found{record, known}, nil
		},
		Ends: func(f found) time.Time {
			if !f.known {
				return time.Time{}
			}
			return time.Unix(f.record.Expires, 0)
		},
		Negative: func(f found) bool { return !f.known },
		Text:     func(id uint64) string { return string(binary.NativeEndian.AppendUint64(nil, id)) },
		Number:   func(id uint64) uint64 { return id },
	})
	if err != nil {
		return nil, err
	}
	return &CachedRecords{answers}, nil
}

// Lookup implements Records. A hit allocates nothing.
func (c *CachedRecords) Lookup(id uint64) (Record, bool, error) {
	f, err := c.answers.Get(id, nil)
	return f.record, f.known, err
}

// Lookups returns what was counted so far.
func (c *CachedRecords) Lookups() bench.Lookups { return c.answers.Lookups() }
