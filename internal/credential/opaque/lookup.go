package opaque

import (
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/store"
)

// pathParams are the parameters of what may stand before a store.
func pathParams() []bench.ParamSpec {
	return append(credential.CacheParams("records, and ids without one,"), bench.ParamSpec{
		Name: "filter", Values: []string{"none", "bloom"},
		Doc: "bloom: a filter before the store and its cache, which stops most unknown ids (none if left out)",
	})
}

// lookupPath is how a record is looked up in a store: through a filter, which keeps unknown
// ids out of the cache, and through the cache. Either may be missing.
type lookupPath struct {
	records store.Records
	cached  *store.CachedRecords
	filter  *store.FilteredRecords
}

// newLookupPath puts before a store of the ring's records what p asks for.
func newLookupPath(p bench.Params, below store.Records, ring *keyring, now func() time.Time) (f lookupPath, err error) {
	f.records = below
	if size := p.Int("cache_size"); size > 0 {
		if f.cached, err = store.NewCachedRecords(f.records, size, p.Duration("cache_ttl"), now); err != nil {
			return f, err
		}
		f.records = f.cached
	}
	if p.Text("filter") == "bloom" {
		filter := store.NewFilter(ring.size())
		for block := range ring.records {
			for _, r := range block {
				filter.Add(r.ID)
			}
		}
		f.filter = store.NewFilteredRecords(f.records, filter)
		f.records = f.filter
	}
	return f, nil
}

// lookups counts what became of the questions.
func (f lookupPath) lookups() (out bench.Lookups) {
	if f.cached != nil {
		out = f.cached.Lookups()
	}
	if f.filter != nil {
		out = out.Add(f.filter.Lookups())
	}
	return out
}
