package analysis

import (
	"testing"

	"authbench/bench"
)

// Whether two results asked the same is told from the digests of one key only.
func TestRequestDifferences(t *testing.T) {
	header := func(key, token, path string) bench.Header {
		v := bench.NewVeil([32]byte{key[0]})
		return v.Header(bench.Header{Scenario: bench.Scenario{Arms: []bench.Arm{{
			Name: "a", Request: bench.RequestShape{Method: "GET", Path: path, Headers: map[string]string{"X-Key": token}},
		}}}})
	}
	for _, c := range []struct {
		name string
		is   bench.Header
		want int
	}{
		{"same", header("k", "one", "/a?q=1"), 0},
		{"another value", header("k", "two", "/a?q=1"), 1},
		{"another query", header("k", "one", "/a?q=2"), 1},
		{"another key", header("l", "two", "/a?q=2"), 0},
		{"another key, another path", header("l", "one", "/b?q=1"), 1},
	} {
		found := 0
		requestDifferences(header("k", "one", "/a?q=1"), c.is, func(_ Subject, _, old, new string) {
			if old != new {
				found++
			}
		})
		if found != c.want {
			t.Errorf("%s: %d differences, want %d", c.name, found, c.want)
		}
	}
}
