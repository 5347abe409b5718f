package credential

import (
	"time"

	"authbench/bench"
)

// maxCached bounds a cache: an entry has about 200 bytes.
const maxCached = 10_000_000

// CacheParams are the two parameters of a cache.
func CacheParams(of string) []bench.ParamSpec {
	return []bench.ParamSpec{
		{Name: "cache_size", Kind: bench.IntParam, Min: 1, Max: maxCached, Doc: "how many " + of + " are remembered (none if left out)"},
		{Name: "cache_ttl", Kind: bench.DurationParam, Min: 1, Max: int(Lifetime / time.Millisecond), Doc: "for how long, at most"},
	}
}

// CheckCache judges them together.
func CheckCache(p bench.Params) *bench.Problem {
	if size, ttl := p.Int("cache_size"), p.Duration("cache_ttl"); (size == 0) != (ttl == 0) {
		return &bench.Problem{Path: []any{"cache_size"}, AtKey: size != 0, Text: "a cache has both cache_size and cache_ttl", Remedy: "write both, such as cache_size=10000 and cache_ttl=30s, or none"}
	}
	return nil
}

// Memory is for how long a cache with such parameters remembers, 0 without one.
func Memory(p bench.Params) time.Duration {
	if p.Int("cache_size") == 0 {
		return 0
	}
	return p.Duration("cache_ttl")
}

// ParamNames are the names of parameters.
func ParamNames(params []bench.ParamSpec) (names []string) {
	for _, p := range params {
		names = append(names, p.Name)
	}
	return names
}
