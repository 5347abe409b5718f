package auth

import (
	"time"

	"authbench/bench"
	"authbench/internal/credential/store"
)

// maxCached bounds a cache: an entry has about 200 bytes.
const maxCached = 10_000_000

// cacheParams are the two parameters of a cache.
func cacheParams(of string) []bench.ParamSpec {
	return []bench.ParamSpec{
		{Name: "cache_size", Kind: bench.IntParam, Min: 1, Max: maxCached, Doc: "how many " + of + " are remembered (none if left out)"},
		{Name: "cache_ttl", Kind: bench.DurationParam, Min: 1, Max: int(lifetime / time.Millisecond), Doc: "for how long, at most"},
	}
}

// checkCache judges them together.
func checkCache(p bench.Params) *bench.Problem {
	if size, ttl := p.Int("cache_size"), p.Duration("cache_ttl"); (size == 0) != (ttl == 0) {
		return &bench.Problem{Path: []any{"cache_size"}, AtKey: size != 0, Text: "a cache has both cache_size and cache_ttl", Remedy: "write both, such as cache_size=10000 and cache_ttl=30s, or none"}
	}
	return nil
}

// frontParams are the parameters of what may stand before a store.
func frontParams() []bench.ParamSpec {
	return append(cacheParams("records, and ids without one,"), bench.ParamSpec{
		Name: "filter", Values: []string{"none", "bloom"},
		Doc: "bloom: a filter before the store and its cache, which stops most unknown ids (none if left out)",
	})
}

func paramNames(params []bench.ParamSpec) (names []string) {
	for _, p := range params {
		names = append(names, p.Name)
	}
	return names
}

// front is what stands before a store: a cache, and before that a filter, which keeps
// ids that there are not out of the cache. Either may be missing.
type front struct {
	records store.Records
	cached  *store.CachedRecords
	filter  *store.FilteredRecords
}

// newFront puts before a store of the ring's records what p asks for.
func newFront(p bench.Params, below store.Records, ring *keyring, now func() time.Time) (f front, err error) {
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
func (f front) lookups() (out bench.Lookups) {
	if f.cached != nil {
		out = f.cached.Lookups()
	}
	if f.filter != nil {
		out = out.Add(f.filter.Lookups())
	}
	return out
}
